// Ranks of several optimizers over problems, with bootstrap intervals over seeds.

import { type RandomGenerator, uniformInt, xoroshiro128plus } from '@gaussmark/random';
import { mean } from 'simple-statistics';
import {
  type BootstrapOptions,
  bootstrapSettings,
  cautionOfFew,
  drawSample,
  percentileInterval,
} from './bootstrap.js';
import { ascending, medianOf } from './quantiles.js';
import { type Estimate, requireCount, requireSameLength } from './samples.js';

/** The results of one optimizer: `results[problem][seed]`. Infinity (never reached, diverged) is the worst if lower is better. */
export interface OptimizerResults {
  readonly optimizer: string;
  readonly results: readonly (readonly number[])[];
}

export interface OptimizerRank {
  readonly optimizer: string;
  /** Mean rank of the optimizer's median over the problems; 1 is best. */
  readonly rank: Estimate;
  /** Share of resamples in which its mean rank is the best (ties are split). */
  readonly firstShare: number;
}

/**
 * Ranks with intervals. On each problem, optimizers are ranked by the median over seeds (ties share the mean rank); the reported
 * rank is the mean over problems. Each bootstrap resample redraws the seeds of every (optimizer, problem) and ranks again. With
 * `paired` (the same seeds for every optimizer; the default if their counts agree), one draw of seeds is used for all optimizers, so
 * that effects of a seed common to all cancel.
 *
 * The problems are taken as given: the interval is about new seeds, not new problems. Bootstrap intervals of ranks are too narrow for
 * near-equals (Hall and Miller, Annals of Statistics 37 (2009), doi:10.1214/09-AOS737): read overlapping ones as "not separated".
 *
 * @throws RangeError if there are no optimizers or problems, the optimizers have different problems, a problem has no seeds, a value
 *   is NaN, or `paired` is requested with different counts of seeds.
 */
export function rankOptimizers(
  table: readonly OptimizerResults[],
  options: BootstrapOptions & { readonly better?: 'lower' | 'higher'; readonly paired?: boolean } = {},
): readonly OptimizerRank[] {
  const settings = bootstrapSettings(options);
  const { better = 'lower' } = options;
  const cells = checkedTable(table);
  const aligned = cells[0]!.every((_, p) => cells.every((rows) => rows[p]!.length === cells[0]![p]!.length));
  const { paired = aligned } = options;
  if (paired && !aligned) {
    throw new RangeError(
      'paired ranks: every optimizer needs the same seeds on a problem; pass paired: false to draw them independently',
    );
  }

  const values = meanRanks(cells, better);
  const generator = xoroshiro128plus(settings.seed);
  const resampled = values.map(() => new Float64Array(settings.resamples));
  const first = values.map(() => 0);
  for (let b = 0; b < settings.resamples; b++) {
    const ranks = meanRanks(paired ? drawPaired(cells, generator) : drawApart(cells, generator), better);
    const best = Math.min(...ranks);
    const winners = ranks.filter((rank) => rank === best).length;
    ranks.forEach((rank, o) => {
      resampled[o]![b] = rank;
      if (rank === best) first[o]! += 1 / winners;
    });
  }
  const fewest = Math.min(...cells.flatMap((rows) => rows.map((seeds) => seeds.length)));
  return table.map(({ optimizer }, o) => ({
    optimizer,
    rank: {
      value: values[o]!,
      interval: fewest === 1 ? null : percentileInterval(ascending(resampled[o]!), settings.level),
      count: fewest,
      method: `percentile bootstrap over ${paired ? 'shared ' : ''}seeds, ${settings.resamples} resamples`,
      caution: fewest === 1 ? 'one seed has no interval' : cautionOfFew(fewest),
    },
    firstShare: first[o]! / settings.resamples,
  }));
}

/**
 * Ranks from 1 (the smallest) up; equal values share the mean of their ranks. Infinities are equal to each other.
 *
 * @throws RangeError if a value is NaN.
 */
export function midRanks(values: readonly number[]): number[] {
  const nan = values.findIndex(Number.isNaN);
  if (nan >= 0) throw new RangeError(`ranks: expected numbers, got NaN at index ${nan}`);
  const order = values
    .map((_, i) => i)
    .sort((i, j) => (values[i]! < values[j]! ? -1 : values[i]! > values[j]! ? 1 : 0));
  const ranks = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

type Cells = readonly (readonly (readonly number[])[])[];

function checkedTable(table: readonly OptimizerResults[]): Cells {
  requireCount('optimizers', table.length, 1);
  for (const { optimizer, results } of table) {
    requireCount(`problems of ${optimizer}`, results.length, 1);
    requireSameLength(
      `problems of ${table[0]!.optimizer}`,
      table[0]!.results.length,
      `those of ${optimizer}`,
      results.length,
    );
    results.forEach((seeds, problem) => {
      requireCount(`seeds of ${optimizer} on problem ${problem}`, seeds.length, 1);
      if (seeds.some(Number.isNaN))
        throw new RangeError(`results of ${optimizer} on problem ${problem}: expected numbers, got NaN`);
    });
  }
  return table.map(({ results }) => results);
}

function meanRanks(cells: Cells, better: 'lower' | 'higher'): number[] {
  const sign = better === 'lower' ? 1 : -1;
  const perProblem = cells[0]!.map((_, p) => midRanks(cells.map((rows) => sign * medianOf(rows[p]!))));
  return cells.map((_, o) => mean(perProblem.map((ranks) => ranks[o]!)));
}

function drawApart(cells: Cells, generator: RandomGenerator): Cells {
  return cells.map((rows) => rows.map((seeds) => drawSample(seeds, generator)));
}

function drawPaired(cells: Cells, generator: RandomGenerator): Cells {
  const picks = cells[0]!.map((seeds) => seeds.map(() => uniformInt(generator, seeds.length)));
  return cells.map((rows) => rows.map((seeds, p) => picks[p]!.map((pick) => seeds[pick]!)));
}
