// Random numbers of programs: every engine draws the same bits, in loops and branches as outside them.

import * as ops from '@gaussmark/autodiff';
import { type Tensor, tensorValue, whileLoop } from '@gaussmark/autodiff';
import {
  bits,
  fold,
  integers,
  keys,
  normal,
  permutation,
  rademacher,
  uniform,
} from '@gaussmark/random/program';
import type { FlowExample } from './control-flow.js';
import { FLOATS } from './dtypes.js';

const KEY = tensorValue('int32', [2], [7, -8]);

/** Draws under the keys of three iterations: the last normal numbers, and sums of signs, which are exact. */
const inLoop = (dtype: 'float32' | 'float64') => (key: Tensor) =>
  whileLoop(
    ({ k }) => ops.less(k, 3),
    ({ k, signs }) => {
      const own = fold(key, k);
      return {
        k: ops.add(k, 1),
        last: normal(fold(own, 'normal'), [3], dtype),
        signs: ops.add(signs, rademacher(own, [3], dtype)),
      };
    },
    { k: ops.scalar(0, 'int32'), last: ops.zeros([3], dtype), signs: ops.zeros([3], dtype) },
    { name: 'draws' },
  );

export const RANDOM: readonly FlowExample[] = [
  ...FLOATS.flatMap((dtype): FlowExample[] => [
    {
      name: 'uniform, normal, Rademacher',
      dtype,
      fn: (key) => [uniform(key, [9], dtype), normal(key, [2000], dtype), rademacher(key, [5, 13], dtype)],
      inputs: [KEY],
    },
    {
      name: 'a key for each example',
      dtype,
      fn: (key) => ops.vmap((own: Tensor) => normal(own, [3], dtype))(keys(key, 5)),
      inputs: [KEY],
    },
    { name: 'in a loop', dtype, fn: inLoop(dtype), inputs: [KEY], iterations: { draws: 3 } },
  ]),
  {
    name: 'words, integers, an order',
    dtype: 'int32',
    fn: (key) => [
      bits(key, [2, 3]),
      integers(key, [50], -3, 2 ** 20),
      integers(key, [50], 0, 10),
      permutation(key, 40),
    ],
    inputs: [KEY],
  },
];
