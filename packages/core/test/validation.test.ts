// Validators: those that the build compiles, and those that hyperparameters share.

import { describe, expect, it } from 'vitest';
import { PUBLISHED_SCHEMAS } from '../src/published-schemas.js';
import { publishedValidator, schemaIssues, validator } from '../src/validation.js';
import { optimizerManifest } from './fixtures.js';

describe('a validator that the build compiled', () => {
  it.each([
    ['manifest', optimizerManifest(), 0],
    ['manifest', optimizerManifest({ name: 'Ä', versoin: '1', search: { x: { scale: 'lag', low: 0 } } }), 3],
    ['problem', { name: 'a b', dataset: {}, loss: 'none', batchSize: 0.5, dtype: 'float32' }, 5],
    ['profile', { seeds: [-1, -1], problems: 3 }, 5],
    ['published-results', { problem: '', rows: [{}] }, 5],
    ['published-results', 7, 1],
  ])('finds the same mistakes as one compiled now: %s %#', (name, document, count) => {
    const schema = PUBLISHED_SCHEMAS[`${name}.schema.json`]!;
    const issues = publishedValidator(name)(document);
    expect(issues).toEqual(validator(schema)(document));
    expect(issues).toHaveLength(count);
  });
});

describe('hyperparameters that share a validator', () => {
  const first = { type: 'integer', minimum: 1, description: 'first', default: 1 };

  it('are told apart by what they accept, not by their texts', () => {
    const second = { minimum: 1, type: 'integer', description: 'second', title: 'Second' };
    const other = { type: 'integer', minimum: 2, description: 'first', default: 2 };
    for (const schema of [first, second, other]) expect(schemaIssues(schema)).toEqual([]);
    const accepts = [first, second, other].map((schema) => validator(schema, 'foreign')(1).length === 0);
    expect(accepts).toEqual([true, true, false]);
  });

  it('each have their texts checked', () => {
    expect(schemaIssues(first)).toEqual([]);
    expect(schemaIssues({ ...first, description: 3 }).map(({ pointer }) => pointer)).toEqual([
      '/description',
    ]);
  });
});
