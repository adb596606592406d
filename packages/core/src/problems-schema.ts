// The JSON Schemas of problems and profiles: what is trained on what, and which optimizers a benchmark gives which budget.

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
    'Work: floating-point operations of the steps over those of one gradient of the loss on one full mini-batch.',
});

const Targets = Type.Object(
  {
    trainLoss: Type.Optional(
      Type.Number({ minimum: 0, description: 'Mean training loss of an epoch, at most this.' }),
    ),
    testLoss: Type.Optional(Type.Number({ minimum: 0, description: 'Test loss, at most this.' })),
    testAccuracy: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'Share of the test split classified correctly, at least this, 0 to 1.',
      }),
    ),
  },
  {
    ...Nothing,
    minProperties: 1,
    description: 'What a run is to reach, all at once: what that takes is recorded.',
  },
);

/** What a run is to reach. */
export type ProblemTargets = Static<typeof Targets>;

// The limits of a run; options of the command line have the same form.
const Timeout = Type.Number({
  ...within(BOUNDS.timeout),
  description: 'Wall-clock seconds after which a run is ended. By default far more than its budget needs.',
});
const Memory = Type.String({
  pattern: '^\\d+(?:\\.\\d+)? ?[KMGT]i?B$',
  examples: ['2GiB', '500MB'],
  description: 'Memory at which a run is ended. By default 80 % of what the machine has.',
});

const EvaluateEvery = Type.String({
  pattern: '^[1-9]\\d* ?(?:steps?|epochs?)$',
  examples: ['50 steps', '2 epochs'],
  description: 'How often a run is evaluated, and looks for its target. By default after every epoch.',
});

export const ProblemSchema = Type.Object(
  {
    $schema: Type.Optional(SchemaReference),
    name: Name,
    title: Type.Optional(Type.String({ minLength: 1, description: 'Its name in reports.' })),
    summary: Type.Optional(Summary),
    dataset: PluginChoice('dataset'),
    model: PluginChoice('model'),
    loss: Loss,
    batchSize: Type.Integer({ ...within(BOUNDS.batchSize), description: 'Examples of one mini-batch.' }),
    dtype: FloatDTypeName,
    trainLossMean: Type.Optional(
      Type.Enum(TRAIN_LOSS_MEANS, {
        default: 'examples',
        description:
          'What the mean training loss of an epoch weighs alike: examples, or mini-batches, however short the last one is. By default examples.',
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
  { description: 'How many seeds (1, 2, ...), or which.' },
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
      'Every optimizer on every problem, within a budget: the first limit that is reached ends a run. Without a limit, the epochs of the problem.',
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
          'Published results to compare with in the report: the name of built-in ones, or the path of a file, relative to the profile.',
      }),
    ),
    baseline: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The optimizer whose step is the unit of step times. By default the first without an inner loop.',
      }),
    ),
    runs: Type.Array(ProfileRunSchema, { minItems: 1 }),
    optimizers: Type.Optional(
      selections('Optimizers for problems given by option. By default, those of all runs'),
    ),
    seeds: Seeds,
    engine: Type.Optional(EngineSelection),
    evaluateEvery: Type.Optional(EvaluateEvery),
    timeout: Type.Optional(Timeout),
    memory: Type.Optional(Memory),
  },
  { ...Nothing, title: 'Gaussmark profile', description: 'A benchmark: what runs, on what, for how long.' },
);

/** A named benchmark, as data. */
export type ProfileDefinition = Static<typeof ProfileSchema>;
