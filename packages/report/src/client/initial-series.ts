// The series that are visible before the reader chooses.

import type { PageProblem } from '../page-data.js';

/** Lines that can be told apart, and how many are visible initially if there are more. */
const MOST_DRAWN = 20;
const FEW_DRAWN = 12;

/** All series of a problem or, of many, the best settings of each optimizer. */
export function initialSeries({ series, board, omittedCurves }: PageProblem): ReadonlySet<string> {
  const names = series.map(({ name }) => name);
  if (omittedCurves === 0 && series.length <= MOST_DRAWN) return new Set(names);
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
