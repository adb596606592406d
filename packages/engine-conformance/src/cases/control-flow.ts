// Loops and branches: no, one and many iterations, nested loops and branches, captures, computed conditions.

import * as ops from '@gaussmark/autodiff';
import {
  cond,
  type DType,
  type Primitive,
  type Tensor,
  type TensorValue,
  tensorValue,
  whileLoop,
} from '@gaussmark/autodiff';
import { randomValue } from '../values.js';
import { ALL, FLOATS } from './dtypes.js';

/** A function on values, and the expected iterations of its outermost loops. */
export interface FlowExample {
  readonly name: string;
  readonly dtype: DType;
  readonly fn: (...inputs: Tensor[]) => ops.Tree<Tensor>;
  readonly inputs: readonly TensorValue[];
  readonly iterations?: Readonly<Record<string, number>>;
}

const count = (n: number) => tensorValue('int32', [], [n]);
const bool = (value: boolean) => tensorValue('bool', [], [Number(value)]);

/** x -> tanh(x) y, n times. */
function repeated(n: Tensor, x: Tensor, y: Tensor, name = 'repeated'): Tensor {
  return whileLoop(
    ({ k }) => ops.less(k, n),
    ({ k, value }) => ({ k: ops.add(k, 1), value: ops.mul(ops.tanh(value), y) }),
    { k: ops.scalar(0, 'int32'), value: x },
    { name },
  ).value;
}

/** Newton's iteration for square roots, until no value changes by more than 0.1 %. */
function roots(x: Tensor): Tensor {
  return whileLoop(
    (root) => ops.less(1e-3, ops.max(ops.abs(ops.sub(ops.div(x, ops.square(root)), 1)))),
    (root) => ops.mul(0.5, ops.add(root, ops.div(x, root))),
    ops.add(ops.mul(x, 0), 1),
    { name: 'roots' },
  );
}

/** A scan: entry k of the history is the value after k iterations; the capacity exceeds their number. */
function history(n: Tensor, x: Tensor): ops.Tree<Tensor> {
  const capacity = 6;
  return whileLoop(
    ({ k }) => ops.less(k, n),
    ({ k, value, values }) => {
      const next = ops.mul(value, 0.5);
      const here = ops.equal(ops.iota(capacity), k);
      return { k: ops.add(k, 1), value: next, values: ops.select(here, next, values) };
    },
    { k: ops.scalar(0, 'int32'), value: x, values: ops.zeros([capacity], x.dtype) },
    { name: 'history' },
  );
}

/** Conjugate gradients on a dense positive definite system, as in optimizers. */
function conjugateGradients(matrix: Tensor, b: Tensor): ops.Tree<Tensor> {
  const dot = (u: Tensor, v: Tensor) => ops.sum(ops.mul(u, v));
  const apply = (v: Tensor) =>
    ops.add(ops.reshape(ops.matmul(matrix, ops.reshape(v, [-1, 1])), v.shape), ops.mul(2, v));
  const { x, k } = whileLoop(
    ({ k, rr }) => ops.and(ops.less(k, 4), ops.less(1e-6, rr)),
    ({ k, x, r, p, rr }) => {
      const ap = apply(p);
      const alpha = ops.div(rr, dot(p, ap));
      const residual = ops.sub(r, ops.mul(alpha, ap));
      const next = dot(residual, residual);
      return {
        k: ops.add(k, 1),
        x: ops.add(x, ops.mul(alpha, p)),
        r: residual,
        p: ops.add(residual, ops.mul(ops.div(next, rr), p)),
        rr: next,
      };
    },
    { k: ops.scalar(0, 'int32'), x: ops.zerosLike(b), r: b, p: b, rr: dot(b, b) },
    { name: 'cg' },
  );
  return { x, k };
}

/** The inner loop's count, and what it captures, change from one outer iteration to the next. */
function nestedLoops(n: Tensor, x: Tensor): Tensor {
  return whileLoop(
    ({ k }) => ops.less(k, n),
    ({ k, value }) => ({ k: ops.add(k, 1), value: repeated(k, ops.add(value, x), x, 'inner') }),
    { k: ops.scalar(0, 'int32'), value: x },
    { name: 'outer' },
  ).value;
}

const branches = (p: Tensor, x: Tensor, y: Tensor): Tensor =>
  cond(
    p,
    () => ops.mul(ops.tanh(x), y),
    () => ops.square(x),
  );

function branchInLoop(n: Tensor, x: Tensor): Tensor {
  return whileLoop(
    ({ k }) => ops.less(k, n),
    ({ k, value }) => ({ k: ops.add(k, 1), value: branches(ops.equal(k, 1), value, x) }),
    { k: ops.scalar(0, 'int32'), value: x },
    { name: 'branching' },
  ).value;
}

/** Carries every dtype, and swaps two of the carried values. */
function exchanged(n: Tensor, ...carried: Tensor[]): ops.Tree<Tensor> {
  return whileLoop(
    ({ k }) => ops.less(k, n),
    ({ k, a, b, flag }) => ({ k: ops.add(k, 1), a: b, b: a, flag: ops.not(flag) }),
    { k: ops.scalar(0, 'int32'), a: carried[0]!, b: carried[1]!, flag: carried[2]! },
    { name: 'exchanged' },
  );
}

const loops = (dtype: 'float32' | 'float64'): FlowExample[] => {
  const [x, y] = [randomValue(dtype, [3], 1), randomValue(dtype, [3], 2, { low: 0.5, high: 1.5 })];
  const factor = randomValue(dtype, [6, 6], 4);
  const b = randomValue(dtype, [6], 5);
  const gram = (a: Tensor, v: Tensor) => conjugateGradients(ops.matmul(a, a, { transposeB: true }), v);
  return [
    ...[0, 1, 5].map((n) => ({
      name: `${n} iterations`,
      dtype,
      fn: (k: Tensor, a: Tensor, b: Tensor) => repeated(k, a, b),
      inputs: [count(n), x, y],
      iterations: { repeated: n },
    })),
    {
      name: 'until it has converged',
      dtype,
      fn: roots,
      inputs: [tensorValue(dtype, [3], [2, 3, 0.5])],
      iterations: { roots: 3 },
    },
    ...[0, 4, 6].map((n) => ({
      name: `a history of ${n}`,
      dtype,
      fn: history,
      inputs: [count(n), tensorValue(dtype, [], [3])],
      iterations: { history: n },
    })),
    { name: 'conjugate gradients', dtype, fn: gram, inputs: [factor, b], iterations: { cg: 4 } },
    {
      name: 'conjugate gradients on nothing',
      dtype,
      fn: gram,
      inputs: [factor, tensorValue(dtype, [6], new Array(6).fill(0))],
      iterations: { cg: 0 },
    },
    {
      name: 'a loop in a loop',
      dtype,
      fn: nestedLoops,
      inputs: [count(3), x],
      // The inner loop runs 0, 1 and 2 times; an engine need not host it.
      iterations: { outer: 3 },
    },
    { name: 'a loop in a loop that is not entered', dtype, fn: nestedLoops, inputs: [count(0), x] },
    {
      name: 'a branch in a loop',
      dtype,
      fn: branchInLoop,
      inputs: [count(3), x],
      iterations: { branching: 3 },
    },
    {
      name: 'a loop in a branch',
      dtype,
      fn: (p: Tensor, n: Tensor, a: Tensor, b: Tensor) =>
        cond(
          p,
          () => repeated(n, a, b),
          () => ops.add(a, b),
        ),
      inputs: [bool(true), count(2), x, y],
    },
    {
      name: 'the same tensor carried twice',
      dtype,
      fn: (n: Tensor, a: Tensor) => exchanged(n, a, a, ops.less(ops.sum(a), 0)),
      inputs: [count(2), x],
    },
    {
      name: 'two loops, the second on the result of the first',
      dtype,
      fn: (n: Tensor, a: Tensor, b: Tensor) => repeated(n, repeated(n, a, b, 'first'), b, 'second'),
      inputs: [count(2), x, y],
      iterations: { first: 2, second: 2 },
    },
  ];
};

/** Values of every dtype are carried and captured. */
const carriedDtypes = (): FlowExample[] =>
  ALL.flatMap((dtype) =>
    [0, 3].map((n) => ({
      name: `${dtype} values that change places, ${n} times`,
      dtype,
      fn: exchanged,
      inputs: [count(n), randomValue(dtype, [2, 3], 1), randomValue(dtype, [2, 3], 2), bool(true)],
      iterations: { exchanged: n },
    })),
  );

const conditions = (dtype: 'float32' | 'float64'): FlowExample[] => {
  const [x, y] = [randomValue(dtype, [3], 1), randomValue(dtype, [3], 2)];
  return [true, false].flatMap((p) => {
    const is = p ? 'true' : 'false';
    return [
      { name: `both branches capture, ${is}`, dtype, fn: branches, inputs: [bool(p), x, y] },
      {
        name: `one branch is constant, ${is}`,
        dtype,
        fn: (q: Tensor, a: Tensor) =>
          cond(
            q,
            () => ops.full([3], 3, dtype),
            () => ops.square(a),
          ),
        inputs: [bool(p), x],
      },
      {
        name: `a branch passes a capture through, ${is}`,
        dtype,
        fn: (q: Tensor, a: Tensor, b: Tensor) =>
          cond(
            q,
            () => [a, b],
            () => [b, a],
          ),
        inputs: [bool(p), x, y],
      },
      ...[true, false].map((inner) => ({
        name: `nested, ${is} and ${inner ? 'true' : 'false'}`,
        dtype,
        fn: (q: Tensor, r: Tensor, a: Tensor) =>
          cond(
            q,
            () => ops.square(branches(r, a, ops.exp(a))),
            () => ops.tanh(branches(r, a, a)),
          ),
        inputs: [bool(p), bool(inner), x],
      })),
      {
        name: `on what was computed, ${is}`,
        dtype,
        fn: (a: Tensor, b: Tensor) => branches(ops.less(ops.sum(a), p ? 100 : -100), a, b),
        inputs: [x, y],
      },
    ];
  });
};

/** The branches return integers, booleans, and empty values. */
const branchDtypes = (): FlowExample[] =>
  ALL.flatMap((dtype) =>
    [true, false].map((p) => ({
      name: `${dtype} values, ${p ? 'true' : 'false'}`,
      dtype,
      fn: (q: Tensor, a: Tensor, b: Tensor) =>
        cond(
          q,
          () => ops.reshape(a, [3, 2]),
          () => b,
        ),
      inputs: [bool(p), randomValue(dtype, [2, 3], 1), randomValue(dtype, [3, 2], 2)],
    })),
  );

type GruWeights = {
  readonly input: Tensor;
  readonly hidden: Tensor;
};

/** The successive states of a gated recurrent unit, [length, 3]. */
function gru({ input, hidden }: GruWeights, start: Tensor, xs: Tensor, reverse = false): Tensor {
  const width = start.shape[0]!;
  const gate = (z: Tensor, i: number) =>
    ops.reshape(ops.slice(z, [0, i * width], [1, (i + 1) * width]), [width]);
  return ops.scan(
    (state: Tensor, x: Tensor) => {
      const fromInput = ops.matmul(ops.reshape(x, [1, -1]), input);
      const fromState = ops.matmul(ops.reshape(state, [1, -1]), hidden);
      const both = (i: number) => ops.sigmoid(ops.add(gate(fromInput, i), gate(fromState, i)));
      const [reset, update] = [both(0), both(1)];
      const candidate = ops.tanh(ops.add(gate(fromInput, 2), ops.mul(reset, gate(fromState, 2))));
      const next = ops.add(ops.mul(update, state), ops.mul(ops.sub(1, update), candidate));
      return { carry: next, y: next };
    },
    start,
    xs,
    { name: 'gru', reverse },
  ).ys;
}

/** Each element and its predecessor, for every dtype. */
const delayed = (first: Tensor, xs: Tensor, reverse: boolean): ops.Tree<Tensor> =>
  ops.scan((before: Tensor, x: Tensor) => ({ carry: x, y: [before, x] as const }), first, xs, { reverse });

const scans = (dtype: 'float32' | 'float64'): FlowExample[] => {
  const [input, hidden] = [randomValue(dtype, [2, 9], 1), randomValue(dtype, [3, 9], 2)];
  const [start, xs] = [randomValue(dtype, [3], 3), randomValue(dtype, [5, 2], 4)];
  const states = (a: Tensor, b: Tensor, h: Tensor, x: Tensor) => gru({ input: a, hidden: b }, h, x);
  const x = randomValue(dtype, [3], 5);
  return [
    { name: 'a gated recurrent unit', dtype, fn: states, inputs: [input, hidden, start, xs] },
    {
      name: 'a gated recurrent unit, in reverse',
      dtype,
      fn: (a: Tensor, b: Tensor, h: Tensor, each: Tensor) => gru({ input: a, hidden: b }, h, each, true),
      inputs: [input, hidden, start, xs],
    },
    {
      name: 'the gradient of a gated recurrent unit',
      dtype,
      fn: (a: Tensor, b: Tensor, h: Tensor, each: Tensor) =>
        ops.grad((weights: GruWeights & { readonly start: Tensor; readonly xs: Tensor }) =>
          ops.sum(ops.square(gru(weights, weights.start, weights.xs))),
        )({ input: a, hidden: b, start: h, xs: each }),
      inputs: [input, hidden, start, xs],
    },
    {
      name: 'a batch of gated recurrent units',
      dtype,
      fn: (a: Tensor, b: Tensor, h: Tensor, each: Tensor) =>
        ops.vmap((one: { readonly h: Tensor; readonly xs: Tensor }) => states(a, b, one.h, one.xs))({
          h,
          xs: each,
        }),
      inputs: [input, hidden, randomValue(dtype, [4, 3], 6), randomValue(dtype, [4, 5, 2], 7)],
    },
    {
      name: 'over nothing',
      dtype,
      fn: (a: Tensor) =>
        ops.scan(
          ({ k, power }) => ({
            carry: { k: ops.add(k, 1), power: ops.mul(power, a) },
            y: ops.add(power, ops.cast(k, dtype)),
          }),
          { k: ops.scalar(0, 'int32'), power: a },
          [],
          { length: 4 },
        ),
      inputs: [x],
    },
    {
      name: 'one iteration',
      dtype,
      fn: states,
      inputs: [input, hidden, start, randomValue(dtype, [1, 2], 8)],
    },
    {
      name: 'a loop in a scan',
      dtype,
      fn: (ns: Tensor, a: Tensor) =>
        ops.scan((value: Tensor, n: Tensor) => ({ carry: repeated(n, value, a, 'inner'), y: value }), a, ns),
      inputs: [tensorValue('int32', [4], [2, 0, 1, 3]), x],
    },
    {
      name: 'a scan in a loop',
      dtype,
      fn: (n: Tensor, a: Tensor) =>
        whileLoop(
          ({ k }) => ops.less(k, n),
          ({ k, value }) => ({
            k: ops.add(k, 1),
            value: ops.scan(
              (sum: Tensor, each: Tensor) => ({ carry: ops.add(sum, each), y: ops.mul(sum, a) }),
              ops.sum(value, { axes: [0] }),
              value,
            ).ys,
          }),
          { k: ops.scalar(0, 'int32'), value: ops.broadcast(a, [3, 3]) },
          { name: 'scanning' },
        ).value,
      inputs: [count(2), x],
    },
    ...[true, false].map((p) => ({
      name: `a scan in a branch, and a branch in a scan, ${p ? 'true' : 'false'}`,
      dtype,
      fn: (q: Tensor, a: Tensor) =>
        cond(
          q,
          () =>
            ops.scan((sum: Tensor, each: Tensor) => ({ carry: ops.add(sum, each), y: sum }), ops.sum(a), a)
              .ys,
          () =>
            ops.scan(
              (sum: Tensor, each: Tensor) => {
                const next = branches(ops.less(each, 0), sum, each);
                return { carry: next, y: ops.mul(next, sum) };
              },
              ops.sum(a),
              a,
            ).ys,
        ),
      inputs: [bool(p), x],
    })),
  ];
};

/** Values of every dtype are carried, scanned and stacked. */
const scannedDtypes = (): FlowExample[] =>
  ALL.flatMap((dtype) =>
    [false, true].map((reverse) => ({
      name: `${dtype} values, delayed${reverse ? ', in reverse' : ''}`,
      dtype,
      fn: (first: Tensor, xs: Tensor) => delayed(first, xs, reverse),
      inputs: [randomValue(dtype, [2, 2], 1), randomValue(dtype, [3, 2, 2], 2)],
    })),
  );

export const CONTROL_FLOW = {
  scan: [...FLOATS.flatMap(scans), ...scannedDtypes()],
  while: [...FLOATS.flatMap(loops), ...carriedDtypes()],
  cond: [...FLOATS.flatMap(conditions), ...branchDtypes()],
} satisfies { readonly [P in Primitive]?: readonly FlowExample[] };
