// Vectors: packing a tree into one tensor, and back.

import { describe, expect, it } from 'vitest';
import { add, type Tensor, tensorType, tensorValue, trace, vector } from '../src/index.js';
import { evaluate } from '../src/reference.js';

const TREE = {
  weight: tensorType('float64', [2, 2]),
  bias: tensorType('float64', [3]),
  scale: tensorType('float64'),
};
type Params = { weight: Tensor; bias: Tensor; scale: Tensor };

describe('packed vectors', () => {
  it('hold the leaves one after the other, in row-major order', () => {
    const { program } = trace((a: Params) => vector.pack(a), TREE);
    const values = [
      tensorValue('float64', [2, 2], [1, 2, 3, 4]),
      tensorValue('float64', [3], [5, 6, 7]),
      tensorValue('float64', [], [8]),
    ];
    expect([...evaluate(program, values)[0]!.data]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('become trees again', () => {
    const { program } = trace(
      (a: Params) => vector.unpack(add(vector.pack(a), 10), a) as unknown as Params,
      TREE,
    );
    const values = program.inputs.map(({ type }, i) =>
      tensorValue(
        'float64',
        type.shape,
        type.shape.length === 0 ? [i] : new Array(type.shape[0]! * (type.shape[1] ?? 1)).fill(i),
      ),
    );
    const results = evaluate(program, values);
    expect(results.map(({ type }) => type.shape)).toEqual([[2, 2], [3], []]);
    expect(results.map(({ data }) => [...data])).toEqual([[10, 10, 10, 10], [11, 11, 11], [12]]);
  });

  it('have as many elements as the tree', () => {
    const wrong = (v: Tensor, a: Params) => vector.unpack(v, a) as unknown as Params;
    for (const shape of [[9], [7], [2, 4]]) {
      expect(() => trace(wrong, tensorType('float64', shape), TREE)).toThrow(
        `expected a vector of 8 elements, got [${shape.join(',')}]`,
      );
    }
  });
});
