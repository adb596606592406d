// Results that somebody published, as data: what a report compares its own runs with.

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
      description: 'What was chosen; a run with any other choice beside it is another configuration.',
    }),
    epochs: Type.Integer({ minimum: 1, description: 'Epochs after which the final values were taken.' }),
    seeds: Type.Integer({ minimum: 1, description: 'Runs, one per seed.' }),
    diverged: Type.Integer({ minimum: 0, description: 'How many of them diverged.' }),
    trainLoss: Type.Optional(
      Type.Object(
        {
          first: Type.Optional(finite('After the first epoch.')),
          curve: Type.Optional(
            Type.Array(Type.Number(), { description: 'After epoch 1, 2, ...; as many as were published.' }),
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
            description: 'Which one the values are of: a loss, or a share of the test split from 0 to 1.',
          }),
          final: finite('After the last epoch, mean over the seeds.'),
          finalDeviation: Type.Optional(spread('Standard deviation over the seeds.')),
        },
        { ...Nothing, description: 'What was measured on the test split.' },
      ),
    ),
    cgIterations: Type.Optional(
      Type.Integer({ minimum: 0, description: 'CG iterations of a step, for the cost of one.' }),
    ),
    relativeStep: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'Time of a step over the mean of the baseline’s steps.',
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
    note: Type.Optional(
      Type.String({ minLength: 1, description: 'What a reader of the comparison has to know.' }),
    ),
    configurations: Type.Array(PublishedConfigurationSchema, {
      minItems: 1,
      description: 'The published configurations of this problem.',
    }),
  },
  { ...Nothing, description: 'What was published about one problem.' },
);

export const PublishedResultsSchema = Type.Object(
  {
    $schema: Type.Optional(SchemaReference),
    name: Name,
    title: Type.String({ minLength: 1, description: 'Short, for headings: authors and year.' }),
    source: Type.String({ minLength: 1, description: 'Where the values come from, in a sentence or two.' }),
    baseline: Type.Optional(Name),
    problems: Type.Array(PublishedProblemSchema, {
      minItems: 1,
      description: 'What was published, problem by problem; names are those of the problems here.',
    }),
  },
  { ...Nothing, title: 'Gaussmark published results', description: 'Results to compare runs with.' },
);

/** Published results, as data. */
export type PublishedResults = Static<typeof PublishedResultsSchema>;
export type PublishedProblem = PublishedResults['problems'][number];
export type PublishedConfiguration = PublishedProblem['configurations'][number];
