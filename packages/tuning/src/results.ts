// The final runs of a search: summaries of contestants, and comparisons of all pairs by seed.

import {
  finiteOrNull,
  outcomeOf,
  TUNING_MEASURES,
  type TuningComparison,
  type TuningContestant,
  type TuningEstimate,
  type TuningMeasure,
  type TuningTrack,
} from '@gaussmark/analysis';
import { whereReached } from '@gaussmark/cell';
import { defined } from '@gaussmark/core';
import type { CellOutcome } from '@gaussmark/harness';
import {
  bootstrapMean,
  comparePaired,
  type Estimate,
  holm,
  successRate,
  summarizeTimesToTarget,
  type TimeToTarget,
} from '@gaussmark/statistics';
import { sameChoice, untunedChoice, type Winner } from './plan-tuning.js';
import type { SearchedOptimizer } from './space.js';

const TIME_MEASURES = [
  'iterations',
  'seconds',
  'gradientEquivalents',
] as const satisfies readonly TuningMeasure[];
type TimeMeasure = (typeof TIME_MEASURES)[number];

/** One optimizer on one track and its runs on a problem. */
export interface Contestant {
  readonly problem: string;
  readonly optimizer: SearchedOptimizer;
  readonly track: TuningTrack;
  /** One per finished seed, in seed order. */
  readonly outcomes: readonly CellOutcome[];
}

/**
 * The contestants of each problem: every optimizer untuned and, with a usable trial, tuned. If the best trial has the
 * defaults, both tracks share their runs.
 */
export function contestantsOf(
  problems: readonly string[],
  optimizers: readonly SearchedOptimizer[],
  winners: readonly Winner[],
  outcomes: readonly CellOutcome[],
): Contestant[] {
  return problems.flatMap((problem) =>
    optimizers.flatMap((optimizer) => {
      const winner = winners.find((each) => each.problem === problem && each.point.optimizer === optimizer);
      const choices: readonly (readonly [TuningTrack, ReturnType<typeof untunedChoice> | undefined])[] = [
        ['tuned', winner?.point.choice],
        ['untuned', untunedChoice(optimizer)],
      ];
      return choices.flatMap(([track, choice]): Contestant[] => {
        const own = outcomes.filter(
          ({ cell, result }) =>
            cell.problem.name === problem &&
            choice !== undefined &&
            sameChoice(cell.optimizer, choice) &&
            result.status !== 'cancelled',
        );
        return own.length === 0 ? [] : [{ problem, optimizer, track, outcomes: own }];
      });
    }),
  );
}

export function reportContestant({ problem, optimizer, track, outcomes }: Contestant): TuningContestant {
  const sound = outcomes.filter(({ result }) => outcomeOf(result) === 'finished');
  const last = (key: 'testLoss' | 'testAccuracy') =>
    sound.flatMap(({ result }) => {
      const value = result.curve.at(-1)?.[key];
      return typeof value === 'number' ? [value] : [];
    });
  const accuracies = last('testAccuracy');
  const diverged = outcomes.filter(({ result }) => result.status === 'diverged').length;
  const meanOf = (values: readonly number[]) =>
    values.length === 0 ? null : reportEstimate(bootstrapMean(values));
  const target = targetOf(outcomes);
  return {
    problem,
    optimizer: optimizer.entry.name,
    selection: optimizer.selection,
    track,
    label: outcomes[0]!.cell.label,
    seeds: outcomes.map(({ cell }) => cell.seed),
    diverged,
    failed: outcomes.length - sound.length - diverged,
    testLoss: meanOf(last('testLoss')),
    ...defined({ testAccuracy: accuracies.length === 0 ? undefined : meanOf(accuracies), target }),
  };
}

/** When a run reached its target, or how long it was observed. */
interface Observed extends TimeToTarget {
  /** Its end. */
  readonly end: number;
  /** Whether it diverged or failed, and so would never have reached the target. */
  readonly broken: boolean;
}

function observe({ cell, result }: CellOutcome, measure: TimeMeasure): Observed {
  const goals = cell.target?.goals;
  const found = goals === undefined ? null : whereReached(result.curve, goals);
  const end = result.curve.at(-1)?.[measure] ?? 0;
  return found === null
    ? { time: end, end, reached: false, broken: outcomeOf(result) !== 'finished' }
    : { time: found[measure] ?? 0, end, reached: true, broken: false };
}

/**
 * The time up to which every run was observed, so that min(time, horizon) is known of each: the shortest run that its budget
 * ended before the target. Broken runs would never have reached the target and count as the horizon; if only they missed it,
 * the horizon is the longest run. If all reached it, the longest time to it. 0 if nothing was observed.
 */
function horizonOf(runs: readonly Observed[]): number {
  const ended = runs.filter(({ reached, broken }) => !reached && !broken).map(({ time }) => time);
  if (ended.length > 0) return Math.min(...ended);
  const broke = runs.some(({ broken }) => broken);
  return Math.max(0, ...runs.map(({ time, end }) => (broke ? end : time)));
}

const restricted = ({ time, reached }: Observed, horizon: number) =>
  reached ? Math.min(time, horizon) : horizon;

function targetOf(outcomes: readonly CellOutcome[]): TuningContestant['target'] {
  if (outcomes.some(({ cell }) => cell.target === undefined)) return undefined;
  const [iterations, seconds, gradientEquivalents] = TIME_MEASURES.map((measure) =>
    timesOf(outcomes.map((outcome) => observe(outcome, measure))),
  );
  if (iterations === undefined || seconds === undefined || gradientEquivalents === undefined)
    return undefined;
  const reached = outcomes.filter((outcome) => observe(outcome, 'iterations').reached).length;
  return {
    reached: reportEstimate(successRate(reached, outcomes.length)),
    iterations,
    seconds,
    gradientEquivalents,
  };
}

/** Kaplan-Meier estimates over the runs; undefined if none took a step. */
function timesOf(runs: readonly Observed[]) {
  const horizon = horizonOf(runs);
  if (horizon === 0) return undefined;
  const longest = Math.max(...runs.map(({ end }) => end));
  const censored = runs.map(({ time, reached, broken }) => ({ time: broken ? longest : time, reached }));
  const { median, restrictedMean } = summarizeTimesToTarget(censored, { horizon });
  return { median: reportEstimate(median), restrictedMean: reportEstimate(restrictedMean), horizon };
}

/**
 * Compares all pairs of contestants of each problem, by each measure, paired by seed. Times are compared as min(time, horizon)
 * with the pair's horizon. p-values have Holm's correction over the pairs of a problem and measure.
 */
export function compareContestants(contestants: readonly Contestant[]): TuningComparison[] {
  const problems = [...new Set(contestants.map(({ problem }) => problem))];
  return problems.flatMap((problem) => {
    const own = contestants.filter((contestant) => contestant.problem === problem);
    const pairs = own.flatMap((a, i) => own.slice(i + 1).map((b) => [a, b] as const));
    return TUNING_MEASURES.flatMap((measure) => {
      const compared = pairs.flatMap(([a, b]) => compare(a, b, measure) ?? []);
      const adjusted = holm(compared.map(({ pValue }) => pValue));
      return compared.map((comparison, i) => ({ ...comparison, adjustedPValue: adjusted[i]! }));
    });
  });
}

/** undefined without anything to compare: shared runs, or no seed with a value for both. */
function compare(
  a: Contestant,
  b: Contestant,
  measure: TuningMeasure,
): Omit<TuningComparison, 'adjustedPValue'> | undefined {
  const bySeed = new Map(b.outcomes.map((outcome) => [outcome.cell.seed, outcome]));
  const both = a.outcomes.flatMap((outcome) => {
    const other = bySeed.get(outcome.cell.seed);
    return other === undefined ? [] : [[outcome, other] as const];
  });
  if (both.every(([one, other]) => one === other)) return undefined;
  const values = measure === 'testLoss' ? lossPairs(both) : timePairs(both, measure);
  if (values === undefined || values.pairs.length === 0) return undefined;
  const valuesA = values.pairs.map(([value]) => value);
  const valuesB = values.pairs.map(([, value]) => value);
  const { difference, ratio, effect, test } = comparePaired(valuesA, valuesB);
  const seeds = new Set([...a.outcomes, ...b.outcomes].map(({ cell }) => cell.seed)).size;
  return {
    problem: a.problem,
    measure,
    a: sideOf(a),
    b: sideOf(b),
    pairs: values.pairs.length,
    leftOut: seeds - values.pairs.length,
    ...defined({ horizon: values.horizon }),
    meanA: mean(valuesA),
    meanB: mean(valuesB),
    difference: reportEstimate(difference),
    ratio: ratio === null ? null : reportEstimate(ratio),
    effect,
    test: test.method,
    pValue: test.pValue,
  };
}

type Pairs = readonly (readonly [a: CellOutcome, b: CellOutcome])[];
interface ValuePairs {
  readonly pairs: readonly (readonly [a: number, b: number])[];
  readonly horizon?: number;
}

/** Losses of the seeds that both finished. */
function lossPairs(both: Pairs): ValuePairs {
  const lossOf = ({ result }: CellOutcome) =>
    outcomeOf(result) === 'finished' ? (result.curve.at(-1)?.testLoss ?? null) : null;
  return {
    pairs: both.flatMap(([a, b]) => {
      const [lossA, lossB] = [lossOf(a), lossOf(b)];
      return lossA === null || lossB === null ? [] : [[lossA, lossB] as const];
    }),
  };
}

function timePairs(both: Pairs, measure: TimeMeasure): ValuePairs | undefined {
  if (both.some((pair) => pair.some(({ cell }) => cell.target === undefined))) return undefined;
  const observed = both.map(([a, b]) => [observe(a, measure), observe(b, measure)] as const);
  const horizon = horizonOf(observed.flat());
  if (horizon === 0) return undefined;
  return {
    horizon,
    pairs: observed.map(([a, b]) => [restricted(a, horizon), restricted(b, horizon)] as const),
  };
}

function sideOf({ optimizer, track, outcomes }: Contestant): TuningComparison['a'] {
  return { selection: optimizer.selection, track, label: outcomes[0]!.cell.label };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function reportEstimate({ value, interval, method, caution }: Estimate): TuningEstimate {
  return {
    value: finiteOrNull(value),
    low: interval === null ? null : finiteOrNull(interval.low),
    high: interval === null ? null : finiteOrNull(interval.high),
    method,
    ...defined({ caution: caution ?? undefined }),
  };
}
