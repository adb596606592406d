// Network pieces: values against their definitions, derivatives, and errors on misuse.

import { describe, expect, it } from 'vitest';
import {
  averagePool2d,
  constant,
  embedding,
  grad,
  layerNorm,
  matmul,
  maxPool2d,
  mul,
  oneHot,
  select,
  softmax,
  square,
  sum,
  type Tensor,
  type TensorValue,
  tensorType,
  trace,
  vjp,
} from '../src/index.js';
import { type Case, checkDerivatives, compute } from './check-derivatives.js';
import { POOLS } from './onnx-reference/windows.js';
import { bool, double, float64, int32 } from './values.js';

/** (x - mean) / sqrt(variance + epsilon) of each group of elements. */
function normalized(
  { data }: TensorValue,
  groups: readonly (readonly number[])[],
  epsilon: number,
): number[] {
  const result: number[] = [];
  for (const group of groups) {
    const mean = group.reduce((total, i) => total + data[i]!, 0) / group.length;
    const variance = group.reduce((total, i) => total + (data[i]! - mean) ** 2, 0) / group.length;
    for (const i of group) result[i] = (data[i]! - mean) / Math.sqrt(variance + epsilon);
  }
  return result;
}

const MATRIX = float64([2, 3]);
const LAYER_NORM: Case[] = [
  {
    name: 'over the last axis',
    fn: (x) => layerNorm(x!),
    inputs: [MATRIX],
    expected: normalized(
      MATRIX,
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
      1e-5,
    ),
  },
  {
    name: 'over the first axis, another epsilon',
    fn: (x) => layerNorm(x!, { axes: [0], epsilon: 0.5 }),
    inputs: [MATRIX],
    expected: normalized(
      MATRIX,
      [
        [0, 3],
        [1, 4],
        [2, 5],
      ],
      0.5,
    ),
  },
  {
    name: 'over two axes',
    fn: (x) => layerNorm(x!, { axes: [-1, -2] }),
    inputs: [float64([2, 2, 3])],
    expected: normalized(
      float64([2, 2, 3]),
      [
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 9, 10, 11],
      ],
      1e-5,
    ),
  },
];

const AVERAGE_POOL: Case[] = POOLS.map(({ name, x, params }) => ({
  name: `averagePool2d: ${name}`,
  // Squared: an average alone is linear.
  fn: (a) => averagePool2d(square(a!), params),
  inputs: [float64(x)],
}));

const EMBEDDING: Case[] = [
  {
    name: 'indices along two axes, one of them twice',
    fn: (table, indices) => embedding(table!, indices!),
    inputs: [double([3, 2], [1, 2, 3, 4, 5, 6]), int32([2, 2], [2, 0, 0, 1])],
    expected: [5, 6, 1, 2, 1, 2, 3, 4],
  },
  {
    name: 'one index',
    fn: (table, index) => square(embedding(table!, index!)),
    inputs: [float64([3, 2]), int32([], [1])],
  },
  {
    name: 'a table of numbers',
    fn: (table, indices) => embedding(table!, indices!),
    inputs: [double([3], [7, 8, 9]), int32([1, 3], [2, 2, 1])],
    expected: [9, 9, 8],
  },
];

/** Causal self-attention with one head: each character sees itself and those before it. */
function attention(x: Tensor, query: Tensor, key: Tensor, value: Tensor): Tensor {
  const scores = matmul(matmul(x, query), matmul(x, key), { transposeB: true });
  const causal = constant(bool([3, 3], [1, 0, 0, 1, 1, 0, 1, 1, 1]));
  return matmul(softmax(select(causal, scores, Number.NEGATIVE_INFINITY)), matmul(x, value));
}

const ATTENTION: Case[] = [
  {
    name: 'causal attention',
    fn: attention as Case['fn'],
    inputs: [float64([2, 3, 2]), ...[2, 3, 4].map((seed) => float64([2, 2], { seed }))],
  },
];

describe.each([
  ['layerNorm', LAYER_NORM],
  ['averagePool2d', AVERAGE_POOL],
  ['embedding', EMBEDDING],
  ['attention', ATTENTION],
] as const)('%s', (_, cases) => {
  it.each(cases)('$name', (example) => {
    checkDerivatives(example);
  });
});

describe('layerNorm', () => {
  it('does not depend on shift and scale, except through epsilon', () => {
    const plain = compute((x: Tensor) => layerNorm(x, { epsilon: 0 }), double([1, 4], [1, 2, 4, 8]));
    const moved = compute((x: Tensor) => layerNorm(x, { epsilon: 0 }), double([1, 4], [13, 16, 22, 34]));
    for (const [i, value] of plain[0]!.entries()) expect(moved[0]![i]).toBeCloseTo(value, 14);
  });
});

describe('matmul', () => {
  it('multiplies a batch by a matrix as one product, and accumulates its gradient in one', () => {
    const { program } = trace(
      (x: Tensor, w: Tensor, u: Tensor) => {
        const { value, vjp: back } = vjp((v: Tensor) => matmul(x, v), w);
        return [value, back(u)];
      },
      tensorType('float32', [8, 5, 3]),
      tensorType('float32', [3, 2]),
      tensorType('float32', [8, 5, 2]),
    );
    const products = program.equations.filter(({ primitive }) => primitive === 'matmul');
    expect(products.map(({ outputs }) => outputs[0]!.type.shape)).toEqual([
      [40, 2],
      [3, 2],
    ]);
    const rest = program.equations.filter(({ primitive }) => primitive !== 'matmul');
    expect(new Set(rest.map(({ primitive }) => primitive))).toEqual(new Set(['reshape']));
  });
});

describe('attention', () => {
  it('lets the first position see only itself, and gives no weight to later ones', () => {
    const identity = double([2, 2], [1, 0, 0, 1]);
    const x = (last: number) => double([1, 3, 2], [1, 2, 3, -1, 0.5, last]);
    const [before, after] = [x(4), x(-7)].map(
      (input) => compute(attention, input, identity, identity, identity)[0]!,
    );
    expect(before!.slice(0, 2)).toEqual([1, 2]);
    expect(before!.slice(0, 4)).toEqual(after!.slice(0, 4));
    expect(before!.slice(4)).not.toEqual(after!.slice(4));
  });
});

describe('oneHot', () => {
  it('accepts indices of any shape; an index out of range gives zeros', () => {
    const rows = compute((i: Tensor) => oneHot(i, 3, 'float64'), int32([2, 2], [0, 2, 3, -1]));
    expect(rows).toEqual([[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]]);
    const row = compute((i: Tensor) => oneHot(i, 2, 'int32'), int32([], [1]));
    expect(row).toEqual([[0, 1]]);
  });
});

describe('maxPool2d', () => {
  it('gives the derivative of equal elements to the first, in row-major order', () => {
    const gradient = compute(
      grad((x: Tensor) => sum(mul(maxPool2d(x, { window: 2 }), constant(double([2], [3, 5]))))),
      double([1, 1, 2, 4], [0, 4, 1, 1, 4, 4, 1, 1]),
    );
    expect(gradient).toEqual([[0, 3, 5, 0, 0, 0, 0, 0]]);
  });
});

describe('misuse', () => {
  const f64 = (...shape: number[]) => tensorType('float64', shape);
  const i32 = (...shape: number[]) => tensorType('int32', shape);
  it.each([
    [/^oneHot: expected int32.*got float64\[3\]/, (i: Tensor) => oneHot(i, 2, 'float64'), f64(3)],
    [/^oneHot: classes: .*got 0/, (i: Tensor) => oneHot(i, 0, 'float64'), i32(3)],
    [/^embedding: expected int32.*got float64\[3\]/, (i: Tensor) => embedding(i, i), f64(3)],
    [/^layerNorm: expected float, got int32\[3\]/, (x: Tensor) => layerNorm(x), i32(3)],
    [/^layerNorm: epsilon: .*got -1/, (x: Tensor) => layerNorm(x, { epsilon: -1 }), f64(3)],
    [/axis 1 of .*expected -1 to 0/, (x: Tensor) => layerNorm(x, { axes: [1] }), f64(3)],
  ])('%s', (message, fn, type) => {
    expect(() => trace(fn, type)).toThrow(message);
  });
});
