// Charts of losses of any size: zero, tiny, huge, constant or negative.

import { formatNumber } from '@gaussmark/analysis/words';
import { describe, expect, it } from 'vitest';
import { smallReport } from '../../analysis/test/small-report.js';
import type { ChartStyle } from '../src/client/chart.js';
import { ticksOf, widen } from '../src/client/charts/axes.js';
import { shortened, textWidth, wrapped } from '../src/client/charts/fit-text.js';
import { type Line, lineChart } from '../src/client/charts/lines.js';
import { markOf } from '../src/client/charts/marks.js';
import { scaleOf } from '../src/client/charts/scale.js';
import { chartTokens } from '../src/client/colours.js';
import { renderFigures } from '../src/write-extras.js';

const style: ChartStyle = {
  ...chartTokens('light'),
  colours: new Map(),
  width: 460,
  tooltipPosition: () => [0, 0],
};

const line = (name: string, losses: readonly number[], broken = false): Line => ({
  name,
  points: losses.map((y, index) => ({ x: index + 1, y, low: null, high: null, seeds: 1 })),
  broken,
  breaks: broken ? [losses.length - 1] : [],
});

interface Drawn {
  readonly type: string;
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
  /** The drawn y values of each line. */
  readonly places: Readonly<Record<string, readonly number[]>>;
}

function draw(lines: readonly Line[], logY = true): Drawn {
  const input = {
    lines,
    xTitle: 'epochs',
    logX: false,
    logY,
    focus: null,
    formatY: (y: number) => formatNumber(y),
    formatX: String,
  };
  const { yAxis, series } = lineChart(input, style) as unknown as {
    yAxis: { type: string; min: number; max: number; axisLabel: { customValues: number[] } };
    series: { type: string; name: string; data: { value: [number, number] }[] }[];
  };
  return {
    ...yAxis,
    ticks: yAxis.axisLabel.customValues,
    places: Object.fromEntries(
      series
        .filter(({ type }) => type === 'line')
        .map(({ name, data }) => [name, data.map(({ value }) => value[1])]),
    ),
  };
}

describe('the axis of losses', () => {
  it.each<[what: string, losses: Readonly<Record<string, readonly number[]>>]>([
    ['a leader near 1e-19', { leader: [3e-19, 2e-19, 1e-19], runnerUp: [5, 0.4, 0.1], third: [9, 8, 7] }],
    ['a leader that falls to 1e-19', { leader: [1, 1e-8, 1e-19], runnerUp: [5, 0.4, 0.1] }],
    ['one line far above the others', { a: [1, 0.1, 0.01], b: [1, 0.1, 0.02], c: [1e3, 1e5, 1e6] }],
    ['the ends of what can be written', { a: [1e300, 1e-300], b: [1e-300, 1e300], c: [1, 1] }],
    ['the ends of doubles', { a: [5e-324, 1], b: [1.7e308, 1] }],
    ['zeros', { a: [1, 0.5, 0], b: [1, 0.5, 0.25] }],
    ['nothing but zeros', { a: [0, 0], b: [0, 0] }],
    ['a constant', { a: [0.5, 0.5, 0.5] }],
    ['a constant but for rounding', { a: [0.1 + 0.2, 0.3, 0.3] }],
    ['one point', { a: [2] }],
    ['negative losses', { a: [1, -1, -3], b: [2, 1, 0.5] }],
    ['huge negative losses', { a: [-1e300, 1e300] }],
  ])('shows %s', (_what, losses) => {
    const lines = Object.entries(losses).map(([name, values]) => line(name, values));
    for (const logY of [true, false]) {
      const { min, max, ticks, places } = draw(lines, logY);
      expect(Number.isFinite(min) && Number.isFinite(max) && min < max).toBe(true);
      expect(Number.isFinite(max / 2 - min / 2)).toBe(true);
      for (const [name, values] of Object.entries(losses)) {
        expect(places[name]).toHaveLength(values.length);
        const end = places[name]!.at(-1)!;
        expect([name, end >= min, end <= max]).toEqual([name, true, true]);
      }
      expect(ticks.length).toBeGreaterThan(0);
      expect(ticks.length).toBeLessThan(20);
      for (const tick of ticks) expect(tick >= min && tick <= max).toBe(true);
    }
  });

  it('is logarithmic, with a place for zeros labelled 0', () => {
    const scale = scaleOf([0, 0.01, 1], { log: true, margin: 0.06 });
    expect(scale.log).toBe(true);
    expect(scale.place(0)).toBeCloseTo(0.001, 12);
    expect(scale.place(0.01)).toBe(0.01);
    expect(scale.ticks().map(scale.format)).toEqual(['0', '0.01', '0.03', '0.1', '0.3', '1']);
  });

  it('is linear if a loss is negative', () => {
    const { type, min } = draw([line('a', [1, -2]), line('b', [1, 0.5])]);
    expect([type, min < -2]).toEqual(['value', true]);
  });

  it('ignores broken lines and starts far up', () => {
    const { max } = draw([
      line('a', [1, 0.5, 0.2, 0.1]),
      line('b', [1, 0.6, 0.3, 0.2]),
      line('spike', [1, 1e12, 0.4, 0.3]),
      line('gone', [1, 1e30], true),
    ]);
    expect(max).toBeLessThan(100);
  });

  it('has finitely many ticks, however close its ends', () => {
    for (const [min, max] of [
      [1, 1 + 2e-16],
      [1e16, 1e16 + 2],
      [-1, -1 + 1e-16],
      [0, 5e-324],
    ] as const) {
      for (const log of min > 0 ? [true, false] : [false]) {
        const ticks = ticksOf(widen({ min, max }, log, 0.05), log);
        expect(ticks.length).toBeGreaterThan(0);
        expect(ticks.length).toBeLessThan(20);
      }
    }
  });
});

it('draws figures of such losses without NaN or Infinity', async () => {
  const report = smallReport([
    { label: 'sgn', losses: [[1e-300, 0]] },
    { label: 'sgd', losses: [[1e300, 1e300]] },
    { label: 'adam', losses: [[1, -1]] },
    { label: 'gone', status: 'diverged', losses: [[1, null]] },
  ]);
  for (const { svg } of await renderFigures(report)) expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

describe('text in charts', () => {
  const font = { family: 'sans-serif', size: 12 };
  const name = 'sgn[cgIterations=10,damping=0.0001,lineSearch=true,momentum=0.9]';

  it('keeps both ends of a name that is too long', () => {
    const short = shortened(name, 200, font);
    expect(short).toMatch(/^sgn\[.+….+=0\.9\]$/);
    expect(textWidth(short, font)).toBeLessThanOrEqual(200);
    expect(shortened('sgn', 200, font)).toBe('sgn');
  });

  it('wraps over several lines and shortens the last', () => {
    const lines = wrapped(name, 170, font, 2);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe('sgn[cgIterations=10,');
    expect(lines[1]).toContain('…');
    for (const one of lines) expect(textWidth(one, font)).toBeLessThanOrEqual(170);
    expect(wrapped(name, 170, font).join('')).toBe(name);
  });
});

it('gives ten names in a row ten marks', () => {
  const names = Array.from({ length: 10 }, (_, index) => `setting ${index}`);
  const colours = new Map(names.map((name) => [name, '#000000']));
  const marks = names.map((name) => markOf(name, colours));
  expect(new Set(marks.map(({ path, hollow }) => `${path} ${hollow}`)).size).toBe(10);
});
