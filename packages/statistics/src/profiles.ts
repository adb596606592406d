// Performance profiles over problems, AlgoPerf's score, and their bands over seeds.

import { xoroshiro128plus } from '@gaussmark/random';
import {
  type BootstrapOptions,
  bootstrapSettings,
  cautionOfFew,
  drawSample,
  percentileInterval,
} from './bootstrap.js';
import { ascending, medianOf } from './quantiles.js';
import type { OptimizerResults } from './ranks.js';
import { type Estimate, requireCount, requireSameLength, requireTimes } from './samples.js';

/** The largest ratio that scores in AlgoPerf. */
export const ALGOPERF_MAX_RATIO = 4;

/**
 * Performance ratios r[o][p] = t[o][p] / min over o' of t[o'][p], from times `times[optimizer][problem]`. Infinity means that the
 * target was never reached; if no optimizer reached it, every ratio is Infinity, and the problem still counts.
 *
 * Source: Dolan and More, Mathematical Programming 91 (2002), doi:10.1007/s101070100263.
 *
 * @throws RangeError if there are no optimizers or problems, the optimizers have different problems, or a time is not above zero.
 */
export function performanceRatios(times: readonly (readonly number[])[]): readonly (readonly number[])[] {
  requireCount('optimizers', times.length, 1);
  for (const [o, row] of times.entries()) {
    requireTimes(`times of optimizer ${o}`, row, 1);
    requireSameLength('problems of optimizer 0', times[0]!.length, `those of optimizer ${o}`, row.length);
  }
  const best = times[0]!.map((_, p) => Math.min(...times.map((row) => row[p]!)));
  return times.map((row) =>
    row.map((time, p) => (time === Number.POSITIVE_INFINITY ? time : time / best[p]!)),
  );
}

/** The profile rho(ratio): the share of problems that an optimizer solves within `ratio` times the best time. */
export function profileAt(ratios: readonly number[], ratio: number): number {
  requireCount('ratios', ratios.length, 1);
  return ratios.filter((r) => r <= ratio && r < Number.POSITIVE_INFINITY).length / ratios.length;
}

/**
 * AlgoPerf's score of an optimizer: the area under its profile from 1 to r = 4, normalized to 1,
 *
 *   1 / (r - 1) int_1^r rho(s) ds = mean over problems of max(0, r - ratio) / (r - 1),
 *
 * the exact integral of a step function (AlgoPerf's code uses trapezoids through 100 points). 1 means fastest everywhere, 0 never
 * within 4 times the best. The score depends on the other optimizers in the table.
 *
 * Source: Dahl et al., Benchmarking Neural Network Training Algorithms (2023), section 4.4, arXiv:2306.07179.
 *
 * @throws RangeError if there are no ratios, one is below 1, or `maxRatio` is not above 1 and finite.
 */
export function profileScore(ratios: readonly number[], maxRatio = ALGOPERF_MAX_RATIO): number {
  requireCount('ratios', ratios.length, 1);
  if (!(maxRatio > 1 && maxRatio < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`maxRatio: expected a finite number above 1, got ${maxRatio}`);
  }
  let area = 0;
  for (const [i, ratio] of ratios.entries()) {
    if (!(ratio >= 1))
      throw new RangeError(`ratios: expected numbers of at least 1, got ${ratio} at index ${i}`);
    area += Math.max(0, maxRatio - ratio);
  }
  return area / (ratios.length * (maxRatio - 1));
}

export interface PerformanceProfile {
  readonly optimizer: string;
  /** Ratio to the best median time, for each problem. */
  readonly ratios: readonly number[];
  /** rho at each grid point, with pointwise limits. */
  readonly curve: readonly ProfilePoint[];
  /** AlgoPerf's score. */
  readonly score: Estimate;
}

export interface ProfilePoint {
  readonly ratio: number;
  readonly share: number;
  /** Pointwise limits over seeds; equal to `share` for a single seed (see `score.caution`). */
  readonly low: number;
  readonly high: number;
}

/**
 * Profiles of several optimizers over problems and seeds. The time of an optimizer on a problem is its median over seeds (Infinity
 * if half of the seeds missed the target). Bands and the score's interval come from resampling the seeds of every (optimizer,
 * problem). The problems are taken as given.
 *
 * @param table times to target, `results[problem][seed]`, Infinity for a miss.
 * @param options `grid`: the ratios at which to evaluate the curve; default 61 from 1 to `maxRatio`, evenly spaced in log.
 * @throws RangeError as `performanceRatios` and `profileScore` do, and if a problem has no seeds.
 */
export function performanceProfiles(
  table: readonly OptimizerResults[],
  options: BootstrapOptions & { readonly maxRatio?: number; readonly grid?: readonly number[] } = {},
): readonly PerformanceProfile[] {
  const settings = bootstrapSettings(options);
  const { maxRatio = ALGOPERF_MAX_RATIO } = options;
  const grid = options.grid ?? Array.from({ length: 61 }, (_, i) => maxRatio ** (i / 60));
  requireCount('optimizers', table.length, 1);
  for (const { optimizer, results } of table) {
    results.forEach((seeds, p) => {
      requireTimes(`times of ${optimizer} on problem ${p}`, seeds, 1);
    });
  }
  const ratios = performanceRatios(table.map(({ results }) => results.map(medianOf)));
  const scores = table.map(() => new Float64Array(settings.resamples));
  const shares = table.map(() => grid.map(() => new Float64Array(settings.resamples)));
  const generator = xoroshiro128plus(settings.seed);
  for (let b = 0; b < settings.resamples; b++) {
    const drawn = performanceRatios(
      table.map(({ results }) => results.map((seeds) => medianOf(drawSample(seeds, generator)))),
    );
    drawn.forEach((row, o) => {
      scores[o]![b] = profileScore(row, maxRatio);
      grid.forEach((ratio, g) => {
        shares[o]![g]![b] = profileAt(row, ratio);
      });
    });
  }
  const fewest = Math.min(...table.flatMap(({ results }) => results.map((seeds) => seeds.length)));
  return table.map(({ optimizer }, o) => ({
    optimizer,
    ratios: ratios[o]!,
    curve: grid.map((ratio, g) => {
      const { low, high } = percentileInterval(ascending(shares[o]![g]!), settings.level);
      return { ratio, share: profileAt(ratios[o]!, ratio), low, high };
    }),
    score: {
      value: profileScore(ratios[o]!, maxRatio),
      interval: fewest === 1 ? null : percentileInterval(ascending(scores[o]!), settings.level),
      count: fewest,
      method: `area under the profile to ${maxRatio}, percentile bootstrap over seeds, ${settings.resamples} resamples`,
      caution: fewest === 1 ? 'one seed has no interval' : cautionOfFew(fewest),
    },
  }));
}
