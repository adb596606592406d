// The standings as tables: speedups over the reference by problem, and mean ranks.

import { formatNumber, formatRatio, NOTHING } from './format.js';
import { measureOf } from './overall-verdict.js';
import { SEPARATION_WORDS } from './separation.js';
import type { SpeedupRow, SpeedupSet, Standings } from './standings.js';
import {
  type ColumnOf,
  estimateCell,
  type NotedTable,
  nameColumn,
  numberColumn,
  textCell,
  textColumn,
  textTable,
} from './text-table.js';

const SIGNS = { exact: '', atLeast: '≥ ', atMost: '≤ ' } as const;

/** Factors from here on have the full colour. */
const FULL_HEAT = 4;

/** One row per optimizer, one column per problem: the reference's time or work over its own. */
export function speedupTable({ reference, problems }: Standings, { clock, rows }: SpeedupSet): NotedTable {
  const columns: readonly ColumnOf<SpeedupRow>[] = [
    nameColumn('optimizer', ({ optimizer }) => optimizer),
    numberColumn(
      'geometric mean',
      ({ mean }) => ({ ...estimateCell(mean, formatRatio), heat: mean === null ? 0 : heatOf(mean.value) }),
      'Over the problems, with its 95 % interval over them',
    ),
    textColumn(`against ${reference}`, ({ separation, mean }) =>
      mean === null
        ? NOTHING
        : separation === 'open'
          ? SEPARATION_WORDS.open
          : `${SEPARATION_WORDS[separation]}${mean.value < 1 ? ` of ${reference}` : ''}`,
    ),
    ...problems.map(
      (title, p): ColumnOf<SpeedupRow> =>
        numberColumn(title, ({ problems: own }) => {
          const speedup = own[p]!;
          if (speedup === null) return textCell(NOTHING, { key: null });
          const { value, bound } = speedup;
          return textCell(`${SIGNS[bound]}${formatRatio(value)}`, { key: value, heat: heatOf(value) });
        }),
    ),
  ];
  return {
    title: `${measureOf(clock)} to target: ${reference} over each optimizer`,
    ...textTable(columns, rows),
    notes: [
      `Above 1 is faster than ${reference}. Each optimizer has its best setting on each problem; times are medians over seeds. ≥: ${reference} missed the target, ≤: the optimizer did; it counts as reached when the shorter observation ended, in favour of the one who missed it. ${NOTHING}: both missed it, or one did not run; left out of the mean.`,
      `The rule for the words is that of single problems, with problems in the place of seeds: a clear lead takes an interval that excludes 1 and Wilcoxon's test over the problems, Holm-corrected over the optimizers.`,
    ],
  };
}

/** -1 for a quarter of the speed or less, 1 for four times. */
const heatOf = (ratio: number): number => Math.max(-1, Math.min(1, Math.log(ratio) / Math.log(FULL_HEAT)));

/** Mean ranks by final test loss, and which the problems do not separate; null without a critical difference. */
export function rankTable({ difference }: Standings): NotedTable | null {
  if (difference === null) return null;
  const { order, optimizers, bars, problems, friedman } = difference;
  const places = order.map(({ index, rank }, place) => ({ name: optimizers[index]!, rank, place }));
  const groupsOf = (place: number) =>
    bars.flatMap(({ from, to }, k) => (from <= place && place <= to ? [String.fromCharCode(97 + k)] : []));
  const columns: readonly ColumnOf<(typeof places)[number]>[] = [
    nameColumn('optimizer', ({ name }) => name),
    numberColumn('mean rank', ({ rank }) => textCell(formatNumber(rank, 3), { key: rank })),
    textColumn(
      'not separated',
      ({ place }) => groupsOf(place).join(' ') || NOTHING,
      'Optimizers that share a letter',
    ),
  ];
  return {
    title: 'Mean rank by final test loss',
    ...textTable(columns, places),
    notes: [
      `Over ${problems} problems; Friedman's test that all are alike: p = ${formatNumber(friedman.pValue, 2)}. Optimizers that share a bar or a letter are not separated by Wilcoxon's signed-rank test of their loss ratios, with Holm's correction over all pairs. (Nemenyi's test would let a verdict on two depend on the others.)`,
    ],
  };
}
