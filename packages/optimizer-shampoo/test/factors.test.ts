// Factors and products along axes, against plain loops over a tensor of three axes.

import { type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { describe, expect, it } from 'vitest';
import { alongAxis, gram, joinBlocks, splitBlocks, squeezedShape } from '../src/factors.js';

const SHAPE = [2, 3, 4] as const;
const G = Array.from({ length: 24 }, (_, i) => Math.sin(3 * i + 1));
const at = (i: readonly number[]) => (i[0]! * 3 + i[1]!) * 4 + i[2]!;
const INDICES = G.map((_, i) => [Math.floor(i / 12), Math.floor(i / 4) % 3, i % 4]);
const withAxis = (index: readonly number[], axis: number, k: number) =>
  index.map((x, other) => (other === axis ? k : x));

const run = (fn: (x: Tensor) => Tensor | readonly Tensor[]) => {
  const { program } = trace(fn, { dtype: 'float64', shape: [...SHAPE] });
  return evaluate(program, [tensorValue('float64', [...SHAPE], G)]);
};
const numbers = (fn: (x: Tensor) => Tensor) => [...run(fn)[0]!.data];
const close = (got: readonly number[], expected: readonly number[]) => {
  expect(got).toHaveLength(expected.length);
  for (const [i, x] of expected.entries()) expect(got[i]).toBeCloseTo(x, 12);
};

describe.each([0, 1, 2])('along axis %i', (axis) => {
  const n = SHAPE[axis]!;

  it('sums the products of slices', () => {
    const expected = Array.from({ length: n * n }, () => 0);
    for (const index of INDICES)
      for (let k = 0; k < n; k++)
        expected[index[axis]! * n + k]! += G[at(index)]! * G[at(withAxis(index, axis, k))]!;
    close(
      numbers((x) => gram(x, axis)),
      expected,
    );
  });

  it('multiplies every fibre', () => {
    const M = Array.from({ length: n * n }, (_, i) => Math.cos(i * i));
    const expected = (transposed: boolean) =>
      INDICES.map((index) =>
        Array.from({ length: n }, (_, k) => {
          const [row, column] = transposed ? [k, index[axis]!] : [index[axis]!, k];
          return M[row * n + column]! * G[at(withAxis(index, axis, k))]!;
        }).reduce((a, b) => a + b),
      );
    for (const transposed of [false, true]) {
      const { program } = trace(
        (m: Tensor, x: Tensor) => alongAxis(m, x, axis, { transposed }),
        {
          dtype: 'float64',
          shape: [n, n],
        },
        { dtype: 'float64', shape: [...SHAPE] },
      );
      const [got] = evaluate(program, [
        tensorValue('float64', [n, n], M),
        tensorValue('float64', [...SHAPE], G),
      ]);
      close([...got!.data], expected(transposed));
    }
  });
});

it.each([1, 2, 3, 5])('cuts into blocks of at most %i, and joins them', (size) => {
  const blocks = run((x) => splitBlocks(x, size));
  expect(blocks).toHaveLength(SHAPE.map((n) => Math.ceil(n / size)).reduce((a, b) => a * b));
  expect(Math.max(...blocks.flatMap(({ type }) => type.shape))).toBe(Math.min(size, 4));
  close(
    numbers((x) => joinBlocks(splitBlocks(x, size), SHAPE, size)),
    G,
  );
});

it('counts no axis of length 1', () => {
  expect([[4, 1, 3], [1, 1], [], [5]].map(squeezedShape)).toEqual([[4, 3], [1], [1], [5]]);
});
