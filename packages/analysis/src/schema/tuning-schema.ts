// The part of a report that `bench tune` makes: what was searched, what was found, what that cost, and what it is worth.

import type { JsonValue } from '@gaussmark/core';
import Type, { type Static } from 'typebox';
import { TUNING_CRITERIA, TUNING_MEASURES } from './vocabulary.js';

export type { TuningCriterion, TuningMeasure } from './vocabulary.js';

const closed = { additionalProperties: false } as const;

const text = (description: string) => Type.String({ description });
const name = (description: string) => Type.String({ minLength: 1, description });
const count = (description: string) => Type.Integer({ minimum: 0, description });
const positiveCount = (description: string) => Type.Integer({ minimum: 1, description });
const amount = (description: string) => Type.Number({ minimum: 0, description });
const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const nullable = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
const settings = (description: string) =>
  Type.Record(Type.String(), Type.Unsafe<JsonValue>({}), { description });

const Track = Type.Enum(['tuned', 'untuned'] as const, {
  description: 'tuned: with the hyperparameters of the best trial; untuned: with the defaults.',
});

const Estimate = Type.Object(
  {
    value: nullable('null where it lies beyond what was observed: most runs never reached the target.'),
    low: nullable('Lower end of the interval; null where there is none.'),
    high: nullable(
      'Upper end of the interval; null where there is none, or it lies beyond what was observed.',
    ),
    method: text('How value and interval were made.'),
    caution: Type.Optional(text('Why the interval is missing, or weaker than it says.')),
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
  { description: 'Where a hyperparameter was looked for.' },
);

const Trial = Type.Object(
  {
    id: name('Identifier of the run in the store.'),
    hyperparameters: settings('The values of the searched hyperparameters.'),
    label: name('The optimizer with these values, as a selection: name[key=value].'),
    status: name('How the run ended, as for other runs.'),
    reason: Type.Optional(text('Why it ended so.')),
    value: nullable(
      'The criterion; null if the trial has none: it diverged, failed or never reached the target.',
    ),
    finalValidationLoss: nullable('Mean loss over the validation split at the end; null if not finite.'),
    bestValidationLoss: nullable('The least validation loss of the evaluations; null if there is none.'),
    finalValidationAccuracy: Type.Optional(
      nullable('Share of the validation split classified correctly at the end, 0 to 1.'),
    ),
    steps: count('Optimizer steps.'),
    seconds: amount('Training clock, in seconds.'),
    gradientEquivalents: amount('Work, in gradients of one full mini-batch.'),
    wallSeconds: amount('Seconds on the clock, with loading, compilation and evaluation.'),
  },
  { ...closed, description: 'One point of the search space, tried once on the validation split.' },
);

const Cost = Type.Object(
  {
    trials: count('Trials that were run.'),
    steps: count('Optimizer steps of all trials.'),
    seconds: amount('Training clock of all trials, in seconds.'),
    gradientEquivalents: amount('Work of all trials, in gradients of one full mini-batch.'),
    wallSeconds: amount('Seconds on the clock of all trials.'),
  },
  { ...closed, description: 'What the search cost.' },
);

const Robustness = Type.Object(
  {
    quantiles: Type.Array(
      Type.Object(
        {
          share: share('Share of the trials that did at least as well as this.'),
          value: nullable('The criterion there; null where a trial had none.'),
        },
        closed,
      ),
      {
        description:
          'The criterion over all trials, from the best (0) over the median (0.5) to the worst (1).',
      },
    ),
    diverged: share('Share of the trials that diverged.'),
    failed: share('Share of the trials that failed, or were ended for time or memory.'),
    missed: share('Share of the trials that ended well and have no value: they never reached the target.'),
  },
  {
    ...closed,
    description: 'How much the result depends on the hyperparameters: its spread over the search space.',
  },
);

const Study = Type.Object(
  {
    problem: name('Name of one of the problems.'),
    optimizer: name('Name of the optimizer plugin.'),
    selection: name('The optimizer as it was given, with what was fixed.'),
    space: Type.Record(Type.String(), Dimension, { description: 'What was searched, by hyperparameter.' }),
    trainSize: Type.Optional(positiveCount('Examples that the trials trained on; absent if none began.')),
    validationSize: Type.Optional(
      positiveCount('Examples that the trials were judged on, taken from the training split.'),
    ),
    trials: Type.Array(Trial, { description: 'Best first.' }),
    best: Type.Union([Type.String({ minLength: 1 }), Type.Null()], {
      description:
        'Label of the best trial, whose hyperparameters the tuned runs have; null if no trial is of use.',
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
      restrictedMean: estimate('Mean of the lesser of the time to the target and the horizon.'),
      horizon: amount('Up to where all runs that count were watched.'),
    },
    { ...closed, description: `How long the target took, in ${unit}.` },
  );

const Contestant = Type.Object(
  {
    problem: name('Name of one of the problems.'),
    optimizer: name('Name of the optimizer plugin.'),
    selection: name('The optimizer as it was given, as in its study.'),
    track: Track,
    label: name('The optimizer with its hyperparameters; with the problem, it identifies the runs.'),
    seeds: Type.Array(Type.Integer(), { description: 'Seeds of the runs.' }),
    diverged: count('Runs that diverged.'),
    failed: count('Runs that failed, or were ended for time or memory.'),
    testLoss: nullableEstimate('Final test loss, of the runs that ended well; null if none did.'),
    testAccuracy: Type.Optional(nullableEstimate('Final test accuracy, of the runs that ended well.')),
    target: Type.Optional(
      Type.Object(
        {
          reached: estimate('Share of the runs that reached the target.'),
          iterations: timeToTarget('optimizer steps'),
          seconds: timeToTarget('seconds of the training clock'),
          gradientEquivalents: timeToTarget('gradients of one full mini-batch'),
        },
        { ...closed, description: 'What the target took; runs that never reached it are censored.' },
      ),
    ),
  },
  { ...closed, description: 'One optimizer on one track: its runs with fresh seeds, on the test split.' },
);

const Side = Type.Object(
  {
    selection: name('The optimizer as it was given.'),
    track: Track,
    label: name('Its label on this problem.'),
  },
  { ...closed, description: 'A contestant.' },
);

const Comparison = Type.Object(
  {
    problem: name('Name of one of the problems.'),
    measure: Type.Enum(TUNING_MEASURES, {
      description: 'testLoss: at the end; the others: what the target took, censored at the horizon.',
    }),
    a: Side,
    b: Side,
    pairs: positiveCount('Seeds that both have a value for.'),
    leftOut: count('Seeds that one of them has no value for.'),
    horizon: Type.Optional(amount('Of times: up to where both were watched; a later time counts as this.')),
    meanA: Type.Number({ description: 'Mean of a over the pairs.' }),
    meanB: Type.Number({ description: 'Mean of b over the pairs.' }),
    difference: estimate('b - a, paired by seed.'),
    ratio: nullableEstimate('b / a, paired by seed; null where a value is not above zero.'),
    effect: Type.Number({
      minimum: -1,
      maximum: 1,
      description:
        'Matched-pairs rank-biserial correlation: 1 if every b is above its a, -1 if every b is below.',
    }),
    test: text('The test.'),
    pValue: share('Two-sided.'),
    adjustedPValue: share('By Holm over the comparisons of this problem and measure.'),
  },
  { ...closed, description: 'Two contestants on one problem, paired by seed.' },
);

export const TuningSchema = Type.Object(
  {
    search: Type.Enum(['quasi-random', 'grid'] as const, {
      description: 'How points were taken from the spaces.',
    }),
    trialsAsked: positiveCount('Trials for each optimizer and problem, at most.'),
    seed: count('Of the search, the validation split and the trials; never of a final run.'),
    validationShare: Type.Number({
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      description: 'Share of the training split that trials are judged on.',
    }),
    criterion: Type.Enum(TUNING_CRITERIA, { description: 'By what trials were ranked.' }),
    studies: Type.Array(Study, { description: 'One for each problem and optimizer.' }),
    contestants: Type.Array(Contestant, { description: 'The final runs, summed up.' }),
    comparisons: Type.Array(Comparison, { description: 'All pairs of contestants of a problem.' }),
  },
  { ...closed, description: 'A search for hyperparameters, and the final runs with what it found.' },
);

export type Tuning = Static<typeof TuningSchema>;
export type TuningStudy = Tuning['studies'][number];
export type TuningTrial = TuningStudy['trials'][number];
export type TuningContestant = Tuning['contestants'][number];
export type TuningComparison = Tuning['comparisons'][number];
export type TuningEstimate = Static<typeof Estimate>;
export type TuningTrack = TuningContestant['track'];
