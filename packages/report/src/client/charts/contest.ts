// The strip chart of the overview: a lane per optimizer, a dot per setting, the best setting with its interval.

import type { Leaderboard, LeaderboardRow } from '@gaussmark/analysis';
import { endWords, formatEstimate } from '@gaussmark/analysis/words';
import type { EChartsOption } from 'echarts';
import type { ChartStyle } from '../chart.js';
import { valueAxis } from './axes.js';
import { wrapped } from './fit-text.js';
import { scaleOf } from './scale.js';
import { segmentSeries } from './segments.js';
import { itemTooltip, tooltipContent } from './tooltip.js';

const LANE_HEIGHT = 46;
const AXIS_HEIGHT = 46;

export const contestHeight = (lanes: number): number => lanes * LANE_HEIGHT + AXIS_HEIGHT;

interface Lane {
  readonly optimizer: string;
  /** Replaces the dots if no setting finished. */
  readonly end: string | null;
}

/** A lane per optimizer of a board; none if no setting has a loss to show. */
export function lanesOf({ contest: { entries } }: Pick<Leaderboard, 'contest'>): Lane[] {
  if (entries.every(({ row }) => !hasLoss(row))) return [];
  return entries.map(({ row }) => ({
    optimizer: row.optimizer,
    end: hasLoss(row) ? null : row.outcome === 'finished' ? 'no test loss' : endWords(row),
  }));
}

const hasLoss = ({ outcome, testLoss }: LeaderboardRow): boolean =>
  outcome === 'finished' && testLoss !== null;

/** `test loss after 300 gradient-equivalents` */
const axisTitle = ({ held: { after } }: Leaderboard): string =>
  ['test loss', after].filter((part) => part !== '').join(' ');

export function contestChart(board: Leaderboard, style: ChartStyle): EChartsOption {
  const lanes = lanesOf(board);
  const rows = board.rows.filter(hasLoss);
  const values = rows.flatMap(({ testLoss }) => [testLoss!.value, testLoss!.low, testLoss!.high]);
  const scale = scaleOf(values, { log: true, margin: 0.06 });
  const best = new Set(lanes.map(({ optimizer }) => rows.find((row) => row.optimizer === optimizer)));
  const colour = (row: LeaderboardRow) => style.colours.get(row.name) ?? style.muted;
  // The best setting of each lane comes last, on top.
  const drawn = rows.toSorted((a, b) => Number(best.has(a)) - Number(best.has(b)));
  return {
    grid: {
      left: 0,
      right: 12,
      top: 2,
      bottom: 24,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    xAxis: valueAxis(
      { ...scale, ticks: scale.ticks(style.width < 420 ? 3 : 5), title: axisTitle(board) },
      style,
      true,
    ),
    yAxis: {
      type: 'category',
      inverse: true,
      data: lanes.map(({ optimizer }) => optimizer),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        color: style.ink,
        fontFamily: style.font,
        fontSize: 12,
        formatter: (name: string) =>
          wrapped(name, style.width * 0.3, { family: style.font, size: 12 }, 3).join('\n'),
      },
    },
    series: [
      segmentSeries(
        drawn
          .filter((row) => best.has(row))
          .map((row) => {
            const { value, low, high } = row.testLoss!;
            const end = (limit: number | null) => [scale.place(limit ?? value), row.optimizer] as const;
            return { from: end(low), to: end(high), stroke: colour(row) };
          }),
        { width: 3.5, z: 2 },
      ),
      {
        type: 'scatter',
        data: drawn.map((row) => ({
          value: [scale.place(row.testLoss!.value), row.optimizer],
          symbolSize: best.has(row) ? 12 : 8,
          itemStyle: {
            color: best.has(row) ? colour(row) : 'transparent',
            borderColor: best.has(row) ? style.surface : colour(row),
            borderWidth: best.has(row) ? 2 : 1.6,
          },
        })),
        emphasis: { disabled: true },
        z: 3,
      },
      {
        type: 'scatter',
        // Lanes without a loss: text at the bad end of the axis.
        data: lanes.flatMap(({ optimizer, end }) =>
          end === null ? [] : [{ value: [scale.extent.max, optimizer], label: { formatter: () => end } }],
        ),
        symbolSize: 0,
        label: {
          show: true,
          position: 'left',
          color: style.bad,
          fontFamily: style.font,
          fontSize: 12,
        },
        emphasis: { disabled: true },
        silent: true,
        tooltip: { show: false },
      },
    ],
    tooltip: itemTooltip(style, (index) => {
      const row = drawn[index];
      if (row === undefined) return undefined;
      const line = { name: 'test loss', colour: colour(row), value: formatEstimate(row.testLoss) };
      return tooltipContent(row.rank === null ? row.name : `${row.rank}. ${row.name}`, [line]);
    }),
  };
}
