// The part of a report that `bench tune` writes: searches, their results, costs and gains.

import type { JsonValue } from '@gaussmark/core';
import Type, { type Static } from 'typebox';
import { amount, closed, count, name, nullable, positiveCount, settings, text } from './parts.js';
import { TUNING_CRITERIA, TUNING_MEASURES } from './vocabulary.js';

export type { TuningCriterion, TuningMeasure } from './vocabulary.js';

const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });

const Track = Type.Enum(['tuned', 'untuned'] as const, {
  description: 'tuned: with the hyperparameters of the best trial; untuned: with the defaults.',
});

const Estimate = Type.Object(
  {
    value: nullable('null beyond the time observed: most runs never reached the target.'),
    low: nullable('Lower end of the interval; null without one.'),
    high: nullable('Upper end of the interval; null without one, or beyond the time observed.'),
    method: text('Method for value and interval.'),
    caution: Type.Optional(text('Why the interval is missing or unreliable.')),
  },
  closed,
);
const estimate = (description: string) => Type.Object(Estimate.properties, { ...closed, description });
const nullableEstimate = (description: string) => Type.Union([Estimate, Type.Null()], { description });

const Dimension = Type.Union(
  [
    Type.Object(
      {
        scale: Type.Enum(['linear', 'log', 'integer', 'log-integer'] as const),
        low: Type.Number(),
        high: Type.Number(),
      },
      { ...closed, description: 'An interval, both ends included.' },
    ),
    Type.Object(
      {
        scale: Type.Literal('categorical'),
        values: Type.Array(Type.Unsafe<JsonValue>({}), { minItems: 1 }),
      },
      { ...closed, description: 'A choice among values.' },
    ),
  ],
  { description: 'The search range of a hyperparameter.' },
);

const Trial = Type.Object(
  {
    id: name('Identifier of the run in the store.'),
    hyperparameters: settings('The values of the searched hyperparameters.'),
    label: name('The optimizer with these values, as a selection: name[key=value].'),
    status: name('How the run ended, as for other runs.'),
    reason: Type.Optional(text('Reason for the status.')),
    value: nullable('The criterion; null if the trial diverged, failed or never reached the target.'),
    finalValidationLoss: nullable('Mean loss over the validation split at the end; null if not finite.'),
    bestValidationLoss: nullable('The least validation loss of all evaluations; null without one.'),
    finalValidationAccuracy: Type.Optional(
      nullable('Share of the validation split classified correctly at the end, 0 to 1.'),
    ),
    steps: count('Optimizer steps.'),
    seconds: amount('Training clock, in seconds.'),
    gradientEquivalents: amount('Work, in gradients of one full mini-batch.'),
    wallSeconds: amount('Wall-clock seconds, including loading, compilation and evaluation.'),
  },
  { ...closed, description: 'One point of the search space, evaluated once on the validation split.' },
);

const Cost = Type.Object(
  {
    trials: count('Number of trials.'),
    steps: count('Optimizer steps of all trials.'),
    seconds: amount('Training clock of all trials, in seconds.'),
    gradientEquivalents: amount('Work of all trials, in gradients of one full mini-batch.'),
    wallSeconds: amount('Wall-clock seconds of all trials.'),
  },
  { ...closed, description: 'Cost of the search.' },
);

const Robustness = Type.Object(
  {
    quantiles: Type.Array(
      Type.Object(
        {
          share: share('Share of trials at least as good.'),
          value: nullable('The criterion at this share; null if that trial had none.'),
        },
        closed,
      ),
      {
        description: 'Quantiles of the criterion over all trials, from the best (0) to the worst (1).',
      },
    ),
    diverged: share('Share of trials that diverged.'),
    failed: share('Share of trials that failed or exceeded time or memory limits.'),
    missed: share('Share of trials that finished without reaching the target.'),
  },
  {
    ...closed,
    description: 'Robustness: the spread of the result over the search space.',
  },
);

const Study = Type.Object(
  {
    problem: name('Name of one of the problems.'),
    optimizer: name('Name of the optimizer plugin.'),
    selection: name('The optimizer as selected, with fixed hyperparameters.'),
    space: Type.Record(Type.String(), Dimension, { description: 'The search ranges, by hyperparameter.' }),
    trainSize: Type.Optional(positiveCount('Training examples of the trials; absent if none started.')),
    validationSize: Type.Optional(
      positiveCount('Validation examples of the trials, taken from the training split.'),
    ),
    trials: Type.Array(Trial, { description: 'Best first.' }),
    best: Type.Union([Type.String({ minLength: 1 }), Type.Null()], {
      description:
        'Label of the best trial, the source of the tuned hyperparameters; null without a usable trial.',
    }),
    cost: Cost,
    robustness: Robustness,
  },
  { ...closed, description: 'The search for the hyperparameters of one optimizer on one problem.' },
);

const timeToTarget = (unit: string) =>
  Type.Object(
    {
      median: estimate('Kaplan-Meier median.'),
      restrictedMean: estimate('Mean of the time to the target, capped at the horizon.'),
      horizon: amount('The time up to which every run was observed.'),
    },
    { ...closed, description: `Time to the target, in ${unit}.` },
  );

const Contestant = Type.Object(
  {
    problem: name('Name of one of the problems.'),
    optimizer: name('Name of the optimizer plugin.'),
    selection: name('The optimizer as selected in its study.'),
    track: Track,
    label: name('The optimizer with its hyperparameters; with the problem, it identifies the runs.'),
    seeds: Type.Array(Type.Integer(), { description: 'Seeds of the runs.' }),
    diverged: count('Runs that diverged.'),
    failed: count('Runs that failed or exceeded time or memory limits.'),
    testLoss: nullableEstimate('Final test loss of the finished runs; null without any.'),
    testAccuracy: Type.Optional(nullableEstimate('Final test accuracy of the finished runs.')),
    target: Type.Optional(
      Type.Object(
        {
          reached: estimate('Share of the runs that reached the target.'),
          iterations: timeToTarget('optimizer steps'),
          seconds: timeToTarget('seconds of the training clock'),
          gradientEquivalents: timeToTarget('gradients of one full mini-batch'),
        },
        { ...closed, description: 'Times to the target; runs that never reached it are censored.' },
      ),
    ),
  },
  { ...closed, description: 'One optimizer on one track: its runs with fresh seeds, on the test split.' },
);

const Side = Type.Object(
  {
    selection: name('The optimizer as selected.'),
    track: Track,
    label: name('Its label on this problem.'),
  },
  { ...closed, description: 'A contestant.' },
);

const Comparison = Type.Object(
  {
    problem: name('Name of one of the problems.'),
    measure: Type.Enum(TUNING_MEASURES, {
      description: 'testLoss: at the end; the others: to the target, censored at the horizon.',
    }),
    a: Side,
    b: Side,
    pairs: positiveCount('Seeds with a value for both.'),
    leftOut: count('Seeds without a value for one of them.'),
    horizon: Type.Optional(
      amount('Of times: the time up to which both were observed; later times count as this.'),
    ),
    meanA: Type.Number({ description: 'Mean of a over the pairs.' }),
    meanB: Type.Number({ description: 'Mean of b over the pairs.' }),
    difference: estimate('b - a, paired by seed.'),
    ratio: nullableEstimate('b / a, paired by seed; null unless all values are positive.'),
    effect: Type.Number({
      minimum: -1,
      maximum: 1,
      description:
        'Matched-pairs rank-biserial correlation: 1 if every b is above its a, -1 if every b is below.',
    }),
    test: text('The test.'),
    pValue: share('Two-sided.'),
    adjustedPValue: share("With Holm's correction over the comparisons of this problem and measure."),
  },
  { ...closed, description: 'Two contestants on one problem, paired by seed.' },
);

export const TuningSchema = Type.Object(
  {
    search: Type.Enum(['quasi-random', 'grid'] as const, {
      description: 'How points are drawn from the search spaces.',
    }),
    trialsAsked: positiveCount('Most trials per optimizer and problem.'),
    seed: count('Seed of the search, the validation split and the trials, never of a final run.'),
    validationShare: Type.Number({
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description: 'Share of the training split used for validation.',
    }),
    criterion: Type.Enum(TUNING_CRITERIA, { description: 'The criterion that ranks trials.' }),
    studies: Type.Array(Study, { description: 'One per problem and optimizer.' }),
    contestants: Type.Array(Contestant, { description: 'Summaries of the final runs.' }),
    comparisons: Type.Array(Comparison, { description: 'All pairs of contestants of a problem.' }),
  },
  { ...closed, description: 'A hyperparameter search and the final runs with its results.' },
);

export type Tuning = Static<typeof TuningSchema>;
export type TuningStudy = Tuning['studies'][number];
export type TuningTrial = TuningStudy['trials'][number];
export type TuningContestant = Tuning['contestants'][number];
export type TuningComparison = Tuning['comparisons'][number];
export type TuningEstimate = Static<typeof Estimate>;
export type TuningTrack = TuningContestant['track'];
