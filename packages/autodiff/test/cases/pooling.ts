// Cases of pooling; their values are in windows.test.ts.

import type { Primitive, Tensor } from '../../src/index.js';
import { maxPool2d } from '../../src/index.js';
import { emit1 } from '../../src/trace.js';
import type { Case } from '../check-derivatives.js';
import { heightAndWidth, POOLS, type PoolExample } from '../onnx-reference/windows.js';
import { double, float64, int32 } from '../values.js';

const cases = (make: (example: PoolExample) => Pick<Case, 'fn' | 'inputs'>): Case[] =>
  POOLS.map((example) => ({ name: example.name, ...make(example) }));

export const POOLING = {
  maxPool2d: [
    // No two values are equal: where there are ties, finite differences have no limit.
    ...cases(({ x, params }) => ({ fn: (a) => maxPool2d(a!, params), inputs: [float64(x)] })),
    {
      name: 'windows that share their maximum',
      fn: (x: Tensor) => maxPool2d(x, { window: [1, 2], strides: 1 }),
      inputs: [double([1, 1, 1, 4], [1, 5, 2, 3])],
      expected: [5, 5, 3],
    },
  ],
  maxPool2dTake: cases(({ x, y, positions, params }) => ({
    fn: (a, at) => emit1('maxPool2dTake', params, [a!, at!]),
    inputs: [float64(x), int32(y, positions)],
  })),
  maxPool2dScatter: cases(({ x, y, positions, params }) => ({
    fn: (b, at) => emit1('maxPool2dScatter', { ...params, inputSize: heightAndWidth(x) }, [b!, at!]),
    inputs: [float64(y), int32(y, positions)],
  })),
} satisfies Partial<Record<Primitive, readonly Case[]>>;
