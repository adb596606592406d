// Trial points of a search space.

import { canonicalJson, GaussmarkError, type JsonValue } from '@gaussmark/core';
import { ScrambledHalton } from './halton.js';
import { levelsOf, type SearchedOptimizer, type Space, type Values, valueAt } from './space.js';

export const SEARCHES = ['quasi-random', 'grid'] as const;
export type Search = (typeof SEARCHES)[number];

/** Draws per requested point: a small space repeats points. */
const DRAWS_PER_POINT = 50;

/**
 * Distinct points of a space: `trials`, or fewer if the space has no more.
 *
 * - quasi-random: the first distinct points of a scrambled Halton sequence.
 * - grid: all combinations of choices and of levels of intervals, as many levels as fit into `trials`, at least two.
 *
 * @throws GaussmarkError if the coarsest grid has more than `trials` points
 */
export function trialPoints(
  { space, selection }: Pick<SearchedOptimizer, 'space' | 'selection'>,
  search: Search,
  trials: number,
  seed: number,
): Values[] {
  return search === 'grid' ? gridPoints(space, trials, selection) : haltonPoints(space, trials, seed);
}

function haltonPoints(space: Space, trials: number, seed: number): Values[] {
  const dimensions = Object.entries(space);
  const sequence = new ScrambledHalton(dimensions.length, seed);
  const points = new Map<string, Values>();
  for (let i = 0; points.size < trials && i < DRAWS_PER_POINT * trials; i++) {
    const coordinates = sequence.point(i);
    const point = Object.fromEntries(
      dimensions.map(([name, dimension], d) => [name, valueAt(dimension, coordinates[d]!)]),
    );
    const key = canonicalJson(point);
    if (!points.has(key)) points.set(key, point);
  }
  return [...points.values()];
}

function gridPoints(space: Space, trials: number, selection: string): Values[] {
  const hasInterval = Object.values(space).some(({ scale }) => scale !== 'categorical');
  const size = (levels: number) =>
    Object.values(space).reduce((product, dimension) => product * levelsOf(dimension, levels).length, 1);
  let levels = hasInterval ? 2 : 1;
  if (size(levels) > trials) {
    throw new GaussmarkError(`the smallest grid of '${selection}' has ${size(levels)} points`, {
      expected: `at most ${trials} (--trials)`,
      got: `${size(levels)} (${Object.keys(space).join(', ')})`,
      remedy: 'fix some of these with name[key=value], raise --trials, or drop --search grid',
    });
  }
  // More levels may add no points if they are integers.
  while (hasInterval && levels < trials && size(levels + 1) <= trials) levels += 1;
  let points: Record<string, JsonValue>[] = [{}];
  for (const [name, dimension] of Object.entries(space)) {
    const values = levelsOf(dimension, levels);
    points = points.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
  }
  return points;
}
