// JSON Schemas of problems and profiles: what to train on what, and which optimizers get which budget.

import Type, { type Static } from 'typebox';
import { BOUNDS, type Bound } from './bounds.js';
import {
  AnyJson,
  FloatDTypeName,
  Loss,
  Name,
  Nothing,
  ProfileName,
  SchemaReference,
  Summary,
} from './schema-vocabulary.js';
import { HYPERPARAMETER_NAME, TRAIN_LOSS_MEANS } from './vocabulary.js';

const PluginChoice = (kind: string) =>
  Type.Object(
    {
      name: Name,
      hyperparameters: Type.Optional(
        Type.Record(Type.String({ pattern: HYPERPARAMETER_NAME }), AnyJson, {
          ...Nothing,
          description: 'Values that differ from the defaults.',
        }),
      ),
    },
    { ...Nothing, description: `The ${kind} and its hyperparameters.` },
  );

const within = ({ least, most }: Bound) => ({ minimum: least, maximum: most });

const Epochs = Type.Integer({
  ...within(BOUNDS.epochs),
  description: 'Passes through the training data.',
});
const Steps = Type.Integer({ ...within(BOUNDS.steps), description: 'Optimizer steps.' });
const Seconds = Type.Number({ ...within(BOUNDS.seconds), description: 'Seconds of training time.' });
const GradientEquivalents = Type.Number({
  ...within(BOUNDS.gradientEquivalents),
  description:
    'Work: floating-point operations of the steps, relative to one gradient of the loss on one full mini-batch.',
});

const Targets = Type.Object(
  {
    trainLoss: Type.Optional(
      Type.Number({ minimum: 0, description: 'Upper bound for the mean training loss of an epoch.' }),
    ),
    testLoss: Type.Optional(Type.Number({ minimum: 0, description: 'Upper bound for the test loss.' })),
    testAccuracy: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Lower bound for the share of the test split classified correctly, 0 to 1.',
      }),
    ),
  },
  {
    ...Nothing,
    minProperties: 1,
    description: 'Targets, all to be reached at once; the cost of reaching them is recorded.',
  },
);

/** The targets of a run. */
export type ProblemTargets = Static<typeof Targets>;

// Limits of a run, in the same form as the command line's options.
const Timeout = Type.Number({
  ...within(BOUNDS.timeout),
  description: 'Wall-clock seconds after which a run is stopped. Default: far more than its budget needs.',
});
const Memory = Type.String({
  pattern: '^\\d+(?:\\.\\d+)? ?[KMGT]i?B$',
  examples: ['2GiB', '500MB'],
  description: 'Memory at which a run is stopped. Default: 80 % of all memory.',
});

const EvaluateEvery = Type.String({
  pattern: '^[1-9]\\d* ?(?:steps?|epochs?)$',
  examples: ['50 steps', '2 epochs'],
  description: 'How often to evaluate a run and check its targets. Default: every epoch.',
});

export const ProblemSchema = Type.Object(
  {
    $schema: Type.Optional(SchemaReference),
    name: Name,
    title: Type.Optional(Type.String({ minLength: 1, description: 'The name shown in reports.' })),
    summary: Type.Optional(Summary),
    dataset: PluginChoice('dataset'),
    model: PluginChoice('model'),
    loss: Loss,
    batchSize: Type.Integer({ ...within(BOUNDS.batchSize), description: 'Examples per mini-batch.' }),
    dtype: FloatDTypeName,
    trainLossMean: Type.Optional(
      Type.Enum(TRAIN_LOSS_MEANS, {
        default: 'examples',
        description:
          'What the mean training loss of an epoch weights equally: examples, or mini-batches even if the last is smaller. Default: examples.',
      }),
    ),
    epochs: Type.Optional(Epochs),
    targets: Type.Optional(Targets),
  },
  { ...Nothing, title: 'Gaussmark problem', description: 'A dataset, a model, a loss and a batch size.' },
);

/** A named problem, as data. */
export type ProblemDefinition = Static<typeof ProblemSchema>;

const Seeds = Type.Union(
  [
    Type.Integer(within(BOUNDS.seeds)),
    Type.Array(Type.Integer(within(BOUNDS.seed)), {
      minItems: 1,
      maxItems: BOUNDS.seeds.most,
      uniqueItems: true,
    }),
  ],
  { description: 'The number of seeds (1, 2, ...), or a list of seeds.' },
);

const selections = (what: string) =>
  Type.Array(Type.String({ minLength: 1 }), {
    minItems: 1,
    uniqueItems: true,
    description: `${what}: names or selections such as name[key=value,value].`,
  });

const EngineSelection = Type.String({
  minLength: 1,
  description: 'A selection such as onnxruntime[threads=1].',
});

const ProfileRunSchema = Type.Object(
  {
    problems: selections('Problems'),
    optimizers: selections('Optimizers'),
    epochs: Type.Optional(Epochs),
    steps: Type.Optional(Steps),
    seconds: Type.Optional(Seconds),
    gradientEquivalents: Type.Optional(GradientEquivalents),
    dtype: Type.Optional(FloatDTypeName),
    seeds: Type.Optional(Seeds),
    engine: Type.Optional(EngineSelection),
    evaluateEvery: Type.Optional(EvaluateEvery),
    timeout: Type.Optional(Timeout),
    memory: Type.Optional(Memory),
  },
  {
    ...Nothing,
    description:
      'Runs every optimizer on every problem. The first limit reached ends a run; without a limit, the epochs of the problem.',
  },
);

/** Problems times optimizers under one budget. */
export type ProfileRun = Static<typeof ProfileRunSchema>;

export const ProfileSchema = Type.Object(
  {
    $schema: Type.Optional(SchemaReference),
    name: ProfileName,
    summary: Summary,
    published: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Published results for the report to compare with: a built-in name, or the path of a file relative to the profile.',
      }),
    ),
    baseline: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The optimizer whose step is the unit of step times. Default: the first without an inner loop.',
      }),
    ),
    runs: Type.Array(ProfileRunSchema, { minItems: 1 }),
    optimizers: Type.Optional(
      selections('Optimizers for problems given by option (default: those of all runs)'),
    ),
    seeds: Seeds,
    engine: Type.Optional(EngineSelection),
    evaluateEvery: Type.Optional(EvaluateEvery),
    timeout: Type.Optional(Timeout),
    memory: Type.Optional(Memory),
  },
  { ...Nothing, title: 'Gaussmark profile', description: 'A benchmark: what to run, on what, for how long.' },
);

/** A named benchmark, as data. */
export type ProfileDefinition = Static<typeof ProfileSchema>;
