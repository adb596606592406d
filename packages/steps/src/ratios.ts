// Statistics over rounds: medians with intervals, and ratios within rounds.

import type { TimingEstimate } from '@gaussmark/analysis';
import { bootstrap, bootstrapMedian, type Estimate } from '@gaussmark/statistics';
import { linearRegression, medianSorted } from 'simple-statistics';
import type { Samples } from './suite.js';

/** An estimate in the form of reports. */
export function reported({ value, interval }: Estimate): TimingEstimate {
  return { value, low: interval?.low ?? null, high: interval?.high ?? null };
}

/** The median over rounds, with its 95 % percentile-bootstrap interval. */
export const medianOf = (samples: Samples): TimingEstimate => reported(bootstrapMedian(samples));

/**
 * The median of a / b within rounds. A slow spell of the machine that covers a round slows both alike and cancels.
 */
export const ratioOf = (a: Samples, b: Samples): TimingEstimate =>
  medianOf(combine([a, b], ([x, y]) => x! / y!));

/** Applies a function to the values of each round. */
export function combine(series: readonly Samples[], of: (values: readonly number[]) => number): Samples {
  return series[0]!.map((_, round) => of(series.map((samples) => samples[round]!)));
}

/** 1 / x with its interval; null unless value and interval are positive. */
export function inverse({ value, low, high }: TimingEstimate): TimingEstimate | null {
  if (value <= 0 || (low !== null && low <= 0)) return null;
  return { value: 1 / value, low: high === null ? null : 1 / high, high: low === null ? null : 1 / low };
}

/** A point of a line: x, and y by round. */
export interface LineSamples {
  readonly x: number;
  readonly y: Samples;
}

/**
 * The least-squares line y = a + b x through the medians over rounds. Its intervals are percentile bootstraps of whole rounds,
 * which keeps the points of a round together.
 *
 * @returns null for fewer than two points
 */
export function fitRounds(
  points: readonly LineSamples[],
): { readonly intercept: TimingEstimate; readonly slope: TimingEstimate } | null {
  if (points.length < 2) return null;
  const rounds = points[0]!.y.map((_, round) => round);
  const lineOf = (drawn: readonly number[]) =>
    linearRegression(points.map(({ x, y }) => [x, median(drawn.map((round) => y[round]!))]));
  return {
    intercept: reported(bootstrap(rounds, (drawn) => lineOf(drawn).b)),
    slope: reported(bootstrap(rounds, (drawn) => lineOf(drawn).m)),
  };
}

const median = (values: readonly number[]): number =>
  medianSorted(Array.from(Float64Array.from(values).sort()));
