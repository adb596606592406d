// Derivatives of whole functions: an MLP to second order, loops in reverse mode, residuals of linear programs.

import { describe, expect, it } from 'vitest';
import {
  add,
  cast,
  cond,
  full,
  grad,
  hessianProduct,
  jvp,
  less,
  linearize,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  oneHot,
  printProgram,
  scalar,
  sin,
  square,
  stopGradient,
  sum,
  type Tensor,
  type TensorValue,
  tanh,
  tensorType,
  trace,
  tree,
  valueAndGrad,
  vector,
  vjp,
  whileLoop,
} from '../src/index.js';
import { evaluate } from '../src/reference.js';
import { compute, expectClose } from './check-derivatives.js';
import { bool, double, float64, int32 } from './values.js';

type Layer = { readonly weight: Tensor; readonly bias: Tensor };
type Params = { readonly layers: readonly Layer[] };
type Values = { readonly layers: readonly { readonly weight: TensorValue; readonly bias: TensorValue }[] };

function network(params: Params, x: Tensor): Tensor {
  const last = params.layers.length - 1;
  return params.layers.reduce((h, { weight, bias }, i) => {
    const z = add(matmul(h, weight), bias);
    return i === last ? z : tanh(z);
  }, x);
}

/** Cross-entropy. */
function loss(params: Params, x: Tensor, labels: Tensor): Tensor {
  const logs = logSoftmax(network(params, x));
  return neg(mean(sum(mul(oneHot(labels, logs.shape[1]!, logs.dtype), logs), { axes: [-1] })));
}

const SIZES = [3, 4, 5, 2];
const randomParams = (seed: number): Values => ({
  layers: SIZES.slice(1).map((size, i) => ({
    weight: float64([SIZES[i]!, size], { seed: seed + i, low: -1, high: 1 }),
    bias: float64([size], { seed: seed + 10 + i, low: -1, high: 1 }),
  })),
});
const PARAMS = randomParams(1);
const X = float64([6, 3]);
const LABELS = int32([6], [0, 1, 1, 0, 1, 0]);

/** theta + h v */
function shifted(values: Values, h: number, direction: Values): Values {
  return tree.map(
    (x: TensorValue, v: TensorValue) =>
      double(
        x.type.shape,
        Array.from(x.data, (e, k) => e + h * v.data[k]!),
      ),
    values as never,
    direction as never,
  ) as unknown as Values;
}

/** (f(theta + h v) - f(theta - h v)) / 2h for a function of the parameters. */
function difference(f: (params: Values) => number[][], at: Values, v: Values, h = 1e-5): number[][] {
  const [ahead, behind] = [f(shifted(at, h, v)), f(shifted(at, -h, v))];
  return ahead.map((leaf, i) => leaf.map((e, k) => (e - behind[i]![k]!) / (2 * h)));
}

const asValues = (flat: readonly number[][]) => flat.map((numbers) => double([numbers.length], numbers));
const inner = (a: readonly number[][], b: readonly ArrayLike<number>[]) =>
  a.flatMap((leaf, i) => leaf.map((e, k) => e * b[i]![k]!)).reduce((x, y) => x + y, 0);
const dataOf = (values: Values) => tree.leaves<TensorValue>(values as never).map(({ data }) => data);

const args = (params: Values) => [params as never, X as never, LABELS as never] as const;

describe('a whole MLP', () => {
  const gradient = (params: Values) =>
    compute(
      (p: Params, x: Tensor, labels: Tensor) => grad((q: Params) => loss(q, x, labels))(p) as never,
      ...args(params),
    );
  const v = randomParams(50);
  const u = randomParams(90);
  const hessian = (direction: Values) =>
    compute(
      (p: Params, x: Tensor, labels: Tensor, d: Params) =>
        hessianProduct((q: Params) => loss(q, x, labels), p, d) as never,
      ...args(PARAMS),
      direction as never,
    );

  it('matches finite differences of the value', () => {
    const value = (params: Values) => compute(loss as never, ...args(params));
    expect(inner(gradient(PARAMS), dataOf(v))).toBeCloseTo(difference(value, PARAMS, v)[0]![0]!, 8);
  });

  it('matches finite differences of the gradient, by jvp of grad', () => {
    expectClose(asValues(hessian(v)), difference(gradient, PARAMS, v), 1e-7);
  });

  it('has a symmetric Hessian', () => {
    expect(inner(hessian(v), dataOf(u))).toBeCloseTo(inner(hessian(u), dataOf(v)), 12);
  });

  it('has the same Hessian products by grad of grad', () => {
    const twice = compute(
      (p: Params, x: Tensor, labels: Tensor, d: Params) =>
        grad((q: Params) => vector.dot(grad((r: Params) => loss(r, x, labels))(q) as never, d as never))(
          p,
        ) as never,
      ...args(PARAMS),
      v as never,
    );
    expectClose(asValues(twice), hessian(v), 1e-12);
  });

  it('has a third derivative, jvp of jvp of grad', () => {
    const third = compute(
      (p: Params, x: Tensor, labels: Tensor, d: Params) =>
        jvp((q: Params) => hessianProduct((r: Params) => loss(r, x, labels), q, d), p, d).tangent as never,
      ...args(PARAMS),
      v as never,
    );
    const product = (params: Values) =>
      compute(
        (p: Params, x: Tensor, labels: Tensor, d: Params) =>
          hessianProduct((q: Params) => loss(q, x, labels), p, d) as never,
        ...args(params),
        v as never,
      );
    expectClose(asValues(third), difference(product, PARAMS, v), 1e-6);
  });

  it('returns the value with the gradient', () => {
    const [value, ...rest] = compute(
      (p: Params, x: Tensor, labels: Tensor) => {
        const { value, grad } = valueAndGrad((q: Params) => loss(q, x, labels))(p);
        return [value, grad] as never;
      },
      ...args(PARAMS),
    );
    expect(value).toEqual(compute(loss as never, ...args(PARAMS))[0]);
    expect(rest).toEqual(gradient(PARAMS));
  });
});

describe('linearize', () => {
  const types = tree.map((value: TensorValue) => value.type, PARAMS as never);

  // The loop separates the work: computations on x and theta alone come before it, and only the linear program is inside.
  it('keeps only matmuls, products and sums of residuals, applied in a loop', () => {
    const { program } = trace(
      (params: Params, x: Tensor) => {
        const { jvp: product, vjp: back } = linearize((p: Params) => network(p, x), params);
        const one = scalar(1, 'int32');
        return whileLoop(
          ({ k }) => less(k, 5),
          ({ k, v }) => ({ k: add(k, one), v: back(product(v)) }),
          { k: scalar(0, 'int32'), v: params },
          { name: 'cg' },
        ).v;
      },
      types as never,
      X.type,
    );
    const text = printProgram(program);
    const body = text.slice(text.indexOf('body('));
    expect(new Set(body.match(/(?<= = )\w+/g))).toEqual(new Set(['add', 'matmul', 'mul', 'reduceSum']));
    expect(text).toMatchSnapshot();
  });

  it('evaluates the network once for the value and any number of products', () => {
    const { program } = trace(
      (params: Params, x: Tensor, v: Params, w: Params) => {
        const { value, jvp: product } = linearize((p: Params) => network(p, x), params);
        return [value, product(v), product(w)];
      },
      types as never,
      X.type,
      types as never,
      types as never,
    );
    expect(program.equations.filter((equation) => equation.primitive === 'tanh')).toHaveLength(2);
  });

  it('keeps stopGradient through a second derivative of a branch', () => {
    // f = x stop(x)^2: f' = stop(x)^2, which the stop makes constant: f'' = 0.
    const f = (p: Tensor) => (x: Tensor) =>
      cond(
        p,
        () => mul(x, square(stopGradient(x))),
        () => x,
      );
    const [first, second] = compute(
      (p: Tensor, x: Tensor) => [grad(f(p))(x), grad((y: Tensor) => grad(f(p))(y))(x)],
      bool([], [1]),
      double([], [3]),
    );
    expect([first, second]).toEqual([[9], [0]]);
  });
});

describe('leaves without a derivative', () => {
  it('ignores int32 leaves, with zero tangents and cotangents', () => {
    type Point = { readonly k: Tensor; readonly x: Tensor };
    const f = ({ k, x }: Point): Point => ({ k, x: mul(cast(k, 'float64'), square(x)) });
    const result = compute(
      (at: Point, v: Point) => {
        const { jvp: forward, vjp: backward } = linearize(f, at);
        return [jvp(f, at, v).tangent, forward(v), backward(v)];
      },
      { k: int32([], [3]), x: double([], [2]) },
      { k: int32([], [7]), x: double([], [1]) },
    );
    expect(result.flat()).toEqual([0, 12, 0, 12, 0, 12]);
  });

  it('gives zero for an unused input and for a constant result', () => {
    const result = compute(
      (x: Tensor, y: Tensor) => {
        const { jvp: forward, vjp: backward } = linearize(
          ([, b]: readonly Tensor[]) => [square(b!), full([2], 5, 'float64')] as readonly Tensor[],
          [x, y],
        );
        return [forward([x, y]), backward([y, full([2], 1, 'float64')])];
      },
      double([3], [1, 2, 3]),
      double([], [4]),
    );
    expect(result).toEqual([[32], [0, 0], [0, 0, 0], [32]]);
  });

  it('does not mix the levels of a nested derivative', () => {
    // d/dx [x d/dy (x y)] = d/dx x^2 = 2 x: the inner derivative holds x fixed.
    const nested = compute(
      (x: Tensor) => grad((a: Tensor) => mul(a, grad((b: Tensor) => mul(a, b))(scalar(5, 'float64'))))(x),
      double([], [3]),
    );
    expect(nested).toEqual([[6]]);
  });
});

describe('reverse mode and loops', () => {
  const doubled = (x: Tensor) =>
    whileLoop(
      (y) => less(y, 100),
      (y) => mul(y, 2),
      x,
      { name: 'doubling' },
    );

  it('names a loop that has no reverse-mode derivative', () => {
    expect(() => trace((x: Tensor) => grad(doubled)(x), tensorType('float64'))).toThrow(
      /loop 'doubling'.*jvp\(\).*stopGradient\(\)/,
    );
  });

  it('differentiates around a stopped loop, even in a branch', () => {
    const f = (x: Tensor) => mul(sin(x), stopGradient(doubled(x)));
    const branched = (x: Tensor) =>
      cond(
        less(0, x),
        () => mul(f(x), 2),
        () => x,
      );
    const [plain, inBranch] = compute((x: Tensor) => [grad(f)(x), grad(branched)(x)], double([], [30]));
    expect(plain![0]).toBeCloseTo(120 * Math.cos(30), 12);
    expect(inBranch![0]).toBeCloseTo(240 * Math.cos(30), 12);
  });

  it('linearizes a loop: values separately, tangents along with the iterations', () => {
    const [value, tangent] = compute(
      (x: Tensor) => {
        const linear = linearize(doubled, x);
        return [linear.value, linear.jvp(scalar(1, 'float64'))];
      },
      double([], [30]),
    );
    expect([value, tangent]).toEqual([[120], [4]]);
  });
});

describe('misuse', () => {
  const scalarType = tensorType('float64');
  const vectorType = tensorType('float64', [3]);

  it('requires a float scalar for a gradient', () => {
    expect(() => trace((x: Tensor) => grad(square)(x), vectorType)).toThrow(
      /^grad: .*got float64\[3\].*vjp\(\)/,
    );
    const record = (x: Tensor) => ({ loss: sum(x) }) as unknown as Tensor;
    expect(() => trace((x: Tensor) => grad(record)(x), vectorType)).toThrow('got a tree');
    const integer = (x: Tensor) => cast(sum(x), 'int32');
    expect(() => trace((x: Tensor) => grad(integer)(x), vectorType)).toThrow('got int32[]');
  });

  it('checks tangents and cotangents against the point and the value', () => {
    expect(() => trace((x: Tensor, v: Tensor) => jvp(sin, x, v).tangent, vectorType, scalarType)).toThrow(
      /^jvp: the tangent .*expected float64\[3\], got float64\[\]/,
    );
    expect(() => trace((x: Tensor, u: Tensor) => vjp(sin, x).vjp(u), vectorType, scalarType)).toThrow(
      /^vjp: the cotangent .*expected float64\[3\], got float64\[\]/,
    );
    const swapped = (x: Tensor) => jvp((at: { a: Tensor }) => at.a, { a: x }, { b: x } as never).tangent;
    expect(() => trace(swapped, scalarType)).toThrow("jvp: the tangent: unexpected 'b' at the top");
  });

  it('rejects differentiation outside a trace', () => {
    let kept: Tensor | undefined;
    const { program } = trace((x: Tensor) => {
      kept = x;
      return x;
    }, scalarType);
    expect(evaluate(program, [double([], [2])])[0]!.data[0]).toBe(2);
    expect(() => grad(sin)(kept!)).toThrow('trace()');
  });
});
