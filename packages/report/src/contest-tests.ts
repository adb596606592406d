// The best optimizer of each problem against the runner-up, seed by seed, corrected for being many problems.

import { comparePaired, holm, type PairedTest } from '@gaussmark/statistics';
import { formatNumber, formatRatio } from './format.js';
import { groupsOf } from './groups.js';
import { finalLoss, type Leaderboard } from './leaderboard.js';
import type { Report } from './schema.js';
import { type ColumnOf, numberCell, type TextTable, textCell, textTable } from './text-table.js';

/** A size with its interval, which has the confidence that so few pairs allow: 75 % for three. */
export interface PairedSize {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Confidence of the interval, 0 to 1; null without one. */
  readonly level: number | null;
}

export interface ContestTest {
  readonly problem: string;
  readonly title: string;
  readonly winner: string;
  readonly runnerUp: string;
  /** Seeds that both finished. */
  readonly pairs: number;
  /** Seeds that only one of them finished, or has: left out, since there is nothing to pair them with. */
  readonly unpaired: number;
  /** Final test loss of the runner-up over that of the winner (Hodges-Lehmann); null unless all losses are above zero. */
  readonly ratio: PairedSize | null;
  /** Matched-pairs rank-biserial correlation: 1 if the winner ended lower in every seed, -1 if in none. */
  readonly effect: number;
  readonly method: PairedTest['method'];
  readonly pValue: number;
  /** Corrected by Holm over the problems of the report. */
  readonly adjusted: number;
  /** The least p-value that so many pairs can give. */
  readonly smallest: number;
}

/**
 * One comparison for each problem where two optimizers finished and share a seed: the best row of the one against the
 * best row of the other, by final test loss. The rows were chosen by the very losses that are compared here, which
 * flatters both sides and the winner more; tuned settings belong to fresh seeds.
 */
export function contestTests(report: Report, boards: readonly Leaderboard[]): ContestTest[] {
  const all = groupsOf(report);
  const tests = boards.flatMap((board) => {
    const [first, second] = board.contest.entries;
    if (first === undefined || second === undefined) return [];
    const groups = all.get(board.problem) ?? [];
    const lossesOf = (name: string) =>
      new Map(groups.find((group) => group.name === name)!.runs.map((run) => [run.seed, finalLoss(run)]));
    const [winner, runnerUp] = [lossesOf(first.row.name), lossesOf(second.row.name)];
    const seeds = [...new Set([...winner.keys(), ...runnerUp.keys()])];
    const shared = seeds.filter(
      (seed) =>
        Number.isFinite(winner.get(seed) ?? Number.NaN) && Number.isFinite(runnerUp.get(seed) ?? Number.NaN),
    );
    if (shared.length === 0) return [];
    const { ratio, effect, test, count } = comparePaired(
      shared.map((seed) => winner.get(seed)!),
      shared.map((seed) => runnerUp.get(seed)!),
    );
    return [
      {
        problem: board.problem,
        title: board.title,
        winner: first.row.name,
        runnerUp: second.row.name,
        pairs: count,
        unpaired: seeds.length - shared.length,
        ratio: ratio && {
          value: ratio.value,
          low: ratio.interval?.low ?? null,
          high: ratio.interval?.high ?? null,
          level: ratio.interval?.level ?? null,
        },
        effect,
        method: test.method,
        pValue: test.pValue,
        smallest: test.smallestPValue,
      },
    ];
  });
  const adjusted = holm(tests.map(({ pValue }) => pValue));
  return tests.map((test, index) => ({ ...test, adjusted: adjusted[index]! }));
}

/** A p-value: 0.031, < 0.001. */
const formatP = (p: number): string => (p < 0.001 ? '< 0.001' : formatNumber(p, 2));

/** What one pair alone cannot say is left blank. */
const ofPairs = (pairs: number, value: number, format: (value: number) => string) =>
  numberCell(pairs < 2 ? null : value, format);

const COLUMNS: readonly ColumnOf<ContestTest>[] = [
  { title: 'problem', align: 'left', cell: ({ title }) => textCell(title) },
  { title: 'best', align: 'left', cell: ({ winner }) => textCell(winner) },
  {
    title: 'runner-up',
    align: 'left',
    explanation: 'The best setting of the next optimizer',
    cell: ({ runnerUp }) => textCell(runnerUp),
  },
  {
    title: 'pairs',
    align: 'right',
    explanation: 'Seeds that both finished; in brackets those that only one did',
    cell: ({ pairs, unpaired }) => ({
      text: unpaired === 0 ? String(pairs) : `${pairs} (+${unpaired})`,
      interval: '',
      key: pairs,
    }),
  },
  {
    title: 'loss ratio',
    align: 'right',
    explanation:
      'Final test loss of the runner-up over that of the best, seed by seed: Hodges-Lehmann estimate with its exact interval',
    cell: ({ ratio }) => ({
      ...numberCell(ratio?.value, formatRatio),
      interval:
        ratio?.low == null || ratio.high === null || ratio.level === null
          ? ''
          : `[${formatRatio(ratio.low)}, ${formatRatio(ratio.high)}] at ${formatNumber(100 * ratio.level, 3)} %`,
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
];

export const contestTestTable = (tests: readonly ContestTest[]): TextTable => textTable(COLUMNS, tests);

/** How to read the comparisons. */
export function contestTestNotes(tests: readonly ContestTest[]): string[] {
  if (tests.length === 0) return [];
  const blunt = tests.filter(({ smallest }) => smallest > 0.05);
  const fewest = blunt.reduce((least, { pairs }) => Math.min(least, pairs), Number.POSITIVE_INFINITY);
  return [
    'The best setting of the best optimizer against that of the next, seed by seed, by final test loss. Settings were chosen by the same losses, which flatters both.',
    `Exact sign-flip permutation test up to 16 pairs, Wilcoxon beyond; two-sided; p (Holm) is corrected for ${tests.length} ${tests.length === 1 ? 'problem' : 'problems'}.`,
    ...(blunt.length === 0
      ? []
      : [
          `With ${fewest} ${fewest === 1 ? 'pair' : 'pairs'} no p can be below ${formatNumber(2 ** (1 - fewest), 2)}: ${blunt.length === tests.length ? 'here' : `on ${blunt.length} of ${tests.length} problems`} more seeds are needed before a p-value can say anything.`,
        ]),
  ];
}
