// Times to a target if some runs never reach it: censored instead of dropped.

import {
  type BootstrapOptions,
  bootstrapSettings,
  cautionOfFew,
  drawSample,
  percentileInterval,
  resample,
} from './bootstrap.js';
import { normalHalfWidth } from './distributions.js';
import { successRate } from './proportion.js';
import { type Estimate, requireCount, requireFraction } from './samples.js';

/** One run: when it reached the target, or how long it was observed without reaching it. */
export interface TimeToTarget {
  /** Seconds, steps, epochs: any unit, above zero and finite. */
  readonly time: number;
  /** `false`: the run ended at `time` (budget, divergence) without reaching the target. */
  readonly reached: boolean;
}

/** The curve from `time` on, until the next step. Before the first step, survival is 1. */
export interface SurvivalStep {
  readonly time: number;
  /** Runs still in progress just before `time`. */
  readonly atRisk: number;
  /** Runs that reached the target at `time`. */
  readonly reached: number;
  /** Estimated share of runs that have not reached the target by `time`. */
  readonly survival: number;
  /** Greenwood's standard error of `survival`. */
  readonly standardError: number;
  /** Limits of `survival`, on the log(-log) scale. */
  readonly low: number;
  readonly high: number;
}

/**
 * The Kaplan-Meier curve: S(t) = product over times t_i <= t of (1 - d_i / n_i), where d_i of the n_i runs still in progress reach
 * the target at t_i. By convention, a run that ends at t_i without the target still counts in n_i. Greenwood:
 * Var S = S^2 sum d_i / (n_i (n_i - d_i)); limits S^exp(-+ z sqrt(Var S) / (S log S)), which stay in [0, 1].
 *
 * Source: Kaplan and Meier, JASA 53 (1958), doi:10.1080/01621459.1958.10501452. It assumes that the time at which a run was stopped
 * carries no information about when it would have reached the target. A common budget satisfies this; killing bad runs early does
 * not, so use the whole budget as the time of a diverged run.
 *
 * @returns one step per distinct time at which a target was reached.
 * @throws RangeError if there are no runs, or a time is not finite and above zero.
 */
export function kaplanMeier(runs: readonly TimeToTarget[], level = 0.95): readonly SurvivalStep[] {
  requireRuns(runs);
  requireFraction('level', level);
  const z = normalHalfWidth(level);
  const sorted = [...runs].sort((a, b) => a.time - b.time);
  const steps: SurvivalStep[] = [];
  let survival = 1;
  let greenwood = 0;
  for (let i = 0; i < sorted.length; ) {
    const time = sorted[i]!.time;
    const atRisk = sorted.length - i;
    let reached = 0;
    for (; i < sorted.length && sorted[i]!.time === time; i++) if (sorted[i]!.reached) reached++;
    if (reached === 0) continue;
    survival *= 1 - reached / atRisk;
    greenwood += reached / (atRisk * (atRisk - reached));
    if (reached === atRisk) {
      steps.push({ time, atRisk, reached, survival: 0, standardError: 0, low: 0, high: 0 });
      continue;
    }
    const standardError = survival * Math.sqrt(greenwood);
    const spread = (z * Math.sqrt(greenwood)) / Math.log(survival);
    const low = survival ** Math.exp(-spread);
    const high = survival ** Math.exp(spread);
    steps.push({ time, atRisk, reached, survival, standardError, low, high });
  }
  return steps;
}

/** A product like 9/10 8/9 ... = 1/2 may be off by rounding. */
const ROUNDING = 1e-12;

/**
 * The time by which half of the runs (according to the curve) have reached the target. If the curve is 1/2 between two times, their
 * midpoint, like the median of an even number of values: Infinity if the other half never reached it.
 */
export function medianTime(curve: readonly SurvivalStep[]): number {
  const first = curve.findIndex(({ survival }) => survival <= 0.5 + ROUNDING);
  if (first < 0) return Number.POSITIVE_INFINITY;
  const { time, survival } = curve[first]!;
  if (survival < 0.5 - ROUNDING) return time;
  return (time + (curve[first + 1]?.time ?? Number.POSITIVE_INFINITY)) / 2;
}

/**
 * The restricted mean: the mean of min(time to target, horizon), which is the area under the curve up to `horizon`. Unlike the
 * median, it always exists. Source: Royston and Parmar, BMC Medical Research Methodology 13 (2013), doi:10.1186/1471-2288-13-152.
 */
export function restrictedMeanTime(curve: readonly SurvivalStep[], horizon: number): number {
  if (!(horizon > 0 && horizon < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`horizon: expected a finite time above zero, got ${horizon}`);
  }
  let area = 0;
  let from = 0;
  let survival = 1;
  for (const step of curve) {
    if (step.time >= horizon) break;
    area += survival * (step.time - from);
    from = step.time;
    survival = step.survival;
  }
  return area + survival * (horizon - from);
}

export interface TimeToTargetSummary {
  /** Kaplan-Meier median; Infinity if half of the runs never reached the target, as may be the interval's upper limit. */
  readonly median: Estimate;
  /** Mean of min(time, horizon). */
  readonly restrictedMean: Estimate;
  /** Share of runs that reached the target within their budget. */
  readonly success: Estimate;
  readonly horizon: number;
  readonly curve: readonly SurvivalStep[];
}

/**
 * Time to target of an optimizer on a problem over seeds: Kaplan-Meier median and restricted mean with percentile-bootstrap
 * intervals (resampling whole runs, including censored ones), and the success rate.
 *
 * `horizon` (default: the longest time among the runs) should be the common budget, so that optimizers are comparable.
 *
 * Source of the bootstrap: Efron, Censored Data and the Bootstrap, JASA 76 (1981), doi:10.1080/01621459.1981.10477650.
 *
 * @throws RangeError if there are no runs, a time is not finite and above zero, or `horizon` exceeds the longest time while that run
 *   was censored (the curve is unknown there).
 */
export function summarizeTimesToTarget(
  runs: readonly TimeToTarget[],
  options: BootstrapOptions & { readonly horizon?: number } = {},
): TimeToTargetSummary {
  const settings = bootstrapSettings(options);
  const curve = kaplanMeier(runs, settings.level);
  const longest = Math.max(...runs.map(({ time }) => time));
  const { horizon = longest } = options;
  if (horizon > longest && runs.some(({ time, reached }) => time === longest && !reached)) {
    throw new RangeError(
      `horizon: expected at most ${longest}, where the last censored run ended, got ${horizon}`,
    );
  }
  const summarize = (of: (curve: readonly SurvivalStep[]) => number): Estimate => ({
    value: of(curve),
    interval:
      runs.length === 1
        ? null
        : percentileInterval(
            resample(settings, (generator) => of(kaplanMeier(drawSample(runs, generator)))),
            settings.level,
          ),
    count: runs.length,
    method: `Kaplan-Meier, percentile bootstrap of runs, ${settings.resamples} resamples`,
    caution: runs.length === 1 ? 'one run has no interval' : cautionOfFew(runs.length),
  });
  return {
    median: summarize(medianTime),
    restrictedMean: summarize((of) => restrictedMeanTime(of, horizon)),
    success: successRate(runs.filter(({ reached }) => reached).length, runs.length, settings.level),
    horizon,
    curve,
  };
}

function requireRuns(runs: readonly TimeToTarget[]): void {
  requireCount('runs', runs.length, 1);
  const bad = runs.findIndex(({ time }) => !(time > 0 && time < Number.POSITIVE_INFINITY));
  if (bad >= 0) {
    throw new RangeError(
      `runs: expected finite times above zero, got ${runs[bad]!.time} at index ${bad}; a run that never reached its target needs reached: false and its budget as time`,
    );
  }
}
