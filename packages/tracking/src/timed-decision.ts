// Decides on paired timings of two revisions: slower, faster, same or undecided, beyond the noise floor of equal code.

import {
  compareTimed,
  hodgesLehmann,
  type NoiseFloor,
  noiseFloor,
  type TimedComparison,
  type TimedPairs,
} from '@gaussmark/statistics';
import type { Clock } from '@gaussmark/steps';

export const TURN_CLOCKS = ['cpu', 'wall'] as const satisfies readonly Clock[];

/** Seconds per call: `from[process][round]`, `to[process][round]`, over the same rounds. */
export interface SidedSamples {
  readonly from: readonly (readonly number[])[];
  readonly to: readonly (readonly number[])[];
}

export interface DecisionOptions {
  /** The smallest relative change that matters. */
  readonly threshold: number;
  /** How often the samples are examined at most. */
  readonly looks: number;
  readonly level: number;
}

/** Comparisons of equal code: each pair of processes of one side. */
export function selfComparisons({ from, to }: SidedSamples): TimedPairs[] {
  return [from, to].flatMap((processes) =>
    processes.flatMap((baseline, i) => processes.slice(i + 1).map((candidate) => ({ baseline, candidate }))),
  );
}

/**
 * The noise floor of a session, from all comparisons of equal code over all subjects: they share the machine and the minutes.
 * `null` if there are too few.
 */
export function sessionFloor(all: readonly SidedSamples[], level: number): NoiseFloor | null {
  const comparisons = all.flatMap(selfComparisons);
  return comparisons.length < 3 ? null : noiseFloor(comparisons, level);
}

export interface TimedFinding extends TimedComparison {
  /** The largest difference between equal code of this subject in the same rounds. */
  readonly ownFloor: number;
}

/**
 * Decides on one subject. A side's processes are averaged geometrically per round; ratios within rounds must exceed
 * max(threshold, session floor, this subject's difference between equal code).
 */
export function decide(
  samples: SidedSamples,
  floor: NoiseFloor | null,
  { threshold, looks, level }: DecisionOptions,
): TimedFinding {
  const ownFloor = Math.max(
    0,
    ...selfComparisons(samples).map(({ baseline, candidate }) => {
      const ratios = candidate.map((time, i) => Math.log(time / baseline[i]!));
      return Math.expm1(Math.abs(hodgesLehmann(ratios).value));
    }),
  );
  const pairs = { baseline: averaged(samples.from), candidate: averaged(samples.to) };
  const options = { threshold, floor: Math.max(floor?.relative ?? 0, ownFloor), level, looks };
  return { ...compareTimed(pairs, options), ownFloor };
}

/** Geometric means over processes, by round. */
function averaged(processes: readonly (readonly number[])[]): number[] {
  return processes[0]!.map((_, round) =>
    Math.exp(processes.reduce((sum, samples) => sum + Math.log(samples[round]!), 0) / processes.length),
  );
}
