// Cases of loops and branches.

import * as ops from '../../src/index.js';
import { cond, scan, type Tensor, whileLoop } from '../../src/index.js';
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

/** h -> tanh(W h + x), from h; the last state, and all states summed. */
function recurrent(w: Tensor, h: Tensor, xs: Tensor, reverse = false): Tensor {
  const { carry, ys } = scan(
    (state: Tensor, x: Tensor) => {
      const next = ops.tanh(ops.add(ops.sum(ops.mul(w, state), { axes: [1] }), x));
      return { carry: next, y: next };
    },
    h,
    xs,
    { reverse },
  );
  return ops.add(carry, ops.sum(ops.mul(ys, ops.add(xs, 2)), { axes: [0] }));
}

/** x^1, x^2, ..., x^n, with nothing to go over. */
const powers = (x: Tensor, n: number): Tensor =>
  scan(
    (power: Tensor) => {
      const next = ops.mul(power, x);
      return { carry: next, y: next };
    },
    ops.full(x.shape, 1, 'float64'),
    [],
    { length: n },
  ).ys;

/** The direction of x reaches `far` only in the second iteration; `k` is an integer. */
function relayedByScan(x: Tensor): Tensor {
  const { carry, ys } = scan(
    ({ k, near, far }, weight: Tensor) => ({
      carry: {
        k: ops.add(k, 1),
        near: ops.mul(near, x),
        far: ops.add(far, ops.mul(weight, ops.square(near))),
      },
      y: ops.add(ops.cast(k, 'float64'), ops.sum(far)),
    }),
    { k: ops.scalar(0, 'int32'), near: ops.full([2], 1, 'float64'), far: ops.zeros([2], 'float64') },
    ops.constant(double([3], [0.5, -1, 2])),
  );
  return ops.add(carry.far, ops.sum(ys));
}

/** A scan over the rows of a matrix, and in it one over their elements. */
const nestedScans = (x: Tensor, y: Tensor): Tensor =>
  scan(
    (total: Tensor, row: Tensor) => {
      const inner = scan(
        (sum: Tensor, element: Tensor) => ({
          carry: ops.sin(ops.add(sum, ops.mul(element, y))),
          y: ops.mul(sum, y),
        }),
        total,
        row,
      );
      return { carry: inner.carry, y: ops.sum(inner.ys, { axes: [0] }) };
    },
    ops.zerosLike(y),
    x,
  ).ys;

/** Rows at indices, a branch on each, and captures that are used in one of them alone. */
const gathered = (x: Tensor, indices: Tensor, y: Tensor): Tensor =>
  scan(
    (total: Tensor, index: Tensor) => {
      const row = ops.reshape(ops.take(x, ops.reshape(index, [1])), [2]);
      const next = cond(
        ops.less(index, 1),
        () => ops.mul(total, ops.exp(row)),
        () => ops.add(total, ops.mul(y, row)),
      );
      return { carry: next, y: ops.mul(next, row) };
    },
    ops.sin(y),
    indices,
  ).ys;

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
  scan: [
    {
      name: 'a recurrent network',
      fn: (w: Tensor, h: Tensor, xs: Tensor) => recurrent(w, h, xs),
      inputs: [float64([2, 2]), float64([2], { seed: 2 }), float64([4, 2], { seed: 3 })],
    },
    {
      name: 'in reverse',
      fn: (w: Tensor, h: Tensor, xs: Tensor) => recurrent(w, h, xs, true),
      inputs: [float64([2, 2]), float64([2], { seed: 2 }), float64([3, 2], { seed: 3 })],
    },
    {
      name: 'one iteration',
      fn: (w: Tensor, h: Tensor, xs: Tensor) => recurrent(w, h, xs),
      inputs: [float64([2, 2]), float64([2]), float64([1, 2])],
    },
    {
      name: 'over nothing',
      fn: (x: Tensor) => powers(x, 3),
      inputs: [double([2], [0.5, 3])],
      expected: [0.5, 3, 0.25, 9, 0.125, 27],
    },
    { name: 'a direction that arrives late', fn: relayedByScan, inputs: [float64([2])] },
    { name: 'nested', fn: nestedScans, inputs: [float64([2, 3]), float64([2], { seed: 2 })] },
    {
      name: 'indices, branches and captures',
      fn: gathered,
      inputs: [float64([3, 2]), int32([4], [2, 0, 1, 0]), float64([2], { seed: 3 })],
    },
    {
      name: 'a loop in a scan',
      fn: (x: Tensor, n: Tensor) =>
        scan(
          (total: Tensor, element: Tensor) => ({
            carry: repeated(n, ops.add(total, element), element),
            y: total,
          }),
          ops.scalar(1, 'float64'),
          x,
        ).ys,
      inputs: [float64([3]), int32([], [2])],
      forwardOnly: true,
    },
    {
      name: 'a scan in a branch',
      fn: (p: Tensor, x: Tensor) =>
        cond(
          p,
          () => powers(ops.sin(x), 2),
          () => ops.broadcast(ops.square(x), [2, 2]),
        ),
      inputs: [bool([], [1]), float64([2])],
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
