// Which of many series are drawn before the reader chooses.

import type { PageProblem } from '../page-data.js';

/** Lines that are still told apart, and how many are drawn at first where there are more. */
const MOST_DRAWN = 20;
const FEW_DRAWN = 12;

/** All series of a problem; of very many, the best settings of each optimizer. */
export function drawnAtFirst({ series, board, withoutCurves }: PageProblem): ReadonlySet<string> {
  const names = series.map(({ name }) => name);
  if (withoutCurves === 0 && series.length <= MOST_DRAWN) return new Set(names);
  const optimizers = new Set(series.map(({ optimizer }) => optimizer));
  const each = Math.max(1, Math.floor(FEW_DRAWN / optimizers.size));
  const best = new Set(
    [...optimizers].flatMap((optimizer) =>
      board.rows
        .filter((row) => row.optimizer === optimizer)
        .slice(0, each)
        .map(({ name }) => name),
    ),
  );
  return new Set(names.filter((name) => best.has(name)));
}
