// Deciding on paired timings of two revisions: the noise floor from each against itself, then slower, faster, same or undecided.

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

/** Seconds of one call: `from[process][round]`, `to[process][round]`, all of the same rounds. */
export interface SidedSamples {
  readonly from: readonly (readonly number[])[];
  readonly to: readonly (readonly number[])[];
}

export interface DecisionOptions {
  /** Smallest relative change that matters. */
  readonly threshold: number;
  /** How often at most the samples are looked at while more are taken. */
  readonly looks: number;
  readonly level: number;
}

/** Comparisons of a revision with itself: every two of its processes, for both sides. */
export function selfComparisons({ from, to }: SidedSamples): TimedPairs[] {
  return [from, to].flatMap((processes) =>
    processes.flatMap((baseline, i) => processes.slice(i + 1).map((candidate) => ({ baseline, candidate }))),
  );
}

/**
 * The noise floor of a session: from all comparisons of a revision with itself, of everything that was timed, as they are
 * noises of one machine in the same minutes. `null` where there are too few to say.
 */
export function sessionFloor(all: readonly SidedSamples[], level: number): NoiseFloor | null {
  const comparisons = all.flatMap(selfComparisons);
  return comparisons.length < 3 ? null : noiseFloor(comparisons, level);
}

export interface TimedFinding extends TimedComparison {
  /** By how much equal code of this subject came out apart, at most, in the same rounds. */
  readonly ownFloor: number;
}

/**
 * One decision. The processes of a side are averaged (geometrically) round by round; ratios are taken within rounds, and
 * must leave max(threshold, floor of the session, what this subject's own equal processes differ by).
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
