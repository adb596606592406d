// Derivatives of high order, as networks that solve differential equations need them: a derivative in the input, by forward mode over
// forward mode, inside a loss that is differentiated in the parameters. One hidden layer has closed forms.

import { describe, expect, it } from 'vitest';
import {
  add,
  cos,
  div,
  exp,
  grad,
  jvp,
  log,
  matmul,
  mean,
  mul,
  pow,
  sigmoid,
  sin,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type TensorValue,
  tanh,
  trace,
  tree,
} from '../src/index.js';
import { evaluate } from '../src/reference.js';
import { float64 } from './values.js';

type Polynomial = readonly number[];
const at = (p: Polynomial, y: number) => p.reduceRight((sum, c) => sum * y + c, 0);
const times = (p: Polynomial, q: Polynomial): Polynomial =>
  Array.from({ length: p.length + q.length - 1 }, (_, k) =>
    p.reduce((total, c, i) => total + c * (q[k - i] ?? 0), 0),
  );

/** The derivatives of an activation with y' = slope(y): d/dz p(y) = p'(y) slope(y). */
const autonomous = (value: (z: number) => number, slope: Polynomial) => (order: number, z: number) => {
  let p: Polynomial = [0, 1];
  for (let k = 0; k < order; k++)
    p = times(
      p.slice(1).map((c, i) => c * (i + 1)),
      slope,
    );
  return at(p, value(z));
};

/** The derivatives of z^exponent. */
const power = (exponent: number) => (order: number, z: number) => {
  let factor = 1;
  for (let k = 0; k < order; k++) factor *= exponent - k;
  return factor * z ** (exponent - order);
};

interface Activation {
  readonly of: (z: Tensor) => Tensor;
  /** The derivative of an order, in plain arithmetic. */
  readonly derivative: (order: number, z: number) => number;
}

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  tanh: { of: tanh, derivative: autonomous(Math.tanh, [1, 0, -1]) },
  sigmoid: { of: sigmoid, derivative: autonomous((z) => 1 / (1 + Math.exp(-z)), [0, 1, -1]) },
  exp: { of: exp, derivative: (_, z) => Math.exp(z) },
  sin: { of: sin, derivative: (order, z) => Math.sin(z + (order * Math.PI) / 2) },
  cos: { of: cos, derivative: (order, z) => Math.cos(z + (order * Math.PI) / 2) },
  mul: { of: (z) => mul(z, square(square(z))), derivative: power(5) },
  sqrt: { of: sqrt, derivative: power(0.5) },
  pow: { of: (z) => pow(z, 2.5), derivative: power(2.5) },
  div: { of: (z) => div(1, z), derivative: power(-1) },
  log: { of: log, derivative: (order, z) => (order === 0 ? Math.log(z) : power(-1)(order - 1, z)) },
};

type Network = {
  readonly w: Tensor;
  readonly b: Tensor;
  readonly a: Tensor;
};

const [POINTS, HIDDEN] = [4, 3];
// Positive pre-activations, so that every activation is defined.
const x = float64([POINTS, 1], { low: 0.2, high: 1 });
const network = {
  w: float64([1, HIDDEN], { low: 0.3, high: 1.2, seed: 2 }),
  b: float64([HIDDEN], { low: 0.2, high: 0.6, seed: 3 }),
  a: float64([HIDDEN, 1], { seed: 4 }),
};
type Values = { readonly [K in keyof Network]: TensorValue };

/** u = phi(x w + b) a */
const solution =
  (phi: Activation, { w, b, a }: Network) =>
  (points: Tensor) =>
    matmul(phi.of(add(matmul(points, w), b)), a);

/** The derivative of an order in x. */
const inInput = (order: number, u: (points: Tensor) => Tensor): ((points: Tensor) => Tensor) =>
  order === 0 ? u : (points) => jvp(inInput(order - 1, u), points, add(mul(0, points), 1)).tangent as Tensor;

/** The gradient of sum_i c_i u^(order)(x_i) in w, b and a, in closed form. */
function gradientOf(phi: Activation, order: number, values: Values, weights: readonly number[]): number[] {
  const [w, b, a] = [values.w, values.b, values.a].map(({ data }) => [...data]) as [
    number[],
    number[],
    number[],
  ];
  const perUnit = (term: (k: number, point: number, z: number) => number) =>
    w.map((_, k) =>
      [...x.data].reduce((total, point, i) => total + weights[i]! * term(k, point, w[k]! * point + b[k]!), 0),
    );
  const d = phi.derivative;
  return [
    ...perUnit(
      (k, point, z) =>
        a[k]! * (order * w[k]! ** (order - 1) * d(order, z) + w[k]! ** order * point * d(order + 1, z)),
    ),
    ...perUnit((k, _, z) => a[k]! * w[k]! ** order * d(order + 1, z)),
    ...perUnit((k, _, z) => w[k]! ** order * d(order, z)),
  ];
}

/** u^(order) at the points, in closed form. */
function derivativeAt(phi: Activation, order: number, values: Values): number[] {
  const { w, b, a } = values;
  return [...x.data].map((point) =>
    [...w.data].reduce(
      (total, slope, k) =>
        total + a.data[k]! * slope ** order * phi.derivative(order, slope * point + b.data[k]!),
      0,
    ),
  );
}

function numbersOf(fn: (...args: never[]) => unknown, ...args: readonly object[]): number[] {
  const { program } = trace(
    fn as never,
    ...args.map((arg) => tree.map((v: TensorValue) => v.type, arg as never)),
  );
  return evaluate(
    program,
    args.flatMap((arg) => tree.leaves<TensorValue>(arg as never)),
  ).flatMap(({ data }) => [...data]);
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  const scale = Math.max(...expected.map(Math.abs));
  expect(actual.length).toBe(expected.length);
  for (const [i, value] of actual.entries())
    expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(tolerance);
}

describe.each(Object.entries(ACTIVATIONS))('derivatives through %s', (_, phi) => {
  // Order 2 in the input is the third derivative in all, 3 the fourth, 4 the fifth.
  it.each([1, 2, 3, 4])('of order %i in the input, then in the parameters', (order) => {
    const weights = [1, -2, 0.5, 3];
    const gradient = numbersOf(
      (params: Network, points: Tensor, c: Tensor) => {
        const { w, b, a } = grad((each: Network) => sum(mul(c, inInput(order, solution(phi, each))(points))))(
          params,
        );
        return [w, b, a];
      },
      network,
      x,
      { type: { dtype: 'float64', shape: [POINTS, 1] }, data: Float64Array.from(weights) },
    );
    expectClose(gradient, gradientOf(phi, order, network, weights), 1e-13);
  });
});

describe('a Burgers residual, u_xx - u u_x - sin x', () => {
  const phi = ACTIVATIONS.tanh!;
  const loss = (points: Tensor) => (params: Network) => {
    const u = solution(phi, params);
    const residual = sub(sub(inInput(2, u)(points), mul(u(points), inInput(1, u)(points))), sin(points));
    return mean(square(residual));
  };
  /** The gradient of the loss in closed form. */
  const expected = (values: Values): number[] => {
    const [u, ux, uxx] = [0, 1, 2].map((order) => derivativeAt(phi, order, values)) as [
      number[],
      number[],
      number[],
    ];
    const r = u.map((_, i) => (2 / POINTS) * (uxx[i]! - u[i]! * ux[i]! - Math.sin(x.data[i]!)));
    const parts = [
      gradientOf(phi, 2, values, r),
      gradientOf(
        phi,
        1,
        values,
        r.map((each, i) => -each * u[i]!),
      ),
      gradientOf(
        phi,
        0,
        values,
        r.map((each, i) => -each * ux[i]!),
      ),
    ];
    return parts[0]!.map((_, i) => parts.reduce((total, part) => total + part[i]!, 0));
  };

  it('has the closed-form gradient', () => {
    const gradient = numbersOf(
      (params: Network, points: Tensor) => {
        const { w, b, a } = grad(loss(points))(params);
        return [w, b, a];
      },
      network,
      x,
    );
    expectClose(gradient, expected(network), 1e-13);
  });

  it('has a Hessian product that central differences of that gradient confirm', () => {
    const direction = {
      w: float64([1, HIDDEN], { seed: 5 }),
      b: float64([HIDDEN], { seed: 6 }),
      a: float64([HIDDEN, 1], { seed: 7 }),
    };
    const product = numbersOf(
      (params: Network, along: Network, points: Tensor) => {
        const { w, b, a } = jvp(grad(loss(points)), params, along).tangent;
        return [w, b, a];
      },
      network,
      direction,
      x,
    );
    const h = 1e-5;
    const moved = (step: number) =>
      tree.map(
        ({ type, data }: TensorValue, { data: along }: TensorValue) => ({
          type,
          data: Float64Array.from(data, (value, i) => value + step * along[i]!),
        }),
        network,
        direction,
      ) as unknown as Values;
    const [after, before] = [expected(moved(h)), expected(moved(-h))];
    expectClose(
      product,
      after.map((value, i) => (value - before[i]!) / (2 * h)),
      1e-8,
    );
  });
});
