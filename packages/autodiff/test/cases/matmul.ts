// Cases of the matrix product: every pair of transposes, with and without a batch.

import type { Shape, Tensor, TensorValue } from '../../src/index.js';
import * as ops from '../../src/index.js';
import type { Case } from '../check-derivatives.js';
import { double, float64 } from '../values.js';

const [M, K, N] = [2, 3, 4];
const FLAGS = [false, true];

/** sum_k a[b,i,k] b[b,k,j], by its definition. */
function plainProduct(a: TensorValue, b: TensorValue, transposeA: boolean, transposeB: boolean): number[] {
  const result: number[] = [];
  for (let batch = 0; batch < a.data.length / (M * K); batch++) {
    for (let i = 0; i < M; i++) {
      for (let j = 0; j < N; j++) {
        let total = 0;
        for (let k = 0; k < K; k++) {
          const left = a.data[batch * M * K + (transposeA ? k * M + i : i * K + k)]!;
          total += left * b.data[batch * K * N + (transposeB ? j * K + k : k * N + j)]!;
        }
        result.push(total);
      }
    }
  }
  return result;
}

function products(batch: Shape): Case[] {
  return FLAGS.flatMap((transposeA) =>
    FLAGS.map((transposeB) => {
      const a = float64([...batch, ...(transposeA ? [K, M] : [M, K])]);
      const b = float64([...batch, ...(transposeB ? [N, K] : [K, N])], { seed: 2 });
      return {
        name: `batch [${batch}]${transposeA ? ", A'" : ''}${transposeB ? ", B'" : ''}`,
        fn: (x: Tensor, y: Tensor) => ops.matmul(x, y, { transposeA, transposeB }),
        inputs: [a, b],
        expected: plainProduct(a, b, transposeA, transposeB),
      };
    }),
  );
}

/** Leading axes that differ: each product is that of a batch of copies, written out. */
function broadcastProducts(batchA: Shape, batchB: Shape): Case[] {
  const batch = ops.broadcastShapes(batchA, batchB)!;
  return FLAGS.flatMap((transposeA) =>
    FLAGS.map((transposeB) => {
      const a = float64([...batchA, ...(transposeA ? [K, M] : [M, K])]);
      const b = float64([...batchB, ...(transposeB ? [N, K] : [K, N])], { seed: 2 });
      const [wholeA, wholeB] = [repeated(a, batch), repeated(b, batch)];
      return {
        name: `batches [${batchA}] and [${batchB}]${transposeA ? ", A'" : ''}${transposeB ? ", B'" : ''}`,
        fn: (x: Tensor, y: Tensor) => ops.matmul(x, y, { transposeA, transposeB }),
        inputs: [a, b],
        expected: plainProduct(wholeA, wholeB, transposeA, transposeB),
      };
    }),
  );
}

/** The matrices of a batch of at most two axes, repeated along those that broadcast. */
function repeated(x: TensorValue, batch: Shape): TensorValue {
  const size = x.type.shape.slice(-2).reduce((p, n) => p * n, 1);
  const own = [1, 1, ...x.type.shape.slice(0, -2)].slice(-2) as [number, number];
  const [outer, inner] = [1, 1, ...batch].slice(-2) as [number, number];
  const values: number[] = [];
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      const start = ((own[0] === 1 ? 0 : i) * own[1] + (own[1] === 1 ? 0 : j)) * size;
      values.push(...x.data.subarray(start, start + size));
    }
  }
  return double([...batch, ...x.type.shape.slice(-2)], values);
}

export const MATMUL = {
  matmul: [
    ...products([]),
    ...products([2]),
    ...products([2, 1, 3]),
    ...broadcastProducts([2], []),
    ...broadcastProducts([], [2]),
    ...broadcastProducts([2, 3], []),
    ...broadcastProducts([2, 1], [3]),
    ...broadcastProducts([2, 3], [1, 3]),
    ...FLAGS.flatMap((transposeA) =>
      FLAGS.map((transposeB) => ({
        name: `with itself${transposeA ? ", A'" : ''}${transposeB ? ", B'" : ''}`,
        fn: (x: Tensor) => ops.matmul(x, x, { transposeA, transposeB }),
        inputs: [float64([3, 3])],
      })),
    ),
    {
      name: 'an inner size of 1',
      fn: (a: Tensor, b: Tensor) => ops.matmul(a, b),
      inputs: [float64([2, 1]), float64([1, 3], { seed: 2 })],
    },
  ],
} satisfies Partial<Record<ops.Primitive, readonly Case[]>>;
