// Manifests: what is accepted, and how mistakes are reported.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatasetSpec } from '../src/contracts/dataset.js';
import { formatIssue, GaussmarkError } from '../src/errors.js';
import { completeHyperparameters } from '../src/hyperparameters.js';
import { manifestIssues, parseManifest } from '../src/manifest.js';
import type { ManifestOf } from '../src/manifest-schema.js';
import { PUBLISHED_SCHEMAS } from '../src/published-schemas.js';
import type { TASKS } from '../src/vocabulary.js';
import { optimizerManifest } from './fixtures.js';

/** The only issue that these changes cause. */
function issueOf(changes: Record<string, unknown>) {
  const issues = manifestIssues(optimizerManifest(changes));
  expect(issues).toHaveLength(1);
  return issues[0]!;
}

/** A manifest whose only hyperparameter has this schema. */
function withSchema(schema: Record<string, unknown>) {
  const x = { description: 'x', ...schema };
  return { hyperparameters: { type: 'object', properties: { x } }, search: undefined, presets: undefined };
}

describe('a valid manifest', () => {
  it('is returned unchanged', () => {
    const manifest = optimizerManifest();
    expect(parseManifest(manifest, 'm.json')).toBe(manifest);
  });

  it.each(['dist/index.js', './dist/index.js', './a.b/c.mjs', './..a/c.js'])(
    'may have the entry %s',
    (entry) => {
      expect(manifestIssues(optimizerManifest({ entry }))).toEqual([]);
    },
  );

  it('may be a model, a dataset or an engine, each with its own capabilities', () => {
    const bare = { search: undefined, presets: undefined };
    const kinds = [
      { kind: 'model', capabilities: { inputRanks: [1, 3], tasks: ['regression'] } },
      { kind: 'dataset', capabilities: { tasks: ['classification'] } },
      { kind: 'engine', capabilities: { dtypes: ['float32'], loops: ['fused', 'hosted'] } },
    ];
    for (const changes of kinds)
      expect(manifestIssues(optimizerManifest({ ...bare, ...changes }))).toEqual([]);
  });

  it('may have a hyperparameter without default, of several types, or nested', () => {
    const schemas = [
      { type: 'string' },
      { type: ['integer', 'null'], minimum: 0, default: null },
      { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }], default: ['a'] },
      { type: 'array', items: { type: 'integer', minimum: 1 }, minItems: 1, default: [3] },
    ];
    for (const schema of schemas) expect(manifestIssues(optimizerManifest(withSchema(schema)))).toEqual([]);
  });
});

describe('a mistake in the structure', () => {
  it('names plugin, file, pointer, expected and got', () => {
    const act = () => parseManifest(optimizerManifest({ version: '1.0' }), 'a/manifest.json');
    expect(act).toThrow(GaussmarkError);
    expect(act).toThrow(
      expect.objectContaining({
        plugin: "optimizer 'sgn'",
        file: 'a/manifest.json',
        pointer: '/version',
        expected: 'a string like "1.0.0"',
        got: '"1.0"',
      }),
    );
  });

  it('reports a misspelled required property once, with a suggestion', () => {
    const { version: _, ...rest } = optimizerManifest();
    const issues = manifestIssues({ ...rest, versoin: '1.0.0' });
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({
      pointer: '/versoin',
      problem: "unknown property 'versoin'; did you mean 'version'?",
    });
    expect(issues[0]?.expected).toContain('version, summary');
  });

  it('describes a missing property', () => {
    expect(issueOf({ version: undefined })).toEqual({
      pointer: '/version',
      problem: "missing 'version'",
      expected: 'a string like "1.0.0"',
      got: 'nothing',
    });
  });

  it('checks by kind, and suggests the closest kind', () => {
    expect(issueOf({ kind: 'optimiser' })).toEqual({
      pointer: '/kind',
      problem: "did you mean 'optimizer'?",
      expected: '"optimizer", "model", "dataset" or "engine"',
      got: '"optimiser"',
    });
    expect(issueOf({ kind: undefined })).toMatchObject({ pointer: '/kind', got: 'nothing' });
  });

  it("rejects another kind's capabilities", () => {
    expect(issueOf({ capabilities: { loops: ['fused'] } })).toMatchObject({
      pointer: '/capabilities/loops',
      problem: "unknown property 'loops'",
      expected: 'one of dtypes, tasks, losses, needs, batches',
    });
    expect(issueOf({ capabilities: { dtypes: ['float16'] } })).toEqual({
      pointer: '/capabilities/dtypes/0',
      expected: '"float32" or "float64"',
      got: '"float16"',
    });
  });

  it.each([
    '../other/index.js',
    './a/../../b.js',
    '/abs/index.js',
    'a\\b.js',
    './index.d.ts',
    'C:/x.js',
    './',
  ])('rejects the entry %s', (entry) => {
    expect(issueOf({ entry })).toEqual({
      pointer: '/entry',
      expected: 'a string like "./dist/index.js"',
      got: JSON.stringify(entry),
    });
  });

  it.each(['Sgn', '1sgn', 'sgn_2', 'sgn-', ''])('rejects the name %j', (name) => {
    expect(issueOf({ name })).toMatchObject({
      pointer: '/name',
      expected: 'a string like "adam" or "fashion-mnist"',
    });
  });

  it('reports several mistakes together', () => {
    const issues = manifestIssues(
      optimizerManifest({ version: 1, summary: '', references: [{ title: 'T', doi: 'x' }] }),
    );
    expect(issues.map((issue) => issue.pointer).sort()).toEqual([
      '/references/0/doi',
      '/summary',
      '/version',
    ]);
  });

  it.each([[null], [3], ['text'], [[]]])('rejects %j as a whole', (document) => {
    expect(manifestIssues(document)).toHaveLength(1);
    expect(manifestIssues(document)[0]).toMatchObject({ pointer: '', got: JSON.stringify(document) });
  });
});

describe('a mistake in a hyperparameter', () => {
  const at = '/hyperparameters/properties/x';

  it.each([
    [{ type: 'number', maximun: 1 }, `${at}/maximun`, "unknown property 'maximun'; did you mean 'maximum'?"],
    [{ type: 'numbr' }, `${at}/type`, undefined],
    [{ type: 'number', default: 'a' }, `${at}/default`, expect.stringContaining('default')],
    [
      { type: 'array', items: { type: 'integer' }, default: [1, 'a'] },
      `${at}/default/1`,
      expect.stringContaining('default'),
    ],
    [{ default: 3 }, at, expect.stringContaining("'x'")],
    [{ type: 'string', minimum: 3 }, at, expect.stringContaining('missing type "number"')],
    [{ type: 'string', pattern: '(' }, `${at}/pattern`, expect.stringContaining('linear time')],
    [{ type: 'array', items: { typ: 'integer' } }, at, expect.stringContaining('unknown keyword: "typ"')],
    [{ type: 'array', items: { type: 'integr' } }, `${at}/items/type`, undefined],
  ])('%j', (schema, pointer, problem) => {
    const issue = issueOf(withSchema(schema));
    expect(issue.pointer).toBe(pointer);
    expect(issue.problem).toEqual(problem);
  });

  it('requires a description', () => {
    const hyperparameters = { type: 'object', properties: { x: { type: 'number' } } };
    expect(issueOf({ ...withSchema({}), hyperparameters })).toMatchObject({
      pointer: `${at}/description`,
      problem: "missing 'description'",
    });
  });

  it('rejects reserved names and names that cannot be written in a selection', () => {
    const described = { type: 'number', description: 'd' };
    const named = (name: string) => ({
      ...withSchema({}),
      hyperparameters: { type: 'object', properties: { [name]: described } },
    });
    expect(issueOf(named('a-b')).pointer).toBe('/hyperparameters/properties/a-b');
    expect(issueOf(named('preset'))).toMatchObject({
      pointer: '/hyperparameters/properties/preset',
      expected: 'another name',
    });
  });
});

describe('a mistake in the search space or a preset', () => {
  it.each([
    [
      { rh: { scale: 'log', low: 1, high: 2 } },
      { pointer: '/search/rh', problem: expect.stringContaining("did you mean 'rho'?") },
    ],
    [
      { constructor: { scale: 'log', low: 1, high: 2 } },
      { pointer: '/search/constructor', problem: expect.stringContaining('unknown hyperparameter') },
    ],
    [
      { rho: { scale: 'log', low: 0, high: 2 } },
      { pointer: '/search/rho/low', expected: 'a number greater than 0 on a log scale', got: '0' },
    ],
    [
      { rho: { scale: 'linear', low: 3, high: 2 } },
      { pointer: '/search/rho/high', expected: 'a number greater than low (3)', got: '2' },
    ],
    [
      { rho: { scale: 'linear', low: -1, high: 2 } },
      { pointer: '/search/rho/low', expected: 'a number greater than 0', got: '-1' },
    ],
    [
      { cgIterations: { scale: 'integer', low: 1, high: 2.5 } },
      { pointer: '/search/cgIterations/high', expected: 'an integer', got: '2.5' },
    ],
    [
      { schedule: { scale: 'categorical', values: ['cos', 'sin'] } },
      { pointer: '/search/schedule/values/1', expected: '"const" or "cos"', got: '"sin"' },
    ],
    [{ rho: { scale: 'lin', low: 1, high: 2 } }, { pointer: '/search/rho/scale', got: '"lin"' }],
    [
      { rho: { scale: 'log', low: 1 } },
      { pointer: '/search/rho/high', problem: "missing 'high'", expected: 'a number' },
    ],
    [
      { rho: { scale: 'log', low: 1, high: 2 }, schedule: { scale: 'categorical' } },
      { pointer: '/search/schedule/values', problem: "missing 'values'" },
    ],
  ])('search %j', (search, expected) => {
    expect(issueOf({ search })).toMatchObject(expected);
  });

  it('checks the values of presets', () => {
    expect(issueOf({ presets: { p: { rho: -1 } } })).toMatchObject({
      pointer: '/presets/p/rho',
      expected: 'a number greater than 0',
      got: '-1',
    });
    expect(issueOf({ presets: { p: { roh: 1 } } })).toMatchObject({
      pointer: '/presets/p/roh',
      problem: expect.stringContaining("did you mean 'rho'?"),
    });
  });

  it('checks the hyperparameters of inner loops and of the conformance check', () => {
    const loop = {
      name: 'cg',
      iteration: { one: 'CG iteration', many: 'CG iterations' },
      budget: 'cgIterations',
    };
    expect(manifestIssues(optimizerManifest({ innerLoop: loop, conformance: { cgIterations: 2 } }))).toEqual(
      [],
    );
    expect(issueOf({ innerLoop: { ...loop, budget: 'iterations' } })).toMatchObject({
      pointer: '/innerLoop/budget',
    });
    expect(issueOf({ innerLoop: { ...loop, exact: { rho: 0 } } })).toMatchObject({
      pointer: '/innerLoop/exact/rho',
      got: '0',
    });
    expect(issueOf({ conformance: { cgIterations: 0 } })).toMatchObject({
      pointer: '/conformance/cgIterations',
      got: '0',
    });
  });
});

it.each(Object.entries(PUBLISHED_SCHEMAS))('the published %s matches its source', (name, schema) => {
  const file = readFileSync(new URL(`../schemas/${name}`, import.meta.url), 'utf8');
  expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(schema)));
});

it('has types derived from the schema', () => {
  const kind: ManifestOf<'engine'>['kind'] = 'engine';
  const loops: NonNullable<ManifestOf<'engine'>['capabilities']>['loops'] = ['fused'];
  // @ts-expect-error an engine has no 'needs'
  const needs: NonNullable<ManifestOf<'engine'>['capabilities']> = { needs: ['loss'] };
  const task: DatasetSpec['task'] = 'regression' satisfies (typeof TASKS)[number];
  expect([kind, loops, needs, task]).toEqual(['engine', ['fused'], { needs: ['loss'] }, 'regression']);
});

describe('schemas that could take endless time are rejected', () => {
  const PROPERTY = '/hyperparameters/properties/x';

  it.each([
    ['look-ahead', '^(?=a)b$', '`(?=`'],
    ['look-behind', '(?<!a)b', 'invalid named capture'],
    ['a back reference', '^(a+)\\1$', 'invalid escape sequence'],
    ['too many repetitions', '(?:(?:a{100}){100}){100}', 'invalid repeat count'],
  ])('%s in a pattern', (_, pattern, got) => {
    for (const [schema, pointer] of [
      [{ type: 'string', pattern }, '/pattern'],
      [{ type: 'array', items: { type: 'string', pattern } }, '/items/pattern'],
      [{ anyOf: [{ type: 'null' }, { type: 'string', pattern }] }, '/anyOf/1/pattern'],
      [
        { type: 'object', properties: { y: { type: 'object', patternProperties: { [pattern]: true } } } },
        undefined,
      ],
    ] as const) {
      const issue = issueOf(withSchema(schema));
      expect(issue).toMatchObject({
        problem: expect.stringContaining('linear time'),
        got: expect.stringContaining(got),
      });
      if (pointer !== undefined) expect(issue.pointer).toBe(PROPERTY + pointer);
    }
  });

  it('a reference, with which a few schemas can require 2^40 checks', () => {
    expect(issueOf(withSchema({ type: 'array', items: { $ref: '#' } }))).toMatchObject({
      pointer: `${PROPERTY}/items/$ref`,
      problem: "'$ref' is not allowed",
    });
  });

  it('a list of more than a thousand items', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => i);
    expect(issueOf(withSchema({ enum: many, default: 1 }))).toMatchObject({
      pointer: `${PROPERTY}/enum`,
      expected: 'a list of at most 1000 items',
      got: '100000 items',
    });
  });

  it('but a catastrophic pattern matches in linear time', () => {
    const manifest = parseManifest(
      optimizerManifest(withSchema({ type: 'string', pattern: '^(a+)+$', default: 'a' })),
      'm.json',
    );
    expect(completeHyperparameters(manifest, { x: 'a'.repeat(100_000) })).toEqual({ x: 'a'.repeat(100_000) });
    expect(() => completeHyperparameters(manifest, { x: `${'a'.repeat(100_000)}!` })).toThrow(
      expect.objectContaining({ pointer: '/x', expected: expect.stringContaining('^(a+)+$') }),
    );
  });

  it.each<[string, string, string[], string[]]>([
    ['an anchor', '^b$', ['b'], ['ab', 'b\n']],
    ['a search', 'b', ['abc'], ['a']],
    ['classes', '^[\\w.-]+ \\d{2}$', ['a-b 12'], ['a b 1']],
    ['Unicode', '^\\p{L}+$', ['é', 'я'], ['1']],
    ['an escape of JavaScript', '^\\u00e9\\/$', ['é/'], ['e/']],
    ['a named group', '^(?<x>a|b)$', ['a'], ['c']],
  ])('%s means the same as in JavaScript', (_, pattern, good, bad) => {
    const manifest = parseManifest(
      optimizerManifest(withSchema({ type: 'string', pattern, default: good[0] })),
      'm.json',
    );
    for (const x of good) expect(completeHyperparameters(manifest, { x })).toEqual({ x });
    for (const x of bad) expect(() => completeHyperparameters(manifest, { x })).toThrow(GaussmarkError);
  });

  it('and a value contains at most ten thousand others', () => {
    const schema = { type: 'array', items: {}, uniqueItems: true, default: [] };
    const manifest = parseManifest(optimizerManifest(withSchema(schema)), 'm.json');
    const x = Array.from({ length: 100_000 }, (_, i) => [i]);
    expect(() => completeHyperparameters(manifest, { x })).toThrow(
      expect.objectContaining({ expected: 'at most 10000 nested values', got: '200001' }),
    );
  });
});

it('finds printable issues in arbitrary documents', () => {
  const piece = fc.oneof(
    fc.jsonValue({ maxDepth: 3 }),
    fc.constantFrom(
      'optimizer',
      'model',
      'dataset',
      'object',
      'string',
      './a.js',
      '1.0.0',
      'x',
      '(',
      null,
      1,
    ),
  );
  const keys = fc.constantFrom(
    'type',
    'description',
    'default',
    'enum',
    'pattern',
    'items',
    'anyOf',
    'minimum',
    'properties',
    '$ref',
    'const',
  );
  const schema = fc.dictionary(keys, piece, { maxKeys: 5 });
  const document = fc.oneof(
    fc.jsonValue(),
    fc
      .dictionary(fc.constantFrom(...Object.keys(optimizerManifest()), 'constructor', 'x'), piece)
      .map((changes) => optimizerManifest(changes)),
    schema.map((x) => optimizerManifest(withSchema(x))),
    fc
      .dictionary(fc.constantFrom('rho', 'x', 'constructor', 'toString'), schema)
      .map((search) => optimizerManifest({ search })),
  );
  fc.assert(
    fc.property(document, (document) => {
      for (const issue of manifestIssues(document)) expect(formatIssue(issue).length).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});
