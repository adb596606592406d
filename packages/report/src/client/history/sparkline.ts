// A sparkline of a measure: nights as a thin line, the fit above it, the latest change as a dot.

import type { HistoryMeasure } from '@gaussmark/analysis';
import { lastChange } from '@gaussmark/analysis/words';
import { svgElement } from '../dom.js';

const WIDTH = 132;
const HEIGHT = 26;
const MARGIN = 3;

export function sparkline(measure: HistoryMeasure, nights: number): SVGElement {
  const values = measure.points.filter(({ value }) => value !== null);
  const sorted = values.map(({ value }) => value!).sort((a, b) => a - b);
  // Outliers must not flatten the rest.
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const fitted = measure.segments.flatMap(({ first, last }) => [first, last]);
  const [low, high] = [Math.min(at(0.02), ...fitted), Math.max(at(0.98), ...fitted)];
  const x = (night: number) => MARGIN + ((WIDTH - 2 * MARGIN) * night) / Math.max(1, nights - 1);
  const y = (value: number) => {
    const share = high === low ? 0.5 : Math.min(1, Math.max(0, (value - low) / (high - low)));
    return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN);
  };
  const path = (points: readonly (readonly [number, number])[]) =>
    points
      .map(([night, value], i) => `${i === 0 ? 'M' : 'L'}${x(night).toFixed(1)} ${y(value).toFixed(1)}`)
      .join('');
  const svg = svgElement('svg', {
    class: 'sparkline',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    width: WIDTH,
    height: HEIGHT,
    'aria-hidden': 'true',
  });
  svg.append(
    svgElement('path', { class: 'nights', d: path(values.map(({ night, value }) => [night, value!])) }),
  );
  for (const { start, end, first, last } of measure.segments) {
    svg.append(
      svgElement('path', {
        class: 'fitted',
        d: path([
          [start, first],
          [end, last],
        ]),
      }),
    );
  }
  const change = lastChange(measure);
  const level = change?.after ?? null;
  if (change !== undefined && level !== null) {
    const mark = { class: `mark ${change.verdict}`, cx: x(change.end), cy: y(level), r: 3 };
    svg.append(svgElement('circle', mark));
  }
  return svg;
}
