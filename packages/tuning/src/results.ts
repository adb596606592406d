// The final runs of a search: each contestant summed up, and all pairs of a problem compared, paired by seed.

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
import { defined } from '@gaussmark/core';
import { type CellOutcome, whereReached } from '@gaussmark/harness';
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
  /** One for each seed that ended, in the order of the seeds. */
  readonly outcomes: readonly CellOutcome[];
}

/**
 * Who takes part: on each problem every optimizer untuned, and tuned where a trial was of use. Where the best trial has the
 * defaults, both tracks have the same runs.
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

/** When a run reached its target; without that, how long it was watched. */
interface Watched extends TimeToTarget {
  /** Where it ended. */
  readonly end: number;
  /** It diverged or failed: it would never have reached the target, however long it was given. */
  readonly broken: boolean;
}

function watch({ cell, result }: CellOutcome, measure: TimeMeasure): Watched {
  const goals = cell.target?.goals;
  const found = goals === undefined ? null : whereReached(result.curve, goals);
  const end = result.curve.at(-1)?.[measure] ?? 0;
  return found === null
    ? { time: end, end, reached: false, broken: outcomeOf(result) !== 'finished' }
    : { time: found[measure] ?? 0, end, reached: true, broken: false };
}

/**
 * Up to where all runs were watched: the shortest time after which one that was still on its way was ended by its budget. Up
 * to there min(time, horizon) is known of every run. One that broke would never have reached the target: it counts as the
 * horizon, which is then the longest time that any run was given, if no other one bounds it. If all reached the target, the longest
 * time to it. 0 if nothing was observed.
 */
function horizonOf(runs: readonly Watched[]): number {
  const ended = runs.filter(({ reached, broken }) => !reached && !broken).map(({ time }) => time);
  if (ended.length > 0) return Math.min(...ended);
  const broke = runs.some(({ broken }) => broken);
  return Math.max(0, ...runs.map(({ time, end }) => (broke ? end : time)));
}

const restricted = ({ time, reached }: Watched, horizon: number) =>
  reached ? Math.min(time, horizon) : horizon;

function targetOf(outcomes: readonly CellOutcome[]): TuningContestant['target'] {
  if (outcomes.some(({ cell }) => cell.target === undefined)) return undefined;
  const [iterations, seconds, gradientEquivalents] = TIME_MEASURES.map((measure) =>
    timesOf(outcomes.map((outcome) => watch(outcome, measure))),
  );
  if (iterations === undefined || seconds === undefined || gradientEquivalents === undefined)
    return undefined;
  const reached = outcomes.filter((outcome) => watch(outcome, 'iterations').reached).length;
  return {
    reached: reportEstimate(successRate(reached, outcomes.length)),
    iterations,
    seconds,
    gradientEquivalents,
  };
}

/** Kaplan-Meier over the runs; `undefined` if none of them got anywhere. */
function timesOf(runs: readonly Watched[]) {
  const horizon = horizonOf(runs);
  if (horizon === 0) return undefined;
  const longest = Math.max(...runs.map(({ end }) => end));
  const censored = runs.map(({ time, reached, broken }) => ({ time: broken ? longest : time, reached }));
  const { median, restrictedMean } = summarizeTimesToTarget(censored, { horizon });
  return { median: reportEstimate(median), restrictedMean: reportEstimate(restrictedMean), horizon };
}

/**
 * All pairs of contestants of each problem, by each measure, paired by seed. Times are compared as min(time, horizon), with
 * the horizon of the pair. p-values are corrected by Holm's method over the pairs of a problem and measure.
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

/** `undefined` if there is nothing to compare: the same runs, or no seed that both have a value for. */
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

/** Of the seeds for which both ended well. */
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
  const watched = both.map(([a, b]) => [watch(a, measure), watch(b, measure)] as const);
  const horizon = horizonOf(watched.flat());
  if (horizon === 0) return undefined;
  return {
    horizon,
    pairs: watched.map(([a, b]) => [restricted(a, horizon), restricted(b, horizon)] as const),
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
