// What selections ask for, counted before it is made: a slip of the keyboard must not fill the memory.

import { BOUNDS } from './bounds.js';
import { GaussmarkError } from './errors.js';
import { expandGrid, parseSelections, type SelectedPoint } from './selection.js';

/**
 * The points of the grids of several texts.
 *
 * @throws GaussmarkError for more than 100,000 of them
 */
export function selectedPoints(texts: readonly string[]): SelectedPoint[] {
  const points: SelectedPoint[] = [];
  for (const selection of texts.flatMap((text) => parseSelections(text))) {
    points.push(...expandGrid(selection));
    demandFewRuns({ settings: points.length });
  }
  return points;
}

/**
 * @param factors what is multiplied, by name: `{ problems: 3, optimizers: 20, seeds: 5 }`
 * @throws GaussmarkError if the product is more than 100,000, with all factors
 */
export function demandFewRuns(factors: Readonly<Record<string, number>>): void {
  const count = Object.values(factors).reduce((product, factor) => product * factor, 1);
  if (count <= BOUNDS.runs.most) return;
  const parts = Object.entries(factors).map(([name, factor]) => `${factor} ${name}`);
  throw new GaussmarkError(`${count} runs are asked for`, {
    expected: `at most ${BOUNDS.runs.most}`,
    got: parts.join(' x '),
    remedy: 'give fewer values, or fewer seeds',
  });
}
