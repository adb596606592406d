// Short names of leaderboards.

import type { Leaderboard } from './leaderboard.js';

/** Names of boards: their problems, or titles where one problem has several boards. */
export function boardNames(
  boards: readonly Pick<Leaderboard, 'problem'>[],
): (board: Pick<Leaderboard, 'problem' | 'title'>) => string {
  const names = boards.map(({ problem }) => problem);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return ({ problem, title }) => (repeated.has(problem) ? title : problem);
}
