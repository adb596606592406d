// Counts what selections request before creating it, so that a typo cannot exhaust the memory.

import { BOUNDS } from './bounds.js';
import { GaussmarkError } from './errors.js';
import { expandGrid, parseSelections, type SelectedPoint } from './selection.js';

/**
 * The points of the grids in several texts.
 *
 * @throws GaussmarkError for more than 100,000
 * @internal
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
 * @param factors the factors by name: `{ problems: 3, optimizers: 20, seeds: 5 }`
 * @throws GaussmarkError listing the factors if the product exceeds 100,000
 * @internal
 */
export function demandFewRuns(factors: Readonly<Record<string, number>>): void {
  const count = Object.values(factors).reduce((product, factor) => product * factor, 1);
  if (count <= BOUNDS.runs.most) return;
  const parts = Object.entries(factors).map(([name, factor]) => `${factor} ${name}`);
  throw new GaussmarkError(`the request amounts to ${count} runs`, {
    expected: `at most ${BOUNDS.runs.most}`,
    got: parts.join(' x '),
    remedy: 'use fewer values or seeds',
  });
}
