// The comparisons of the best optimizers as a table of texts.

import type { ContestTest } from '@gaussmark/analysis';
import {
  formatNumber,
  formatP,
  formatResultRatio,
  isExtreme,
  SEPARATION_WORDS,
  SIGNIFICANT,
  seedsNeeded,
} from '@gaussmark/analysis/words';
import { type ColumnOf, type NotedTable, numberCell, textCell, textTable } from './text-table.js';

/** What one pair alone cannot say is left blank. */
const ofPairs = (pairs: number, value: number, format: (value: number) => string) =>
  numberCell(pairs < 2 ? null : value, format);

const COLUMNS: readonly ColumnOf<ContestTest>[] = [
  { title: 'problem', align: 'left', cell: ({ title }) => textCell(title) },
  { title: 'best', align: 'left', names: true, cell: ({ winner }) => textCell(winner) },
  {
    title: 'runner-up',
    align: 'left',
    names: true,
    explanation: 'The best setting of the next optimizer',
    cell: ({ runnerUp }) => textCell(runnerUp),
  },
  {
    title: 'pairs',
    align: 'right',
    explanation: 'Seeds that both finished; in brackets those that only one did',
    cell: ({ pairs, unpaired }) =>
      textCell(unpaired === 0 ? String(pairs) : `${pairs} (+${unpaired})`, { key: pairs }),
  },
  {
    title: 'loss ratio',
    align: 'right',
    explanation:
      'Final test loss of the runner-up over that of the best, seed by seed: Hodges-Lehmann estimate with its exact interval',
    cell: ({ ratio }) => ({
      ...numberCell(ratio?.value, formatResultRatio),
      interval:
        ratio?.low == null || isExtreme(ratio.value) || ratio.high === null || ratio.level === null
          ? ''
          : `[${formatResultRatio(ratio.low)}, ${formatResultRatio(ratio.high)}] at ${formatNumber(100 * ratio.level, 3)} %`,
    }),
  },
  {
    title: 'effect',
    align: 'right',
    explanation: 'Matched-pairs rank-biserial correlation: 1 if the best ended lower in every seed',
    cell: ({ effect, pairs }) => ofPairs(pairs, effect, (value) => formatNumber(value, 2)),
  },
  { title: 'p', align: 'right', cell: ({ pValue, pairs }) => ofPairs(pairs, pValue, formatP) },
  {
    title: 'p (Holm)',
    align: 'right',
    explanation: 'Corrected for the number of problems',
    cell: ({ adjusted, pairs }) => ofPairs(pairs, adjusted, formatP),
  },
  {
    title: 'verdict',
    align: 'left',
    explanation: `clear lead: 95 % intervals apart and p (Holm) below ${SIGNIFICANT}; leads, not clearly: one of the two, with three seeds or more; not separated: neither`,
    cell: ({ separation }) => textCell(SEPARATION_WORDS[separation]),
  },
];

/** null where nothing could be paired. */
export function contestTestTable(tests: readonly ContestTest[]): NotedTable | null {
  if (tests.length === 0) return null;
  return { title: 'Best against runner-up', ...textTable(COLUMNS, tests), notes: notesOf(tests) };
}

function notesOf(tests: readonly ContestTest[]): string[] {
  const fewest = Math.min(...tests.map(({ pairs }) => pairs));
  const needed = seedsNeeded(tests.length);
  const chosen = 'Settings were chosen by the same losses, which flatters both.';
  return [
    `The best setting of the best optimizer against that of the next, seed by seed, by final test loss. ${chosen}`,
    `Exact sign-flip permutation test up to 16 pairs, Wilcoxon beyond; two-sided; p (Holm) is corrected for ${tests.length} ${tests.length === 1 ? 'problem' : 'problems'}.`,
    ...(fewest >= needed
      ? []
      : [
          `With ${fewest} ${fewest === 1 ? 'pair' : 'pairs'} no p can be below ${formatNumber(2 ** (1 - fewest), 2)}: a clear lead needs at least ${needed} seeds.`,
        ]),
  ];
}
