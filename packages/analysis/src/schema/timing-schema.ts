// The part of a report that `bench steps` writes: the costs of the parts of an optimizer's step.

import { FLOAT_DTYPES } from '@gaussmark/core';
import { IterationSchema } from '@gaussmark/core/published-schemas';
import Type, { type Static } from 'typebox';
import { amount, closed, EngineInfo, name, nullable, nullableAmount, positiveCount } from './parts.js';
import { TIMED_KINDS } from './vocabulary.js';

export type { TimedKind } from './vocabulary.js';

const nullableRate = (description: string) =>
  Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()], {
    description: `${description}; null if the time is lost in noise`,
  });

const Estimate = Type.Object(
  {
    value: Type.Number({ description: 'The median over the rounds, or a value derived from medians.' }),
    low: nullable('Lower end of the 95 % interval (bootstrap over rounds); null for a single round.'),
    high: nullable('Upper end of the 95 % interval; null for a single round.'),
  },
  closed,
);
const estimate = (description: string) => Type.Object(Estimate.properties, { ...closed, description });
const nullableEstimate = (description: string) =>
  Type.Union([Estimate, Type.Null()], {
    description: `${description}; null if the time is lost in noise`,
  });

const Cost = Type.Object(
  {
    name: name('What was timed, unique in the suite: gradient, an iteration, a step.'),
    kind: Type.Enum(TIMED_KINDS, {
      description:
        'forward: the loss of one mini-batch; gradient: loss and gradient; ggnProduct: one Gauss-Newton product at a point already linearized; innerIteration: one more iteration of the loop inside a step; step: a whole optimizer step, with the selection of its mini-batch from the training set.',
    }),
    optimizer: Type.Optional(name('Of a step or an inner iteration: the optimizer as selected.')),
    innerIterations: Type.Optional(positiveCount('Of a step: its inner iterations, all of which ran.')),
    lineSearchSteps: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'Of a step: the number of times its line search shortened the step, at one forward pass each.',
      }),
    ),
    seconds: estimate('Time, in seconds.'),
    gradients: estimate('Time over the gradient in the same round.'),
    flops: amount('Floating-point operations, counted in the program.'),
    bytes: amount('Bytes of all operands and results, counted in the program without caching.'),
    intensity: amount('Operations per byte.'),
    flopsPerSecond: nullableRate('Operations per second reached'),
    bytesPerSecond: nullableRate('Bytes per second reached'),
    peakShare: nullableEstimate("Operations per second over the machine's peak in the same round"),
    limit: Type.Enum(['compute', 'memory'] as const, {
      description:
        "The bound on this machine by its intensity: compute above the peak's operations per byte of memory bandwidth, memory below.",
    }),
    limitShare: nullableEstimate(
      'Time allowed by the limit over the time taken; above 1 if operands came from a cache, far below if fixed costs dominate',
    ),
  },
  { ...closed, description: 'One timed part.' },
);

const Product = Type.Object(
  {
    name: name('Its shapes: 1024x1024x1024 is a product of two matrices m x k and k x n.'),
    flops: amount('Floating-point operations.'),
    seconds: estimate('Time, in seconds.'),
    flopsPerSecond: amount('Operations per second.'),
    own: Type.Boolean({
      description: "Whether it is an operation of the problem's gradient.",
    }),
  },
  { ...closed, description: 'A single operation, timed separately.' },
);

const LinePoint = Type.Object(
  {
    innerIterations: positiveCount('n.'),
    ratio: estimate('Time of a step with n iterations over the baseline step in the same round.'),
  },
  closed,
);

const StepLine = Type.Object(
  {
    optimizer: name('The optimizer as selected.'),
    iteration: IterationSchema,
    baseline: name('The optimizer whose step is the unit.'),
    intercept: estimate('a of: a step with n inner iterations takes a + b n baseline steps.'),
    slope: estimate('b.'),
    points: Type.Array(LinePoint, {
      description: 'The fitted points, without the extra forward passes of line searches.',
    }),
    published: Type.Optional(
      Type.Object(
        {
          title: name('Title of the published results.'),
          intercept: Type.Number({ description: 'a.' }),
          slope: Type.Number({ description: 'b.' }),
          points: Type.Array(
            Type.Object(
              {
                innerIterations: positiveCount('n.'),
                ratio: amount('Published time of a step with n iterations over that of a baseline step.'),
              },
              closed,
            ),
            { description: 'The fitted points.' },
          ),
        },
        { ...closed, description: 'The same line through published step times.' },
      ),
    ),
  },
  { ...closed, description: 'Growth of the step time with inner iterations.' },
);

const Suite = Type.Object(
  {
    problem: name('Name of one of the problems.'),
    engine: name('The engine as selected.'),
    engineInfo: EngineInfo,
    dtype: Type.Enum(FLOAT_DTYPES, { description: 'Floating-point type of the arithmetic.' }),
    batchSize: positiveCount('Examples in the mini-batch.'),
    rounds: positiveCount('Rounds; each timed every part once, in random order.'),
    seconds: amount('Wall-clock time of the rounds, in seconds.'),
    clock: Type.Enum(['wall', 'cpu'] as const, {
      description:
        'wall: wall-clock time; cpu: processor time of the measuring process, which excludes waiting for others.',
    }),
    loadAverage: amount('Load average over the minute before the suite, in runnable processes.'),
    othersBusy: nullableAmount('Logical processors kept busy by other programs; null if unknown.'),
    distrust: Type.Optional(name('Why these timings should not be trusted.')),
    costs: Type.Array(Cost, { description: 'The timed parts.' }),
    peak: Type.Object(
      {
        product: name('The product with the most operations per second.'),
        flopsPerSecond: amount('Its operations per second: the peak.'),
        bytesPerSecond: amount(
          'Memory bandwidth: bytes read and written per second by the sum of two large arrays.',
        ),
        callSeconds: estimate('Time of an engine call that computes almost nothing, in seconds.'),
        products: Type.Array(Product, { description: 'The candidate operations.' }),
      },
      {
        ...closed,
        description: 'The limits of this engine, dtype and number of threads, measured in the same rounds.',
      },
    ),
    lines: Type.Array(StepLine, { description: 'One for each optimizer with an inner loop.' }),
  },
  { ...closed, description: 'The timings of one problem, engine and batch size.' },
);

export const TimingSchema = Type.Array(Suite, {
  description: 'Costs of the parts of a step, by `bench steps`.',
});

export type TimingSuite = Static<typeof Suite>;
export type TimingCost = TimingSuite['costs'][number];
export type TimingEstimate = TimingCost['seconds'];
export type TimingLine = TimingSuite['lines'][number];
