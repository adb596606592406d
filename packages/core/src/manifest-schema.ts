// The manifest's JSON Schema (draft 2020-12), the single source of the published file and the TypeScript types.

import Type, { type Static } from 'typebox';
import {
  AnyJson,
  FloatDTypeName,
  Loss,
  listOf,
  Name,
  Nothing,
  SchemaReference,
  Summary,
  Task,
} from './schema-vocabulary.js';
import { HYPERPARAMETER_NAME, type PluginKind } from './vocabulary.js';

// semver.org's own pattern.
const SEMVER =
  '^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\\+([0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*))?$';

// A relative path to a JavaScript or TypeScript module, with forward slashes and without `..`.
const ENTRY = '^(?!.*\\.d\\.m?ts$)(?:\\./)?(?:(?!\\.{1,2}/)[^/\\\\:]+/)*[^/\\\\:]+\\.m?[jt]s$';

const Reference = Type.Object(
  {
    title: Type.String({ minLength: 1 }),
    doi: Type.Optional(
      Type.String({ pattern: '^10\\.\\d{4,9}/\\S+$', examples: ['10.1137/1.9781611971200'] }),
    ),
    arxiv: Type.Optional(
      Type.String({ pattern: '^(?:\\d{4}\\.\\d{4,5}|[a-z-]+/\\d{7})(?:v\\d+)?$', examples: ['2006.02409'] }),
    ),
    url: Type.Optional(
      Type.String({ pattern: '^https?://\\S+$', examples: ['https://example.org/paper.pdf'] }),
    ),
  },
  { ...Nothing, description: 'A paper or page that the plugin follows.' },
);

const TYPE_NAMES = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object'] as const;
const TypeName = Type.Enum(TYPE_NAMES);
const Subschema = Type.Unsafe<{ readonly [keyword: string]: unknown }>({ type: 'object' });
const Count = Type.Integer({ minimum: 0 });

const Hyperparameter = Type.Object(
  {
    type: Type.Optional(Type.Union([TypeName, Type.Array(TypeName, { minItems: 1, uniqueItems: true })])),
    description: Type.String({
      minLength: 1,
      description: 'What it does, with its symbol in the paper and its unit.',
    }),
    default: Type.Optional(
      Type.Unsafe<Static<typeof AnyJson>>({ description: 'Without a default, the value is required.' }),
    ),
    title: Type.Optional(Type.String({ minLength: 1 })),
    examples: Type.Optional(Type.Array(AnyJson)),
    enum: Type.Optional(Type.Array(AnyJson, { minItems: 1, uniqueItems: true })),
    minimum: Type.Optional(Type.Number()),
    exclusiveMinimum: Type.Optional(Type.Number()),
    maximum: Type.Optional(Type.Number()),
    exclusiveMaximum: Type.Optional(Type.Number()),
    multipleOf: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    minLength: Type.Optional(Count),
    maxLength: Type.Optional(Count),
    pattern: Type.Optional(Type.String()),
    items: Type.Optional(Subschema),
    prefixItems: Type.Optional(Type.Array(Subschema, { minItems: 1 })),
    minItems: Type.Optional(Count),
    maxItems: Type.Optional(Count),
    uniqueItems: Type.Optional(Type.Boolean()),
    properties: Type.Optional(Type.Record(Type.String(), Subschema)),
    required: Type.Optional(Type.Array(Type.String())),
    additionalProperties: Type.Optional(Type.Boolean()),
    anyOf: Type.Optional(Type.Array(Subschema, { minItems: 1 })),
  },
  { ...Nothing, description: 'A JSON Schema for one hyperparameter.' },
);
export type Hyperparameter = Static<typeof Hyperparameter>;

const HyperparameterName = Type.String({ pattern: HYPERPARAMETER_NAME });
const settings = (description: string) =>
  Type.Record(HyperparameterName, AnyJson, { ...Nothing, description });

const Hyperparameters = Type.Object(
  { type: Type.Literal('object'), properties: Type.Record(HyperparameterName, Hyperparameter, Nothing) },
  {
    ...Nothing,
    description:
      'A JSON Schema of all hyperparameters; each has a description and, unless it is required, a default.',
  },
);

const SearchDimension = Type.Union(
  [
    Type.Object(
      {
        scale: Type.Enum(['linear', 'log', 'integer', 'log-integer']),
        low: Type.Number(),
        high: Type.Number(),
      },
      { ...Nothing, description: 'An interval, both ends included; log scales need low > 0.' },
    ),
    Type.Object(
      { scale: Type.Literal('categorical'), values: Type.Array(AnyJson, { minItems: 1, uniqueItems: true }) },
      { ...Nothing, description: 'A choice among values.' },
    ),
  ],
  { description: 'The range of a search.' },
);
export type SearchDimension = Static<typeof SearchDimension>;

const Preset = settings('Values that differ from the defaults.');

export const IterationSchema = Type.Object(
  {
    one: Type.String({ minLength: 1, description: 'The singular: solver iteration.' }),
    many: Type.String({ minLength: 1, description: 'The plural: solver iterations.' }),
  },
  { ...Nothing, description: 'Names for an iteration of the inner loop.' },
);
/** An optimizer's names for an iteration of its inner loop. */
export type Iteration = Static<typeof IterationSchema>;

const InnerLoop = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'The name of the loop in the program of a step.' }),
    iteration: IterationSchema,
    budget: Type.String({
      pattern: HYPERPARAMETER_NAME,
      description: 'The hyperparameter that bounds the iterations per step.',
    }),
    exact: Type.Optional(
      settings('Values with which every step uses its whole budget of iterations; bench steps sets them.'),
    ),
    stops: Type.Optional(
      Type.Object(
        {
          metric: Type.String({ minLength: 1 }),
          reasons: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, uniqueItems: true }),
        },
        {
          ...Nothing,
          description:
            'The metric that encodes why the loop stopped, and the meaning of its values 0, 1, .... "budget" marks steps that used all iterations.',
        },
      ),
    ),
    metrics: Type.Optional(
      Type.Record(Type.String(), Type.String({ minLength: 1 }), {
        description: 'Metrics of the step that describe the loop, by name, with their labels.',
      }),
    ),
  },
  {
    ...Nothing,
    description:
      'The loop that dominates the cost of a step: a linear solver, a line search. Reports and bench steps measure it.',
  },
);
/** An optimizer's declaration of the loop inside its step. */
export type InnerLoop = Static<typeof InnerLoop>;

const PROBLEM_PARTS = [
  'loss',
  'valueAndGrad',
  'linearize',
  'hessianProduct',
  'perExample',
  'layers',
  'sampleTargets',
  'second',
] as const;

const capabilities = {
  optimizer: Type.Object(
    {
      dtypes: listOf(FloatDTypeName, 'Supported floating-point types. Default: all.'),
      tasks: listOf(Task, 'Supported tasks. Default: all.'),
      losses: listOf(Loss, 'Supported losses. Default: all.'),
      needs: listOf(Type.Enum(PROBLEM_PARTS), 'The parts of a problem it uses.'),
      batches: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 2,
          default: 1,
          description:
            'Independent mini-batches of a step; with 2, problem.second is the second one. Its examples count: an epoch then has half as many steps.',
        }),
      ),
    },
    Nothing,
  ),
  model: Type.Object(
    {
      inputRanks: listOf(
        Type.Integer({ minimum: 0 }),
        'Supported ranks of an input: 1 for vectors, 3 for images. Default: all.',
      ),
      tasks: listOf(Task, 'Supported tasks. Default: all.'),
      dtypes: listOf(FloatDTypeName, 'Supported floating-point types. Default: all.'),
    },
    Nothing,
  ),
  dataset: Type.Object(
    { tasks: listOf(Task, 'The task of the data, or all that its hyperparameters allow.') },
    Nothing,
  ),
  engine: Type.Object(
    {
      dtypes: listOf(FloatDTypeName, 'Supported floating-point types.'),
      loops: listOf(Type.Enum(['fused', 'hosted']), 'Supported ways to run loops.'),
    },
    Nothing,
  ),
};

const Coverage = Type.Object(
  {
    base: Type.Optional(
      settings('Values used while the others vary: small and cheap ones, and those without a default.'),
    ),
    values: Type.Optional(
      Type.Record(HyperparameterName, Type.Array(AnyJson, { minItems: 1, uniqueItems: true }), {
        ...Nothing,
        description: 'Values to try, instead of those derived from the schema.',
      }),
    ),
  },
  {
    ...Nothing,
    description:
      'How bench snapshot and compare exercise every hyperparameter. Paths that start with a dot are relative to the manifest.',
  },
);

function manifestOf<K extends PluginKind>(kind: K) {
  return Type.Object(
    {
      $schema: Type.Optional(SchemaReference),
      kind: Type.Literal(kind),
      name: Name,
      version: Type.String({
        pattern: SEMVER,
        examples: ['1.0.0'],
        description: 'Semantic version of the plugin.',
      }),
      summary: Summary,
      entry: Type.String({
        pattern: ENTRY,
        examples: ['./dist/index.js'],
        description:
          'The module whose default export is the plugin: a path inside the package, relative to its folder.',
      }),
      references: Type.Optional(Type.Array(Reference)),
      hyperparameters: Hyperparameters,
      search: Type.Optional(
        Type.Record(HyperparameterName, SearchDimension, {
          ...Nothing,
          description: 'The search space, by hyperparameter.',
        }),
      ),
      capabilities: Type.Optional(capabilities[kind]),
      presets: Type.Optional(
        Type.Record(Name, Preset, {
          ...Nothing,
          description: 'Named sets of values, chosen with preset=name.',
        }),
      ),
      coverage: Type.Optional(Coverage),
    },
    { ...Nothing, title: `${kind} manifest` },
  );
}

const OptimizerManifest = Type.Object(
  {
    ...manifestOf('optimizer').properties,
    innerLoop: Type.Optional(InnerLoop),
    conformance: Type.Optional(
      settings(
        'Values with which bench engine check compares a step with the reference: few, stable iterations. Without them, it skips the optimizer.',
      ),
    ),
  },
  { ...Nothing, title: 'optimizer manifest' },
);

export const ManifestSchema = Type.Union(
  [OptimizerManifest, manifestOf('model'), manifestOf('dataset'), manifestOf('engine')],
  {
    title: 'Gaussmark plugin manifest',
    description: 'Describes a plugin: kind, name, entry, hyperparameters and capabilities.',
  },
);

/** A plugin's manifest, by kind. */
export type Manifest = Static<typeof ManifestSchema>;

export type ManifestOf<K extends PluginKind> = Extract<Manifest, { kind: K }>;
