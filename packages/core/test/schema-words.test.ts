// Descriptions of JSON Schemas.

import { expect, it } from 'vitest';
import { describeSchema } from '../src/schema-words.js';

it.each([
  [{ type: 'number' }, 'a number'],
  [{ type: 'number', exclusiveMinimum: 0, maximum: 1 }, 'a number greater than 0 and at most 1'],
  [{ type: 'number', minimum: 0, exclusiveMaximum: 1 }, 'a number of at least 0 and less than 1'],
  [{ type: 'integer', minimum: 1, maximum: 10 }, 'an integer from 1 to 10'],
  [{ type: 'integer', minimum: 1, multipleOf: 2 }, 'an integer of at least 1 in steps of 2'],
  [{ type: ['integer', 'null'], minimum: 0 }, 'an integer of at least 0, or null'],
  [{ type: 'boolean' }, 'true or false'],
  [{ enum: ['relu', 'tanh', null] }, '"relu", "tanh" or null'],
  [{ const: 'object' }, '"object"'],
  [{ type: 'string', minLength: 1 }, 'a string that is not empty'],
  [{ type: 'string', pattern: '^x', examples: ['x1', 'x2'] }, 'a string like "x1" or "x2"'],
  [{ type: 'string', pattern: '^x' }, 'a string matching ^x'],
  [{ type: 'array', items: { type: 'integer', minimum: 1 } }, 'a list of integers (each at least 1)'],
  [
    { type: 'array', items: { type: 'string' }, minItems: 1, uniqueItems: true },
    'a list of strings that is not empty without repetition',
  ],
  [
    { type: 'array', items: { enum: ['a', 'b'] }, minItems: 2, maxItems: 2 },
    'a list whose items are "a" or "b" with 2 items',
  ],
  [{ anyOf: [{ type: 'string' }, { type: 'integer' }] }, 'a string, or an integer'],
  [{}, 'any value'],
  [false, 'nothing here'],
])('%j is %s', (schema, words) => {
  expect(describeSchema(schema)).toBe(words);
});
