// Compares two groups of runs seed by seed, by final test loss.

import { comparePaired, type PairedTest } from '@gaussmark/statistics';
import { outcomeOf, type RunGroup } from './groups.js';
import type { ReportRun } from './schema/report-schema.js';

/** An effect with its interval, at the confidence that the number of pairs allows: 75 % for three. */
export interface PairedSize {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  /** Confidence of the interval, 0 to 1; null without an interval. */
  readonly level: number | null;
}

export interface Pairing {
  /** Number of seeds that both finished. */
  readonly pairs: number;
  /** Number of seeds that only one of them finished or ran, left out. */
  readonly unpaired: number;
  /** Final test loss of the second over that of the first (Hodges-Lehmann); null unless all losses are above zero. */
  readonly ratio: PairedSize | null;
  /** Matched-pairs rank-biserial correlation: 1 if the first ended lower in every seed, -1 if in none. */
  readonly effect: number;
  readonly method: PairedTest['method'];
  readonly pValue: number;
  /** Differences of the final test losses, second minus first, by seed. */
  readonly differences: readonly number[];
  /** The least p-value possible with this number of pairs. */
  readonly smallest: number;
}

/** A run's final test loss; Infinity if it did not finish. */
export const finalLoss = (run: ReportRun): number =>
  outcomeOf(run) === 'finished'
    ? (run.curve.at(-1)?.testLoss ?? Number.POSITIVE_INFINITY)
    : Number.POSITIVE_INFINITY;

/** null if no seed finished in both. */
export function pairBySeed(first: RunGroup, second: RunGroup): Pairing | null {
  const [a, b] = [lossesOf(first), lossesOf(second)];
  const seeds = [...new Set([...a.keys(), ...b.keys()])];
  const finite = (losses: ReadonlyMap<number, number>, seed: number) =>
    Number.isFinite(losses.get(seed) ?? Number.NaN);
  const shared = seeds.filter((seed) => finite(a, seed) && finite(b, seed));
  if (shared.length === 0) return null;
  const [lower, higher] = [a, b].map((losses) => shared.map((seed) => losses.get(seed)!));
  const { ratio, effect, test, count } = comparePaired(lower!, higher!);
  return {
    pairs: count,
    unpaired: seeds.length - shared.length,
    ratio: ratio && {
      value: ratio.value,
      low: ratio.interval?.low ?? null,
      high: ratio.interval?.high ?? null,
      level: ratio.interval?.level ?? null,
    },
    effect,
    differences: higher!.map((loss, i) => loss - lower![i]!),
    method: test.method,
    pValue: test.pValue,
    smallest: test.smallestPValue,
  };
}

const lossesOf = ({ runs }: RunGroup): ReadonlyMap<number, number> =>
  new Map(runs.map((run) => [run.seed, finalLoss(run)]));
