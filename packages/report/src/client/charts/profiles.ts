// Performance profiles: a step line with a band per optimizer, over the ratio to the fastest.

import type { ProfileEntry } from '@gaussmark/analysis';
import { formatFactor } from '@gaussmark/analysis/words';
import type { CustomSeriesOption, EChartsOption, LineSeriesOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { PLOT_GRID, valueAxis } from './axes.js';
import { type Mark, markItem, markOf } from './marks.js';
import { axisTooltip, spreadText, tooltipContent } from './tooltip.js';

const TICKS = [1, 2, 4, 8, 16];
/** Ratios up to this one count for the score. */
const SCORED = 4;

export function profileChart(
  entries: readonly ProfileEntry[],
  grid: readonly number[],
  style: ChartStyle,
): EChartsOption {
  const colour = (entry: ProfileEntry) => style.colours.get(entry.name) ?? style.muted;
  const largest = grid.at(-1)!;
  // Drawn in reverse, with the best on top.
  const ordered = entries.toReversed();
  return {
    grid: PLOT_GRID,
    xAxis: valueAxis(
      {
        extent: { min: 1, max: largest },
        log: true,
        ticks: TICKS.filter((tick) => tick <= largest),
        format: (ratio) => `${ratio}×`,
        title: 'time to target relative to the fastest',
      },
      style,
      false,
    ),
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
    tooltip: axisTooltip(style, (x) => {
      const index = Math.max(
        0,
        grid.findLastIndex((ratio) => ratio <= x),
      );
      const lines = entries.map((entry) => ({
        name: entry.name,
        colour: colour(entry),
        mark: markOf(entry.name, style.colours),
        share: entry.share[index]!,
        value: percent(entry.share[index]!),
        detail: spreadText(entry.low[index]!, entry.high[index]!, percent),
      }));
      return tooltipContent(
        `within ${formatFactor(grid[index]!)} of the fastest`,
        lines.sort((a, b) => b.share - a.share),
      );
    }),
  };
}

/** Per profile. */
const MARKS = 6;

function markedSteps(
  { share }: ProfileEntry,
  grid: readonly number[],
  mark: Mark,
  colour: string,
  surface: string,
): Pick<LineSeriesOption, 'data' | 'symbolSize' | 'showAllSymbol' | 'itemStyle'> {
  const stride = grid.length / MARKS;
  const marked = new Set(Array.from({ length: MARKS }, (_, i) => Math.floor((i + mark.shift) * stride)));
  return {
    data: grid.map((ratio, g) => ({
      value: [ratio, share[g]!],
      symbol: marked.has(g) ? mark.symbol : 'none',
    })),
    symbolSize: mark.size,
    showAllSymbol: true,
    itemStyle: markItem(mark, colour, surface),
  };
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** The right edge of the area that counts for the score. */
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

/** A polygon whose edges step like the line. */
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
