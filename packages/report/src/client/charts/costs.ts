// A bar chart of costs: a bar per name, a whisker for its spread, a stroke for its expected value.

import { formatSeconds } from '@gaussmark/analysis/words';
import type { EChartsOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { ticksOf, valueAxis } from './axes.js';
import { shortened } from './fit-text.js';
import { segmentSeries } from './segments.js';
import { itemTooltip, spreadText, tooltipContent } from './tooltip.js';

export interface Cost {
  readonly name: string;
  readonly value: number;
  /** Ends of the whisker. */
  readonly low: number | null;
  readonly high: number | null;
  /** Follows the value, such as a ratio. */
  readonly note: string;
  /** The expected value: a stroke across the bar. */
  readonly mark?: number;
}

export interface CostUnit {
  readonly format: (value: number) => string;
  /** @param most the largest value. @returns the label of a tick */
  readonly tick: (most: number) => (value: number) => string;
  /** Name of the whisker in tooltips. */
  readonly spread: string;
}

export const SECONDS: CostUnit = { format: formatSeconds, tick: tickTime, spread: '10 to 90 %' };

const ROW_HEIGHT = 24;
const AXIS_HEIGHT = 34;
/** Names longer than this share of the chart's width are shortened. */
const NAME_SHARE = 0.38;

export const costHeight = (rows: number): number => rows * ROW_HEIGHT + AXIS_HEIGHT;

export function costChart(
  costs: readonly Cost[],
  style: ChartStyle,
  unit: CostUnit = SECONDS,
): EChartsOption {
  const most = Math.max(...costs.map(({ value, high, mark }) => Math.max(value, high ?? 0, mark ?? 0)));
  const extent = { min: 0, max: most > 0 ? most * 1.02 : 1 };
  const colour = (name: string) => style.colours.get(name) ?? style.muted;
  const lane = {
    type: 'category' as const,
    inverse: true,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { show: false },
  };
  const label = { fontFamily: style.font, fontSize: 11, interval: 0 };
  return {
    grid: { left: 0, right: 0, top: 4, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: valueAxis(
      {
        extent,
        log: false,
        ticks: ticksOf(extent, false, style.width < 480 ? 2 : 4),
        format: unit.tick(most),
      },
      style,
      true,
    ),
    yAxis: [
      {
        ...lane,
        data: costs.map(({ name }) => name),
        axisLabel: {
          ...label,
          color: style.ink,
          formatter: (name: string) =>
            shortened(name, style.width * NAME_SHARE, { family: style.font, size: label.fontSize }),
        },
      },
      {
        ...lane,
        position: 'right',
        data: costs.map(({ value, note }) => `${unit.format(value)}${note === '' ? '' : `  ${note}`}`),
        axisLabel: { ...label, color: style.muted },
      },
    ],
    series: [
      {
        type: 'bar',
        data: costs.map(({ name, value }) => ({
          value,
          itemStyle: { color: colour(name), borderRadius: [0, 3, 3, 0] },
        })),
        barWidth: 10,
        emphasis: { disabled: true },
      },
      segmentSeries(
        costs.flatMap(({ low, high }, index) =>
          low === null || high === null
            ? []
            : [{ from: [low, index] as const, to: [high, index] as const, stroke: style.ink }],
        ),
        { width: 1.2, opacity: 0.75, cap: 4, z: 5 },
      ),
      segmentSeries(
        costs.flatMap(({ mark }, index) =>
          mark === undefined
            ? []
            : [{ from: [mark, index] as const, to: [mark, index] as const, stroke: style.muted }],
        ),
        { width: 2, cap: 8, z: 6 },
      ),
    ],
    tooltip: itemTooltip(style, (index) => {
      const cost = costs[index];
      if (cost === undefined) return undefined;
      const { name, value, low, high, mark } = cost;
      const spread = spreadText(low, high, unit.format);
      const detail = spread === '' ? '' : `${unit.spread}: ${spread}`;
      return tooltipContent(name, [
        { name: 'median', colour: colour(name), value: unit.format(value), detail },
        ...(mark === undefined
          ? []
          : [{ name: 'by its operations', colour: style.muted, value: unit.format(mark) }]),
      ]);
    }),
  };
}

/** All ticks in one unit, without trailing zeros. */
function tickTime(most: number): (seconds: number) => string {
  const [size, unit] = most < 1e-3 ? [1e-6, 'µs'] : most < 1 ? [1e-3, 'ms'] : [1, 's'];
  return (seconds) => `${Number((seconds / size).toPrecision(6))} ${unit}`;
}
