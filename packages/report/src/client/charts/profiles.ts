// The spec of performance profiles: one step line per optimizer with its band, over the ratio to the fastest.

import type { ProfileEntry } from '@gaussmark/analysis';
import { formatFactor } from '@gaussmark/analysis/words';
import type { CustomSeriesOption, EChartsOption, LineSeriesOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { axisTitle, PLOT_GRID, valueAxis } from './axes.js';
import { type Mark, markOf } from './marks.js';
import { tooltipBase, tooltipContent } from './tooltip.js';

const TICKS = [1, 2, 4, 8, 16];
/** Up to here a ratio scores. */
const SCORED = 4;

export function profileChart(
  entries: readonly ProfileEntry[],
  grid: readonly number[],
  style: ChartStyle,
): EChartsOption {
  const colour = (entry: ProfileEntry) => style.colours.get(entry.name) ?? style.muted;
  const largest = grid.at(-1)!;
  // Drawn from the last to the first, so that the best lies on top.
  const ordered = entries.toReversed();
  return {
    grid: PLOT_GRID,
    xAxis: {
      ...valueAxis(
        {
          extent: { min: 1, max: largest },
          log: true,
          ticks: TICKS.filter((tick) => tick <= largest),
          format: (ratio) => `${ratio}×`,
        },
        style,
        false,
      ),
      ...axisTitle('time to target over that of the fastest', style),
    },
    yAxis: valueAxis(
      {
        extent: { min: 0, max: 1.02 },
        log: false,
        ticks: [0, 0.25, 0.5, 0.75, 1],
        format: (share) => `${Math.round(100 * share)} %`,
      },
      style,
      true,
    ),
    series: [
      edgeOfScore(style),
      ...ordered.map((entry) => bandSeries(entry, grid, colour(entry))),
      ...ordered.map(
        (entry): LineSeriesOption => ({
          type: 'line',
          name: entry.name,
          step: 'end',
          ...markedSteps(entry, grid, markOf(entry.name, style.colours), colour(entry), style.surface),
          lineStyle: { color: colour(entry), width: 2 },
          emphasis: { disabled: true },
          silent: true,
          z: 3,
        }),
      ),
    ],
    tooltip: {
      ...tooltipBase(style),
      trigger: 'axis',
      axisPointer: { type: 'line', lineStyle: { color: style.muted, width: 1, type: 'solid', opacity: 0.6 } },
      formatter: (params) => {
        const at = axisValueOf(params);
        const index = Math.max(
          0,
          grid.findLastIndex((ratio) => ratio <= at),
        );
        return tooltipContent(
          `within ${formatFactor(grid[index]!)} of the fastest`,
          entries
            .map((entry) => ({
              name: entry.name,
              colour: colour(entry),
              mark: markOf(entry.name, style.colours),
              share: entry.share[index]!,
              value: percent(entry.share[index]!),
              detail: `${percent(entry.low[index]!)} … ${percent(entry.high[index]!)}`,
            }))
            .sort((a, b) => b.share - a.share),
        );
      },
    },
  };
}

/** Marks on a profile. */
const MARKS = 6;

function markedSteps(
  { share }: ProfileEntry,
  grid: readonly number[],
  { symbol, size, hollow, shift }: Mark,
  colour: string,
  surface: string,
): Pick<LineSeriesOption, 'data' | 'symbolSize' | 'showAllSymbol' | 'itemStyle'> {
  const stride = grid.length / MARKS;
  const marked = new Set(Array.from({ length: MARKS }, (_, i) => Math.floor((i + shift) * stride)));
  return {
    data: grid.map((ratio, g) => ({ value: [ratio, share[g]!], symbol: marked.has(g) ? symbol : 'none' })),
    symbolSize: size,
    showAllSymbol: true,
    itemStyle: {
      color: hollow ? surface : colour,
      borderColor: hollow ? colour : surface,
      borderWidth: hollow ? 1.4 : 0.6,
    },
  };
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Up to where the area under a profile counts. */
const edgeOfScore = (style: ChartStyle): LineSeriesOption => ({
  type: 'line',
  data: [
    [SCORED, 0],
    [SCORED, 1.02],
  ],
  symbol: 'none',
  lineStyle: { color: style.muted, width: 1, type: [4, 4], opacity: 0.8 },
  emphasis: { disabled: true },
  silent: true,
  tooltip: { show: false },
  z: 1,
});

/** The polygon between the limits, whose edges step like the line. */
function bandSeries(
  { name, low, high }: ProfileEntry,
  grid: readonly number[],
  colour: string,
): CustomSeriesOption {
  return {
    type: 'custom',
    name,
    data: [[1, 0]],
    renderItem: (_params, api) => {
      const edge = (limits: readonly number[]) =>
        grid.flatMap((ratio, g) => [
          ...(g === 0 ? [] : [api.coord([ratio, limits[g - 1]!])]),
          api.coord([ratio, limits[g]!]),
        ]);
      return {
        type: 'polygon',
        shape: { points: [...edge(high), ...edge(low).reverse()] },
        style: { fill: colour, opacity: 0.13 },
      };
    },
    clip: true,
    silent: true,
    tooltip: { show: false },
    z: 2,
  };
}

function axisValueOf(params: unknown): number {
  const first: unknown = Array.isArray(params) ? params[0] : params;
  return first !== null && typeof first === 'object' && 'axisValue' in first
    ? Number(first.axisValue)
    : Number.NaN;
}
