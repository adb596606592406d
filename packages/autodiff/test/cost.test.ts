// Costs of programs against manual counts.

import { describe, expect, it } from 'vitest';
import {
  add,
  averagePool2d,
  cond,
  constant,
  conv2d,
  grad,
  less,
  linearize,
  logSoftmax,
  matmul,
  maxPool2d,
  mean,
  mul,
  neg,
  oneHot,
  type ProgramCost,
  programCost,
  reshape,
  scalar,
  scan,
  sin,
  slice,
  softmax,
  sum,
  type Tensor,
  type TensorType,
  take,
  tanh,
  tensorType,
  trace,
  transpose,
  valueAndGrad,
  vjp,
  whileLoop,
} from '../src/index.js';
import { double } from './values.js';

const f32 = (...shape: number[]) => tensorType('float32', shape);
const f64 = (...shape: number[]) => tensorType('float64', shape);
const i32 = (...shape: number[]) => tensorType('int32', shape);
const bool = (...shape: number[]) => tensorType('bool', shape);
const costOf = (fn: (...inputs: never[]) => never | Tensor | readonly Tensor[], ...types: TensorType[]) =>
  programCost(trace(fn as never, ...types).program);

describe('one operation', () => {
  it.each<[string, (...inputs: Tensor[]) => Tensor, TensorType[], number, number]>([
    ['a matrix product is 2 m n k', (a, b) => matmul(a!, b!), [f32(2, 3), f32(3, 5)], 60, 4 * (6 + 15 + 10)],
    [
      'so it is transposed, in a batch',
      (a, b) => matmul(a!, b!, { transposeA: true, transposeB: true }),
      [f32(7, 3, 2), f32(7, 5, 3)],
      7 * 60,
      7 * 4 * (6 + 15 + 10),
    ],
    [
      'an elementwise operation is one a result',
      (a, b) => add(a!, b!),
      [f64(2, 3), f64(3)],
      6,
      8 * (6 + 3 + 6),
    ],
    ['a transcendental too', (a) => tanh(a!), [f64(5)], 5, 80],
    ['an operand used twice is read once', (a) => mul(a!, a!), [f64(5)], 5, 80],
    ['a comparison writes a byte', (a, b) => less(a!, b!), [f32(5), f32(5)], 5, 45],
    ['a sum is one an operand', (a) => sum(a!, { axes: [0] }), [f32(4, 3)], 12, 4 * (12 + 3)],
    ['softmax is five', (a) => softmax(a!), [f32(4, 3)], 60, 4 * 24],
    ['a reshape moves nothing', (a) => reshape(a!, [12]), [f32(4, 3)], 0, 0],
    ['a transpose reads and writes', (a) => transpose(a!), [f32(4, 3)], 0, 96],
    ['a slice reads what it returns', (a) => slice(a!, [0], [2]), [f32(100)], 0, 16],
    ['so does a gather, and the indices', (a, i) => take(a!, i!), [f64(100, 3), i32(2)], 0, 2 * 48 + 8],
    [
      'a convolution is 2 N F OH OW (C / groups) kh kw',
      (x, w) => conv2d(x!, w!, { padding: 1, strides: 2, groups: 2 }),
      [f32(3, 4, 7, 9), f32(6, 2, 3, 3)],
      2 * 3 * 6 * 4 * 5 * 2 * 9,
      4 * (3 * 4 * 63 + 6 * 2 * 9 + 3 * 6 * 20),
    ],
    [
      'a maximum pooling is one a place of a window, and writes positions',
      (x) => maxPool2d(x!, { window: [2, 3] }),
      [f32(1, 2, 4, 6)],
      8 * 6,
      4 * (48 + 8 + 8),
    ],
  ])('%s', (_, fn, types, flops, bytes) => {
    const cost = costOf(fn, ...types);
    expect({ flops: cost.flops, bytes: cost.bytes }).toEqual({ flops, bytes });
  });

  it('counts both adjoints of a convolution like the convolution', () => {
    const types = [f32(3, 4, 7, 9), f32(6, 2, 3, 3)];
    const conv = (x: Tensor, w: Tensor) => conv2d(x, w, { padding: [1, 0], strides: [2, 1], groups: 2 });
    const forward = costOf(conv, ...types).flops;
    const { byPrimitive } = costOf(
      (x: Tensor, w: Tensor, y: Tensor) => vjp(([a, b]: readonly Tensor[]) => conv(a!, b!), [x, w]).vjp(y),
      ...types,
      f32(3, 6, 4, 7),
    );
    expect(byPrimitive.conv2dInputAdjoint).toMatchObject({ count: 1, flops: forward });
    expect(byPrimitive.conv2dFilterAdjoint).toMatchObject({ count: 1, flops: forward });
    expect(forward).toBe(2 * 3 * 6 * 4 * 7 * 2 * 9);
  });

  it('counts what max pooling moves, and what its transpose adds', () => {
    const { byPrimitive } = costOf(
      (x: Tensor, v: Tensor) => {
        const { jvp, vjp: back } = linearize((a: Tensor) => maxPool2d(a, { window: 2 }), x);
        return back(jvp(v));
      },
      f64(1, 1, 4, 6),
      f64(1, 1, 4, 6),
    );
    expect(byPrimitive.maxPool2dTake).toEqual({ count: 1, flops: 0, bytes: 8 * 6 + 4 * 6 + 8 * 6 });
    expect(byPrimitive.maxPool2dScatter).toEqual({ count: 1, flops: 6, bytes: 8 * 6 + 4 * 6 + 8 * 24 });
  });
});

describe('a program', () => {
  it('sums over equations, and sizes its inputs, outputs and constants', () => {
    const table = constant(double([4], [1, 2, 3, 4]));
    const cost = costOf((a: Tensor, b: Tensor) => [mul(add(a, table), table), add(b, 1)], f64(4), i32(2));
    expect(cost.byPrimitive).toEqual({
      add: { count: 2, flops: 6, bytes: 3 * 32 + 8 + 4 + 8 },
      mul: { count: 1, flops: 4, bytes: 96 },
    });
    expect(cost.flops).toBe(10);
    expect(cost.inputs).toEqual({ elements: 6, bytes: 40 });
    expect(cost.outputs).toEqual({ elements: 6, bytes: 40 });
    expect(cost.constants).toEqual({ elements: 5, bytes: 36 });
    expect(cost.loops).toEqual([]);
  });

  it('reports the cost per iteration of each loop separately, with inner loops nested', () => {
    const inner = (x: Tensor) =>
      whileLoop(
        (y) => less(sum(y), 9),
        (y) => mul(y, y),
        x,
        { name: 'inner' },
      );
    const cost = costOf(
      (x: Tensor) =>
        sin(
          whileLoop(
            ({ k }) => less(k, 5),
            ({ k, y }) => ({ k: add(k, 1), y: tanh(inner(y)) }),
            { k: scalar(0, 'int32'), y: x },
            { name: 'outer' },
          ).y,
        ),
      f64(3),
    );
    // Outside: the sine. An iteration: less, add, three tanh. An inner one: the sum of three, less, three products.
    expect(cost.flops).toBe(3);
    expect(cost.loops.map(({ name }) => name)).toEqual(['outer']);
    const outer = cost.loops[0]!.perIteration;
    expect(outer.flops).toBe(1 + 1 + 3);
    expect(outer.loops.map(({ name, perIteration }) => [name, perIteration.flops])).toEqual([
      ['inner', 3 + 1 + 3],
    ]);
    expect(outer.byPrimitive.while).toEqual({ count: 1, flops: 0, bytes: 0 });
  });

  it('counts the body of a scan once for each iteration', () => {
    const cost = costOf(
      (x: Tensor) => {
        const step = (total: Tensor, row: Tensor) => ({ carry: tanh(add(total, row)), y: total });
        const { carry, ys } = scan(step, sum(x, { axes: [0] }), x);
        return [carry, ys];
      },
      f64(5, 3),
    );
    expect(cost.flops).toBe(5 * 3 + 5 * (3 + 3));
    expect(cost.byPrimitive.tanh).toEqual({ count: 5, flops: 15, bytes: 5 * 2 * 24 });
    expect(cost.loops).toEqual([]);
  });

  it('counts the more expensive branch, including an iteration of its loop', () => {
    const branches = (first: (x: Tensor) => Tensor, second: (x: Tensor) => Tensor) =>
      costOf(
        (p: Tensor, x: Tensor) =>
          cond(
            p,
            () => first(x),
            () => second(x),
          ),
        bool(),
        f64(3),
      );
    const cheap = (x: Tensor) => tanh(x);
    const dear = (x: Tensor) => tanh(sin(x));
    const looping = (x: Tensor) =>
      whileLoop(
        (y) => less(sum(y), 9),
        (y) => mul(y, y),
        x,
        { name: 'inner' },
      );
    expect(branches(cheap, dear).flops).toBe(6);
    expect(branches(dear, cheap).flops).toBe(6);
    expect(branches(dear, looping).loops.map(({ name }) => name)).toEqual(['inner']);
  });
});

describe('derivatives of the MLP 784-512-512-10 on 1000 examples', () => {
  const SIZES = [784, 512, 512, 10];
  const BATCH = 1000;
  const types = SIZES.slice(1).map((n, i) => ({ weight: f32(SIZES[i]!, n), bias: f32(n) }));
  type Params = readonly { readonly weight: Tensor; readonly bias: Tensor }[];
  const network = (params: Params, x: Tensor) =>
    params.reduce((h, { weight, bias }, i) => {
      const z = add(matmul(h, weight), bias);
      return i === params.length - 1 ? z : tanh(z);
    }, x);
  const crossEntropy = (logits: Tensor, labels: Tensor) =>
    neg(mean(sum(mul(oneHot(labels, 10, 'float32'), logSoftmax(logits)), { axes: [-1] })));
  const cost = (fn: (params: Params, x: Tensor, labels: Tensor, v: Params) => Params): ProgramCost =>
    programCost(trace(fn as never, types, f32(BATCH, 784), i32(BATCH), types).program);

  const gradient = cost((p, x, labels) => grad((q: Params) => crossEntropy(network(q, x), labels))(p));
  // Everything independent of v is outside the loop.
  const product = cost((p, x, labels, v) => {
    const { value, jvp, vjp: back } = linearize((q: Params) => network(q, x), p);
    const hessian = linearize(
      (z: Tensor) => valueAndGrad((y: Tensor) => crossEntropy(y, labels))(z).grad,
      value,
    );
    return whileLoop(
      (u) => less(sum(u[0]!.bias), 1),
      (u) => back(hessian.jvp(jvp(u))),
      v,
      { name: 'cg' },
    );
  }).loops[0]!.perIteration;

  const weights = SIZES.slice(1).map((n, i) => 2 * BATCH * SIZES[i]! * n);
  const all = weights.reduce((a, b) => a + b);
  const behindTheFirst = all - weights[0]!;

  it('multiplies once per layer and direction', () => {
    // Forward, the weights' gradients, and the cotangents of all layers except the first.
    expect(gradient.byPrimitive.matmul!.flops).toBe(2 * all + behindTheFirst);
    // Tangents of weights and of layers' inputs; the same two on the way back.
    expect(product.byPrimitive.matmul!.flops).toBe(2 * all + 2 * behindTheFirst);
    expect(product.byPrimitive.matmul!.count).toBe(10);
  });

  it('has Gauss-Newton products at 1.17 times the cost of a gradient', () => {
    expect(product.flops / gradient.flops).toBeCloseTo(1.167, 2);
  });
});

describe('average pooling', () => {
  it('is a sum for adjacent windows, and a convolution with ones otherwise', () => {
    const beside = costOf((x: Tensor) => averagePool2d(x, { window: 2 }), f32(2, 3, 8, 8));
    expect(beside.byPrimitive.reduceSum!.flops).toBe(2 * 3 * 64);
    expect(beside.byPrimitive.conv2d).toBeUndefined();
    const overlapping = costOf((x: Tensor) => averagePool2d(x, { window: 3, strides: 1 }), f32(2, 3, 8, 8));
    expect(overlapping.byPrimitive.conv2d!.flops).toBe(2 * (2 * 3) * 36 * 9);
  });
});
