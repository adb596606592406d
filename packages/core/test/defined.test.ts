import { expect, it } from 'vitest';
import { defined } from '../src/defined.js';
import { canonicalJson } from '../src/json.js';

it('drops undefined properties and nothing else', () => {
  const record = { a: undefined, b: null, c: 0, d: '', e: false, f: Number.NaN };
  expect(Object.entries(defined(record))).toEqual(Object.entries(record).slice(1));
});

it('gives records that hash as if the property were never set', () => {
  const budget = (epochs: number, seconds?: number) => defined({ epochs, seconds });
  expect(budget(3)).toStrictEqual({ epochs: 3 });
  expect(canonicalJson({ ...budget(3) })).toBe('{"epochs":3}');
  expect(canonicalJson({ ...budget(3, 2) })).toBe('{"epochs":3,"seconds":2}');
});

it('keeps the order of the properties', () => {
  expect(Object.keys(defined({ z: 1, y: undefined, x: 2, a: 3 }))).toEqual(['z', 'x', 'a']);
});
