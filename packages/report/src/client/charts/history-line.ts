// A chart of a measure over nights: values with intervals, the fitted levels and drifts, the changes.

import type { HistoryChange, HistoryMeasure, HistoryNight, HistoryPoint } from '@gaussmark/analysis';
import {
  dayOf,
  formatChange,
  formatChangeInterval,
  formatMeasure,
  shortCommit,
  verdictWords,
} from '@gaussmark/analysis/words';
import type { CustomSeriesOption, EChartsOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { element } from '../dom.js';
import { clamp, type Extent, PLOT_GRID, ticksOf, valueAxis } from './axes.js';
import { axisTooltip } from './tooltip.js';

/** The axis spans at least this share of the value, to keep small noise small. */
const LEAST_SPAN = 0.02;
const TOP_MARGIN = 22;

export function historyChart(
  measure: HistoryMeasure,
  nights: readonly HistoryNight[],
  style: ChartStyle,
): EChartsOption {
  const points = measure.points.filter(({ value }) => value !== null);
  const x: Extent = { min: -0.5, max: Math.max(1, nights.length) - 0.5 };
  const y = verticalExtent(measure, points);
  const ticks = dateTicks(nights.length, style.width < 420 ? 3 : 5);
  return {
    grid: { ...PLOT_GRID, top: TOP_MARGIN, bottom: 6 },
    xAxis: valueAxis(
      { extent: x, log: false, ticks, format: (night) => dayOf(nights[night]!) },
      style,
      false,
    ),
    yAxis: valueAxis(
      {
        extent: y,
        log: false,
        ticks: ticksOf(y, false, 4),
        format: (value) => tickWords(value, measure.unit),
      },
      style,
      true,
    ),
    series: [
      ...bandSeries(points, y, style),
      nightSeries(points, nights, y, style),
      ...fittedSeries(measure, style),
      ...changeSeries(measure, style),
    ],
    tooltip: axisTooltip(style, (night) => describeNight(measure, nights, Math.round(night))),
  };
}

/** Covers the fit and all nights except outliers, which are drawn at the edge. */
function verticalExtent({ segments }: HistoryMeasure, points: readonly HistoryPoint[]): Extent {
  const fitted = segments.flatMap(({ first, last }) => [first, last]);
  const limits = points.flatMap(({ value, low, high }) => [value!, low ?? value!, high ?? value!]);
  const sorted = limits.toSorted((a, b) => a - b);
  if (sorted.length === 0) return { min: 0, max: 1 };
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  const [low, high] = [at(0.01), at(0.99)];
  const middle = at(0.5);
  // Outliers lie beyond three times the distance of most nights from the median.
  const reach = 3 * Math.max(at(0.9) - middle, middle - at(0.1));
  const min = Math.min(...fitted, reach === 0 ? low : Math.max(low, middle - reach));
  const max = Math.max(...fitted, reach === 0 ? high : Math.min(high, middle + reach));
  const span = Math.max(max - min, LEAST_SPAN * Math.abs(max) || 1);
  const center = (min + max) / 2;
  return { min: center - 0.56 * span, max: center + 0.56 * span };
}

/** About `wanted` nights, evenly spaced. */
function dateTicks(count: number, wanted: number): number[] {
  if (count <= wanted) return Array.from({ length: count }, (_, night) => night);
  return Array.from({ length: wanted }, (_, i) => Math.round(((i + 0.5) * count) / wanted - 0.5));
}

/** `12 ms`, `12.4 ms`: without trailing zeros. */
const tickWords = (value: number, unit: string): string =>
  formatMeasure(value, unit)
    .replace(/(\.\d*?)0+(?=\D|$)/, '$1')
    .replace(/\.(?=\D|$)/, '');

function bandSeries(points: readonly HistoryPoint[], y: Extent, style: ChartStyle): CustomSeriesOption[] {
  const inside = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  if (inside.length === 0) return [];
  return [
    {
      type: 'custom',
      data: inside.map(({ night, low, high }) => [night, clamp(low!, y), clamp(high!, y)]),
      encode: { x: 0, y: [1, 2] },
      renderItem: (_params, api) => {
        const [x1, y1] = api.coord([api.value(0), api.value(1)]) as [number, number];
        const [, y2] = api.coord([api.value(0), api.value(2)]) as [number, number];
        const [width] = api.size!([1, 0]) as [number, number];
        // Adjacent bars form a band, with a gap for a missing night.
        const half = Math.min(width, 12) / 2;
        return {
          type: 'rect',
          shape: { x: x1 - half, y: y2, width: 2 * half, height: Math.max(1, y1 - y2) },
          style: { fill: style.accent, opacity: 0.16 },
        };
      },
      silent: true,
      tooltip: { show: false },
      z: 2,
    },
  ];
}

/** Hollow: the commit was also measured the night before. Triangle at the edge: an outlier. */
function nightSeries(
  points: readonly HistoryPoint[],
  nights: readonly HistoryNight[],
  y: Extent,
  style: ChartStyle,
) {
  const size = points.length > 120 ? 4 : points.length > 40 ? 5 : 7;
  return {
    type: 'scatter' as const,
    data: points.map(({ night, value }) => {
      const again = nights[night]!.commit !== null && nights[night]!.commit === nights[night - 1]?.commit;
      const outside = value! > y.max || value! < y.min;
      return {
        value: [night, clamp(value!, y)],
        symbol: outside ? 'triangle' : 'circle',
        symbolRotate: value! < y.min ? 180 : 0,
        symbolSize: outside ? size + 3 : size,
        itemStyle: {
          color: again ? style.surface : style.muted,
          borderColor: style.muted,
          borderWidth: again ? 1.2 : 0,
          opacity: 0.85,
        },
      };
    }),
    emphasis: { disabled: true },
    silent: true,
    z: 3,
  };
}

function fittedSeries({ segments }: HistoryMeasure, style: ChartStyle) {
  return segments.map(({ start, end, first, last }) => ({
    type: 'line' as const,
    data: [
      [start - 0.5, first],
      [end + 0.5, last],
    ],
    symbol: 'none',
    lineStyle: { color: style.accent, width: 2, cap: 'round' as const },
    silent: true,
    tooltip: { show: false },
    z: 4,
  }));
}

/** A dashed line where a change begins, its size above. */
function changeSeries({ changes, unit }: HistoryMeasure, style: ChartStyle): CustomSeriesOption[] {
  if (changes.length === 0) return [];
  const colour: Readonly<Record<HistoryChange['verdict'], string>> = {
    regression: style.bad,
    improvement: style.good,
    change: style.ink,
  };
  const occupied: number[] = [];
  return [
    {
      type: 'custom',
      // Latest first: if labels collide, theirs are kept.
      data: changes.map(({ start }, index) => [start - 0.5, index]).reverse(),
      encode: { x: 0 },
      renderItem: (params, api) => {
        const {
          x: left,
          y: top,
          width,
          height,
        } = params.coordSys as unknown as Record<'x' | 'y' | 'width' | 'height', number>;
        const change = changes[Number(api.value(1))]!;
        const [x] = api.coord([api.value(0), 0]) as [number, number];
        const text = formatChange(change, unit);
        const room = 6.2 * text.length + 8;
        const center = Math.min(left + width - room / 2, Math.max(left + room / 2, x));
        if (params.dataIndex === 0) occupied.length = 0;
        const free = occupied.every((other) => Math.abs(other - center) >= room);
        if (free) occupied.push(center);
        const stroke = colour[change.verdict];
        return {
          type: 'group',
          children: [
            {
              type: 'line',
              shape: { x1: x, y1: top, x2: x, y2: top + height },
              style: {
                stroke,
                lineWidth: 1.2,
                lineDash: change.kind === 'drift' ? [2, 4] : [4, 3],
                opacity: 0.9,
              },
            },
            ...(free
              ? [
                  {
                    type: 'text' as const,
                    style: {
                      text,
                      x: center,
                      y: top - 5,
                      align: 'center' as const,
                      verticalAlign: 'bottom' as const,
                      fill: stroke,
                      font: `600 11px ${style.font}`,
                    },
                  },
                ]
              : []),
          ],
        };
      },
      silent: true,
      tooltip: { show: false },
      z: 5,
    },
  ];
}

function describeNight(
  measure: HistoryMeasure,
  nights: readonly HistoryNight[],
  index: number,
): HTMLElement | string {
  const night = nights[index];
  if (night === undefined) return '';
  const point = measure.points.find((one) => one.night === index);
  const line = (className: string, text: string) => element('div', { class: className }, text);
  const value =
    point === undefined
      ? 'not measured'
      : `${formatMeasure(point.value, measure.unit)}${
          point.low === undefined || point.high === undefined
            ? ''
            : ` [${formatMeasure(point.low, measure.unit)}, ${formatMeasure(point.high, measure.unit)}]`
        }`;
  return element(
    'div',
    { class: 'tooltip' },
    line('tooltip-heading', `${dayOf(night)} · ${shortCommit(night)}`),
    night.subject === null ? null : line('tooltip-subject', night.subject),
    line('tooltip-measured', value),
    ...measure.changes
      .filter(({ start, end }) => index >= start && index <= end)
      .map((change) =>
        line(
          `tooltip-change size ${change.verdict}`,
          `${formatChange(change, measure.unit)} ${formatChangeInterval(change)} ${verdictWords(change)}`,
        ),
      ),
  );
}
