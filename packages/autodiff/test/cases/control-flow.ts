// Cases of loops and branches.

import * as ops from '../../src/index.js';
import { cond, type Tensor, whileLoop } from '../../src/index.js';
import type { Case } from '../check-derivatives.js';
import { bool, double, float64, int32 } from '../values.js';

/** x -> sin(x) y, n times. */
function repeated(n: Tensor, x: Tensor, y: Tensor): Tensor {
  return whileLoop(
    ({ k }) => ops.less(k, n),
    ({ k, value }) => ({ k: ops.add(k, 1), value: ops.mul(ops.sin(value), y) }),
    { k: ops.scalar(0, 'int32'), value: x },
  ).value;
}

/** A direction that reaches `far` only in the second iteration, by way of `near`. */
function relayed(x: Tensor): Tensor {
  const { far } = whileLoop(
    ({ k }) => ops.less(k, 3),
    ({ k, near, far }) => ({
      k: ops.add(k, 1),
      near: ops.mul(near, x),
      far: ops.add(far, ops.square(near)),
    }),
    { k: ops.scalar(0, 'int32'), near: ops.full([2], 1, 'float64'), far: ops.zeros([2], 'float64') },
  );
  return far;
}

/** Newton's iteration for the square root, until it has converged. */
function newton(x: Tensor): Tensor {
  return whileLoop(
    (root) => ops.less(1e-12, ops.max(ops.abs(ops.sub(ops.square(root), x)))),
    (root) => ops.mul(0.5, ops.add(root, ops.div(x, root))),
    ops.add(ops.mul(x, 0), 1),
  );
}

function nestedLoops(x: Tensor): Tensor {
  return whileLoop(
    ({ k }) => ops.less(k, 2),
    ({ k, value }) => ({
      k: ops.add(k, 1),
      value: repeated(ops.add(k, 1), ops.mul(value, x), x),
    }),
    { k: ops.scalar(0, 'int32'), value: x },
  ).value;
}

const branches = (p: Tensor, x: Tensor, y: Tensor): Tensor =>
  cond(
    p,
    () => ops.mul(ops.sin(x), y),
    () => ops.square(x),
  );

/** The value of the inner branch enters a nonlinear function in the outer one. */
const nestedBranches = (p: Tensor, q: Tensor, x: Tensor): Tensor =>
  cond(
    p,
    () => ops.square(branches(q, x, ops.exp(x))),
    () => ops.sin(branches(p, x, x)),
  );

/** A branch of which one side depends on x alone. */
const oneSided = (p: Tensor, x: Tensor): Tensor =>
  cond(
    p,
    () => ops.full([2], 3, 'float64'),
    () => ops.square(x),
  );

const onBoth = (name: string, make: (p: number) => Case): Case[] =>
  [1, 0].map((p) => ({ ...make(p), name: `${name}, ${p ? 'true' : 'false'}` }));

export const CONTROL_FLOW = {
  while: [
    {
      name: 'no iteration',
      fn: repeated,
      inputs: [int32([], [0]), double([2], [0.3, 2]), float64([2])],
      expected: [0.3, 2],
      forwardOnly: true,
    },
    {
      name: 'three iterations',
      fn: repeated,
      inputs: [int32([], [3]), double([1], [0.3]), double([1], [1.5])],
      expected: [1.5 * Math.sin(1.5 * Math.sin(1.5 * Math.sin(0.3)))],
      forwardOnly: true,
    },
    // far = 1 + x^2 + x^4
    {
      name: 'a direction that spreads',
      fn: relayed,
      inputs: [double([2], [2, 3])],
      expected: [21, 91],
      forwardOnly: true,
    },
    { name: 'to convergence', fn: newton, inputs: [double([2], [2, 3])], forwardOnly: true },
    { name: 'a loop in a loop', fn: nestedLoops, inputs: [float64([2])], forwardOnly: true },
    {
      name: 'a branch in a loop',
      fn: (n: Tensor, x: Tensor) =>
        whileLoop(
          ({ k }) => ops.less(k, n),
          ({ k, value }) => ({ k: ops.add(k, 1), value: branches(ops.equal(k, 1), value, x) }),
          { k: ops.scalar(0, 'int32'), value: x },
        ).value,
      inputs: [int32([], [3]), float64([2])],
      forwardOnly: true,
    },
  ],
  cond: [
    ...onBoth('two captures', (p) => ({
      name: '',
      fn: branches,
      inputs: [bool([], [p]), double([2], [1, 2]), double([2], [3, 4])],
      expected: p ? [3 * Math.sin(1), 4 * Math.sin(2)] : [1, 4],
    })),
    ...onBoth('one side', (p) => ({ name: '', fn: oneSided, inputs: [bool([], [p]), float64([2])] })),
    ...onBoth('nested, inner true', (p) => ({
      name: '',
      fn: nestedBranches,
      inputs: [bool([], [p]), bool([], [1]), float64([2])],
    })),
    ...onBoth('nested, inner false', (p) => ({
      name: '',
      fn: nestedBranches,
      inputs: [bool([], [p]), bool([], [0]), float64([2])],
    })),
    {
      name: 'on the varying input',
      fn: (x: Tensor) => branches(ops.less(0, ops.sum(x)), x, x),
      inputs: [double([2], [0.5, 2])],
    },
  ],
} satisfies Partial<Record<ops.Primitive, readonly Case[]>>;
