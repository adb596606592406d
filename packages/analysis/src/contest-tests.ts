// The best optimizer of each problem against the runner-up, seed by seed, with p-values corrected for several problems.

import { finishedOf } from './contest.js';
import type { Leaderboard } from './leaderboard.js';
import type { Pairing } from './pairing.js';
import type { Separation } from './separation.js';

export interface ContestTest extends Pairing {
  readonly problem: string;
  readonly title: string;
  readonly winner: string;
  readonly runnerUp: string;
  /** p-value with Holm's correction over the problems of the report. */
  readonly adjusted: number;
  readonly separation: Separation;
}

/**
 * One comparison per leaderboard on which two optimizers finished with a common seed: their best rows, by final test loss.
 * The same losses selected these rows, which flatters both sides, the winner more. Compare tuned settings on fresh seeds.
 */
export function contestTests(boards: readonly Leaderboard[]): ContestTest[] {
  return boards.flatMap(({ problem, title, contest }) => {
    const { verdict, evidence, pairing } = contest;
    if (evidence === null || evidence.adjusted === null || pairing === null) return [];
    const [first, second] = finishedOf(contest);
    return [
      {
        problem,
        title,
        winner: first!.row.name,
        runnerUp: second!.row.name,
        ...pairing,
        adjusted: evidence.adjusted,
        separation: verdict as Separation,
      },
    ];
  });
}
