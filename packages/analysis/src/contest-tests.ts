// The best optimizer of each problem against the runner-up, seed by seed, corrected for being many problems.

import { finishedOf } from './contest.js';
import type { Leaderboard } from './leaderboard.js';
import type { Pairing } from './pairing.js';
import type { Separation } from './separation.js';

export interface ContestTest extends Pairing {
  readonly problem: string;
  readonly title: string;
  readonly winner: string;
  readonly runnerUp: string;
  /** Corrected by Holm over the problems of the report. */
  readonly adjusted: number;
  readonly separation: Separation;
}

/**
 * One comparison for each leaderboard where two optimizers finished and share a seed: the best row of the one against the
 * best row of the other, by final test loss. The rows were chosen by the very losses that are compared here, which
 * flatters both sides and the winner more; tuned settings belong to fresh seeds.
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
