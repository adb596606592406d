// The part of a report that `bench steps` makes: what the parts of an optimizer's step cost, measured by themselves.

import { FLOAT_DTYPES } from '@gaussmark/core';
import { IterationSchema } from '@gaussmark/core/published-schemas';
import Type, { type Static } from 'typebox';
import { TIMED_KINDS } from './vocabulary.js';

export type { TimedKind } from './vocabulary.js';

const closed = { additionalProperties: false } as const;

const name = (description: string) => Type.String({ minLength: 1, description });
const positiveCount = (description: string) => Type.Integer({ minimum: 1, description });
const amount = (description: string) => Type.Number({ minimum: 0, description });
const nullableRate = (description: string) =>
  Type.Union([Type.Number({ exclusiveMinimum: 0 }), Type.Null()], {
    description: `${description}; null where the time is lost in the noise`,
  });
const bound = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });

const Estimate = Type.Object(
  {
    value: Type.Number({ description: 'The median over the rounds, or what is made of medians.' }),
    low: bound('Lower end of the 95 % interval (bootstrap over rounds); null for a single round.'),
    high: bound('Upper end of the 95 % interval; null for a single round.'),
  },
  closed,
);
const estimate = (description: string) => Type.Object(Estimate.properties, { ...closed, description });
const nullableEstimate = (description: string) =>
  Type.Union([Estimate, Type.Null()], {
    description: `${description}; null where the time is lost in the noise`,
  });

const Cost = Type.Object(
  {
    name: name('What was timed, unique in the suite: gradient, an iteration, a step.'),
    kind: Type.Enum(TIMED_KINDS, {
      description:
        'forward: the loss of one mini-batch; gradient: loss and gradient; ggnProduct: one product with the Gauss-Newton matrix at a point already linearized; innerIteration: one more iteration of the loop inside a step; step: a whole optimizer step, with the selection of its mini-batch from the training set.',
    }),
    optimizer: Type.Optional(name('Of a step or an inner iteration: the optimizer as it was chosen.')),
    innerIterations: Type.Optional(positiveCount('Of a step: its inner iterations, all of them done.')),
    lineSearchSteps: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Of a step: how often its line search took a shorter step, one more forward pass each.',
      }),
    ),
    seconds: estimate('Time, in seconds.'),
    gradients: estimate('Time over that of the gradient in the same round.'),
    flops: amount('Floating-point operations, counted in the program.'),
    bytes: amount(
      'Bytes of operands and results of its operations, counted in the program as if nothing were cached.',
    ),
    intensity: amount('Operations per byte.'),
    flopsPerSecond: nullableRate('Operations per second reached'),
    bytesPerSecond: nullableRate('Bytes per second reached'),
    peakShare: nullableEstimate("Operations per second over the machine's peak in the same round"),
    limit: Type.Enum(['compute', 'memory'] as const, {
      description:
        "What would bound it on this machine by its intensity: compute above the peak's operations per byte of memory bandwidth, memory below.",
    }),
    limitShare: nullableEstimate(
      'Time that the limit allows over the time taken; above 1 where operands came from a cache, and far below where fixed costs of operations rule',
    ),
  },
  { ...closed, description: 'One thing timed.' },
);

const Product = Type.Object(
  {
    name: name('Its shapes: 1024x1024x1024 is a product of two matrices m x k and k x n.'),
    flops: amount('Floating-point operations.'),
    seconds: estimate('Time, in seconds.'),
    flopsPerSecond: amount('Operations per second.'),
    own: Type.Boolean({
      description: "Whether it is an operation of the problem's own gradient, run by itself.",
    }),
  },
  { ...closed, description: 'One operation run by itself.' },
);

const LinePoint = Type.Object(
  {
    innerIterations: positiveCount('n.'),
    ratio: estimate('Time of a step with n iterations over that of the baseline step in the same round.'),
  },
  closed,
);

const StepLine = Type.Object(
  {
    optimizer: name('The optimizer as it was chosen.'),
    iteration: IterationSchema,
    baseline: name('The optimizer whose step is the unit.'),
    intercept: estimate('a of: a step with n inner iterations takes a + b n baseline steps.'),
    slope: estimate('b.'),
    points: Type.Array(LinePoint, {
      description: 'What the line is fitted to, without the extra forward passes of line searches.',
    }),
    published: Type.Optional(
      Type.Object(
        {
          title: name('Whose line it is.'),
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
            { description: 'What that line is fitted to.' },
          ),
        },
        { ...closed, description: 'The same line through published step times.' },
      ),
    ),
  },
  { ...closed, description: 'How the time of a step grows with its inner iterations.' },
);

const Suite = Type.Object(
  {
    problem: name('Name of one of the problems.'),
    engine: name('The engine as it was chosen.'),
    engineInfo: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      description: 'What the engine says of itself: version, provider, threads, device.',
    }),
    dtype: Type.Enum(FLOAT_DTYPES, { description: 'Floating-point type of the arithmetic.' }),
    batchSize: positiveCount('Examples in the mini-batch.'),
    rounds: positiveCount('Rounds, each of which timed everything once, in an order of its own.'),
    seconds: amount('Wall-clock time of the rounds, in seconds.'),
    clock: Type.Enum(['wall', 'cpu'] as const, {
      description:
        'What the times are of: wall-clock time, or processor time of the measuring process, which stands still while others have the processor.',
    }),
    loadAverage: amount('Load average of the last minute when the suite began, in runnable processes.'),
    othersBusy: Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
      description: 'Logical processors that other programs kept busy meanwhile; null if it is not known.',
    }),
    distrust: Type.Optional(name('Why these timings should not be trusted.')),
    costs: Type.Array(Cost, { description: 'What was timed.' }),
    peak: Type.Object(
      {
        product: name('The operation that reached the most operations per second, one of the products.'),
        flopsPerSecond: amount('What it reached: the peak.'),
        bytesPerSecond: amount('Memory bandwidth: bytes read and written by the sum of two large arrays.'),
        callSeconds: estimate('Time of a call of the engine that computes next to nothing, in seconds.'),
        products: Type.Array(Product, { description: 'The operations that were tried.' }),
      },
      {
        ...closed,
        description: 'What this engine, dtype and number of threads can reach, measured in the same rounds.',
      },
    ),
    lines: Type.Array(StepLine, { description: 'One for each optimizer with an inner loop.' }),
  },
  { ...closed, description: 'The timings of one problem, engine and batch size.' },
);

export const TimingSchema = Type.Array(Suite, {
  description: 'What the parts of steps cost, by themselves, where `bench steps` measured it.',
});

export type TimingSuite = Static<typeof Suite>;
export type TimingCost = TimingSuite['costs'][number];
export type TimingEstimate = TimingCost['seconds'];
export type TimingLine = TimingSuite['lines'][number];
