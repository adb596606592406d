// Trees of tensors: structure, leaves and what does not fit.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TensorValue, type Tree, tensorType, tree } from '../src/index.js';
import { double } from './values.js';

const { leaves, map, paths, structureOf, unflatten } = tree;

const leafArbitrary = fc.double({ noNaN: true }).map((value) => double([], [value]));
const treeArbitrary = fc.letrec<{ tree: Tree<TensorValue> }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    leafArbitrary,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie('tree'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).tree;

describe('laws', () => {
  it('unflatten is the inverse of leaves', () => {
    fc.assert(
      fc.property(treeArbitrary, (t) => {
        expect(unflatten(structureOf(t), leaves(t))).toEqual(t);
      }),
    );
  });

  it('every leaf has its own path', () => {
    fc.assert(
      fc.property(treeArbitrary, (t) => {
        const names = paths(structureOf(t));
        expect(new Set(names).size).toBe(leaves(t).length);
      }),
    );
  });
});

describe('leaves', () => {
  const [a, b, c] = [double([], [1]), double([], [2]), double([], [3])];

  it('go depth first, and have dotted paths', () => {
    const t = { layers: [{ weight: a, bias: b }], scale: c };
    expect(leaves<TensorValue>(t)).toEqual([a, b, c]);
    expect(paths(structureOf(t))).toEqual(['layers.0.weight', 'layers.0.bias', 'scale']);
    expect(paths(structureOf(a))).toEqual(['']);
  });

  it('follow the keys of the given structure, not of the record', () => {
    expect(leaves<TensorValue>({ y: b, x: a }, structureOf({ x: a, y: b }))).toEqual([a, b]);
  });

  it('are distinguished from records with the same keys', () => {
    expect(structureOf({ data: a, type: b })).toMatchObject({ kind: 'record', keys: ['data', 'type'] });
    expect(structureOf({ dtype: a, shape: b })).toMatchObject({ kind: 'record' });
    expect(structureOf(tensorType('int32', [2]))).toEqual({ kind: 'leaf' });
  });

  it('are mapped together by key', () => {
    const difference = map(
      (x: TensorValue, y: TensorValue) => x.data[0]! - y.data[0]!,
      { x: a, y: [b] },
      { y: [c], x: c },
    );
    expect(difference).toEqual({ x: -2, y: [-1] });
  });
});

describe('errors name the place', () => {
  const a = double([], [1]);
  const structure = structureOf({ list: [a, a], leaf: a });

  it.each<[unknown, string | RegExp]>([
    [{ list: [a, a] }, "missing 'leaf' at the top; expected the keys list, leaf"],
    [{ list: [a, a], leaf: a, more: a }, "unexpected 'more' at the top; expected the keys list, leaf"],
    [{ list: [a], leaf: a }, "expected 2 items at 'list', got 1"],
    [{ list: a, leaf: a }, "expected an array at 'list', got a tensor"],
    [{ list: [a, 3], leaf: a }, /expected a tensor at 'list.1', got the number 3.*scalar\(\)/],
    [{ list: [a, a], leaf: [a] }, "expected a tensor at 'leaf', got an array"],
    [a, 'expected a record at the top, got a tensor'],
  ])('case %#', (value, message) => {
    expect(() => leaves(value as never, structure)).toThrow(message);
  });

  it('rejects other values in a tree', () => {
    const bad = (value: unknown) => () => structureOf({ x: [value] } as never);
    expect(bad(undefined)).toThrow("got undefined at 'x.0'");
    expect(bad('text')).toThrow("got the string text at 'x.0'");
    expect(bad(new Map())).toThrow("got a Map at 'x.0'");
    expect(bad(new Float64Array(2))).toThrow("got a Float64Array at 'x.0'");
    expect(() => structureOf(1 as never, 'the state')).toThrow(/^the state: .*got the number 1 at the top/);
  });
});
