// Published results that a report compares its own runs with.

import Type, { type Static } from 'typebox';
import { AnyJson, Name, Nothing, SchemaReference } from './schema-vocabulary.js';
import { HYPERPARAMETER_NAME } from './vocabulary.js';

const finite = (description: string) => Type.Number({ description });
const spread = (description: string) => Type.Number({ minimum: 0, description });

const PublishedConfigurationSchema = Type.Object(
  {
    optimizer: Name,
    hyperparameters: Type.Record(Type.String({ pattern: HYPERPARAMETER_NAME }), AnyJson, {
      ...Nothing,
      description: 'The values set; a run that sets any others is a different configuration.',
    }),
    epochs: Type.Integer({ minimum: 1, description: 'Epochs trained before the final values.' }),
    seeds: Type.Integer({ minimum: 1, description: 'Runs, one per seed.' }),
    diverged: Type.Integer({ minimum: 0, description: 'Number of runs that diverged.' }),
    trainLoss: Type.Optional(
      Type.Object(
        {
          first: Type.Optional(finite('After the first epoch.')),
          curve: Type.Optional(
            Type.Array(Type.Number(), { description: 'After epochs 1, 2, ..., as far as published.' }),
          ),
          final: Type.Optional(finite('After the last epoch.')),
          finalDeviation: Type.Optional(spread('Standard deviation of the final value over the seeds.')),
        },
        {
          ...Nothing,
          description:
            'Mean over the seeds of the mean mini-batch loss of an epoch, each loss taken before its update.',
        },
      ),
    ),
    test: Type.Optional(
      Type.Object(
        {
          quantity: Type.Enum(['testLoss', 'testAccuracy'], {
            description: 'The quantity: a loss, or a share of the test split from 0 to 1.',
          }),
          final: finite('After the last epoch, mean over the seeds.'),
          finalDeviation: Type.Optional(spread('Standard deviation over the seeds.')),
        },
        { ...Nothing, description: 'Results on the test split.' },
      ),
    ),
    innerIterations: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Inner iterations per step, to derive the cost of one.' }),
    ),
    relativeStep: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'Step time relative to the mean step time of the baseline.',
      }),
    ),
  },
  { ...Nothing, description: 'One optimizer with its hyperparameters.' },
);

const PublishedProblemSchema = Type.Object(
  {
    problem: Name,
    batchSize: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Runs with another batch size are not compared.' }),
    ),
    note: Type.Optional(Type.String({ minLength: 1, description: 'A note for readers of the comparison.' })),
    configurations: Type.Array(PublishedConfigurationSchema, {
      minItems: 1,
      description: 'The published configurations of this problem.',
    }),
  },
  { ...Nothing, description: 'Published results for one problem.' },
);

export const PublishedResultsSchema = Type.Object(
  {
    $schema: Type.Optional(SchemaReference),
    name: Name,
    title: Type.String({ minLength: 1, description: 'Short, for headings: authors and year.' }),
    source: Type.String({ minLength: 1, description: 'The source of the values, in a sentence or two.' }),
    baseline: Type.Optional(Name),
    problems: Type.Array(PublishedProblemSchema, {
      minItems: 1,
      description: 'Published results by problem; names match the problems here.',
    }),
  },
  { ...Nothing, title: 'Gaussmark published results', description: 'Results to compare runs with.' },
);

/** Published results, as data. */
export type PublishedResults = Static<typeof PublishedResultsSchema>;
export type PublishedProblem = PublishedResults['problems'][number];
export type PublishedConfiguration = PublishedProblem['configurations'][number];
