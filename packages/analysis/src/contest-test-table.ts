// Each problem's best optimizer against the runner-up, as a table.

import type { ContestTest } from './contest-tests.js';
import { formatNumber, formatQuantity, formatResultRatio, isExtreme } from './format.js';
import { formatP, SEPARATION_WORDS, SIGNIFICANT, seedsNeeded } from './separation.js';
import {
  type ColumnOf,
  type NotedTable,
  nameColumn,
  numberCell,
  numberColumn,
  textCell,
  textColumn,
  textTable,
} from './text-table.js';

/** Empty for a single pair, which allows no test. */
const ofPairs = (pairs: number, value: number, format: (value: number) => string) =>
  numberCell(pairs < 2 ? null : value, format);

const COLUMNS: readonly ColumnOf<ContestTest>[] = [
  textColumn('problem', ({ title }) => title),
  nameColumn('best', ({ winner }) => winner),
  nameColumn('runner-up', ({ runnerUp }) => runnerUp, 'Best setting of the next optimizer'),
  numberColumn(
    'pairs',
    ({ pairs, unpaired }) =>
      textCell(unpaired === 0 ? String(pairs) : `${pairs} (+${unpaired})`, { key: pairs }),
    'Seeds that both finished (+ seeds that only one finished)',
  ),
  numberColumn(
    'loss ratio',
    ({ ratio }) => ({
      ...numberCell(ratio?.value, formatResultRatio),
      interval:
        ratio?.low == null || isExtreme(ratio.value) || ratio.high === null || ratio.level === null
          ? ''
          : `[${formatResultRatio(ratio.low)}, ${formatResultRatio(ratio.high)}] at ${formatNumber(100 * ratio.level, 3)} %`,
    }),
    'Final test loss of the runner-up over that of the best, paired by seed: Hodges-Lehmann estimate with exact interval',
  ),
  numberColumn(
    'effect',
    ({ effect, pairs }) => ofPairs(pairs, effect, (value) => formatNumber(value, 2)),
    'Matched-pairs rank-biserial correlation: 1 if the best won on every seed',
  ),
  numberColumn('p', ({ pValue, pairs }) => ofPairs(pairs, pValue, formatP)),
  numberColumn(
    'p (Holm)',
    ({ adjusted, pairs }) => ofPairs(pairs, adjusted, formatP),
    'Corrected for the number of problems',
  ),
  textColumn(
    'verdict',
    ({ separation }) => SEPARATION_WORDS[separation],
    `clear lead: separate 95 % intervals and p (Holm) below ${SIGNIFICANT}; leads, not clearly: one of the two, with at least three seeds; not separated: neither`,
  ),
];

/** @returns null if nothing could be paired */
export function contestTestTable(tests: readonly ContestTest[]): NotedTable | null {
  if (tests.length === 0) return null;
  return { title: 'Best against runner-up', ...textTable(COLUMNS, tests), notes: notesOf(tests) };
}

function notesOf(tests: readonly ContestTest[]): string[] {
  const fewest = Math.min(...tests.map(({ pairs }) => pairs));
  const needed = seedsNeeded(tests.length);
  return [
    'The best setting of the best optimizer against that of the next, paired by seed, on final test loss. Both settings were selected on these losses, which flatters both.',
    `Two-sided tests: exact sign-flip permutation up to 16 pairs, Wilcoxon signed-rank beyond. p (Holm) is corrected for ${formatQuantity(tests.length, 'problem')}.`,
    ...(fewest >= needed
      ? []
      : [
          `With ${formatQuantity(fewest, 'pair')}, p cannot fall below ${formatNumber(2 ** (1 - fewest), 2)}; a clear lead needs at least ${formatQuantity(needed, 'seed')}.`,
        ]),
  ];
}
