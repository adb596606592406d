// Differential equations: residuals, gradients and Gauss-Newton products against JAX; points and errors against closed forms.

import {
  type Shape,
  sizeOf,
  type Tensor,
  type TensorType,
  type TensorValue,
  type Tree,
  tanh,
  tensorValue,
  trace,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import {
  type AffineParams,
  bindProblem,
  dense,
  type FittedModel,
  fitModel,
  losses,
  type ModelPlugin,
  type Params,
  type Residual,
} from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { EQUATIONS, type Equation } from '../src/equations.js';
import pde, { type PdeHyperparameters } from '../src/pde.js';
import { temporaryContext } from './context.js';
import expected from './jax-reference/pde.expected.json' with { type: 'json' };

const context = temporaryContext();
const DEFAULTS: PdeHyperparameters = {
  equation: 'poisson-sine',
  dimension: 2,
  points: 'grid',
  interior: 9,
  boundary: 8,
  testSize: 16,
  boundaryWeight: 2,
  seed: 0,
};
const load = (changes: Partial<PdeHyperparameters> = {}) => pde.load({ ...DEFAULTS, ...changes }, context);

const HIDDEN = 4;
const ROWS = 5;

/** As in jax-reference/pde.py. */
function wave(shape: Shape, seed: number): TensorValue {
  const data = Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(0.7 * i + 1.3 * seed + 0.2));
  return tensorValue('float64', shape, data);
}

type Mlp = { readonly first: AffineParams; readonly second: AffineParams };
const network: ModelPlugin<object, Mlp> = {
  create: (_, { input: { shape } }) => ({
    init: () => valuesOf(shape[0]!, 0),
    apply: ({ first, second }, x) => dense(tanh(dense(x, first)), second),
  }),
};
const valuesOf = (d: number, seed: number) => ({
  first: { weight: wave([d, HIDDEN], seed), bias: wave([HIDDEN], seed + 1) },
  second: { weight: wave([HIDDEN, 1], seed + 2), bias: wave([1], seed + 3) },
});

const fitted = (equation: Equation, dimension: number): FittedModel => {
  const hyperparameters = { ...DEFAULTS, equation, dimension };
  const spec = { task: 'regression', input: { shape: [dimension + 2] }, target: { shape: [1] } } as const;
  const model = fitModel(network as unknown as ModelPlugin, {}, spec, pde.residual!(hyperparameters));
  if ('incompatible' in model) throw new Error(model.incompatible);
  return model;
};

/** Inputs (x, a, b), row by row. */
function inputsOf(d: number): TensorValue {
  const [x, a, b] = [wave([ROWS, d], 50).data, wave([ROWS], 20).data, wave([ROWS], 30).data];
  const rows = Array.from({ length: ROWS }, (_, i) => [...x.subarray(i * d, (i + 1) * d), a[i]!, b[i]!]);
  return tensorValue('float64', [ROWS, d + 2], rows.flat());
}

function run(fn: (...args: never[]) => Tree<Tensor>, ...args: readonly Tree<TensorValue>[]): number[][] {
  const types = args.map((arg) => tree.map(({ type }: TensorValue) => type, arg) as Tree<TensorType>);
  const { program } = trace(fn as never, ...(types as [Tree<TensorType>]));
  return evaluate(
    program,
    args.flatMap((arg) => tree.leaves<TensorValue>(arg)),
  ).map(({ data }) => [...data]);
}

function demandClose(got: readonly number[], wanted: readonly number[]) {
  expect(got.length).toBe(wanted.length);
  const scale = Math.max(...wanted.map(Math.abs));
  for (const [i, value] of wanted.entries()) expect(Math.abs(got[i]! - value) / scale).toBeLessThan(1e-12);
}

describe.each(expected)('the residual of $equation in $dimension dimensions, against JAX', (wanted) => {
  const d = wanted.dimension;
  const equation = wanted.equation as Equation;
  const { model, squaredErrors } = fitted(equation, d);
  const [params, v, y] = [valuesOf(d, 0), valuesOf(d, 90), wave([ROWS, 1], 7)];
  const problem = (inputs: Tensor, targets: Tensor) =>
    bindProblem(model, losses.squaredError, { inputs, targets });

  it('has the derivatives of the network as outputs', () => {
    demandClose(run(model.apply as never, params, inputsOf(d))[0]!, wanted.outputs);
  });

  it('has their loss, gradient, Gauss-Newton product and Hessian product', () => {
    const results = run(
      (at: Params, along: Params, inputs: Tensor, targets: Tensor) => {
        const { loss, grad, ggnProduct, hessianProduct } = problem(inputs, targets).linearize(at);
        return [loss, grad, ggnProduct(along), hessianProduct(along)];
      },
      params,
      v,
      inputsOf(d),
      y,
    );
    const [loss, ...leaves] = results;
    demandClose(loss!, [wanted.loss]);
    const flat = (k: number) => leaves.slice(4 * k, 4 * (k + 1)).flat();
    demandClose(flat(0), wanted.gradient);
    demandClose(flat(1), wanted.ggnProduct);
    demandClose(flat(2), wanted.hessianProduct);
  });

  it('has gradients per example whose mean is the gradient', () => {
    const mean = run(
      (at: Params, inputs: Tensor, targets: Tensor) =>
        problem(inputs, targets).perExample.mean((example) => example.valueAndGrad(at).grad, { chunk: 2 }),
      params,
      inputsOf(d),
      y,
    );
    demandClose(mean.flat(), wanted.gradient);
  });

  it('has the errors against the solution', () => {
    const errors = run(
      (at: Params, inputs: Tensor) => Object.values(squaredErrors!(at as never, inputs)),
      params,
      inputsOf(d),
    );
    demandClose(errors[0]!, wanted.squaredErrors.L2);
    demandClose(errors[1]!, wanted.squaredErrors.H1);
  });

  it('is solved: the source is the operator of the solution', () => {
    const x = [...wave([d], 50).data].map(Math.abs);
    demandClose([EQUATIONS[equation].source(x), 1], [wanted.source, 1]);
    demandClose([EQUATIONS[equation].solution(x)], [wanted.solution]);
  });

  it('refuses to show layers that run inside a derivative', () => {
    const layers = () =>
      run(
        (at: Params, inputs: Tensor, targets: Tensor) => problem(inputs, targets).layers(at).loss,
        params,
        inputsOf(d),
        y,
      );
    expect(layers).toThrow(/layer .* runs inside/);
  });
});

it('refuses outputs that would broadcast', () => {
  const spec = { task: 'regression', input: { shape: [2] }, target: { shape: [1] } } as const;
  const residual: Residual = { network: spec, outputs: (_, x) => x };
  const wrong = fitModel(network as unknown as ModelPlugin, {}, spec, residual);
  if ('incompatible' in wrong) throw new Error(wrong.incompatible);
  expect(() => run(wrong.model.apply as never, valuesOf(2, 0), wave([3, 2], 1))).toThrow(
    'expected outputs of the shape of the targets, [3, 1]; got [3, 2]',
  );
});

describe('the points', () => {
  const rowsOf = async (changes: Partial<PdeHyperparameters> = {}) => {
    const { train, test, spec } = await load(changes);
    const width = spec.input.shape[0]!;
    return [train, test].map(({ inputs, targets, size }) =>
      Array.from({ length: size }, (_, i) => {
        const row = [...inputs.subarray(i * width, (i + 1) * width)];
        return { x: row.slice(0, -2), a: row.at(-2)!, b: row.at(-1)!, y: targets[i]! };
      }),
    ) as [Row[], Row[]];
  };
  type Row = { x: number[]; a: number; b: number; y: number };

  it('are midpoints of a grid, and of the sides of its boundary', async () => {
    const [train, test] = await rowsOf();
    expect(train.slice(0, 9).map(({ x }) => x.map((t) => Math.round(t * 6)))).toEqual(
      [1, 3, 5].flatMap((t) => [1, 3, 5].map((s) => [s, t])),
    );
    expect(train.slice(9).map(({ x }) => x)).toEqual([
      [0, 0.25],
      [0, 0.75],
      [1, 0.25],
      [1, 0.75],
      [0.25, 0],
      [0.75, 0],
      [0.25, 1],
      [0.75, 1],
    ]);
    expect(test.length).toBe(16);
  });

  it.each(['grid', 'random'] as const)(
    'weigh the means of interior and boundary, and have the solution’s values (%s)',
    async (points) => {
      const [train, test] = await rowsOf({ points });
      for (const { x, a, b, y } of train) {
        const onBoundary = x.some((t) => t === 0 || t === 1);
        const product = Math.sin(Math.PI * x[0]!) * Math.sin(Math.PI * x[1]!);
        // a^2 / N = 1 / interior, b^2 / N = 2 / boundary
        expect(a ** 2 / 17).toBeCloseTo(onBoundary ? 0 : 1 / 9, 14);
        expect(b ** 2 / 17).toBeCloseTo(onBoundary ? 2 / 8 : 0, 14);
        expect(y).toBeCloseTo(onBoundary ? 0 : a * 2 * Math.PI ** 2 * product, 12);
      }
      for (const { x, a, b, y } of test) {
        expect([a, b]).toEqual([0, 1]);
        expect(y).toBeCloseTo(Math.sin(Math.PI * x[0]!) * Math.sin(Math.PI * x[1]!), 12);
      }
    },
  );

  it('of the heat equation leave the end of time free', async () => {
    const [train] = await rowsOf({ equation: 'heat', boundary: 6 });
    const sides = train.filter(({ b }) => b !== 0).map(({ x: [x, t] }) => [x, t]);
    expect(sides).toEqual([
      [0, 0.25],
      [0, 0.75],
      [1, 0.25],
      [1, 0.75],
      [0.25, 0],
      [0.75, 0],
    ]);
  });

  it('share the sides of a cube in five dimensions', async () => {
    const [train] = await rowsOf({
      points: 'random',
      dimension: 5,
      equation: 'poisson-cosine',
      boundary: 23,
    });
    const boundary = train.slice(9);
    expect(boundary.length).toBe(23);
    for (const { x } of boundary) expect(x.filter((t) => t === 0 || t === 1).length).toBe(1);
    const sides = new Set(
      boundary.map(
        ({ x }) =>
          x.findIndex((t) => t === 0 || t === 1) * 2 + Math.max(...x.filter((t) => t === 0 || t === 1)),
      ),
    );
    expect(sides.size).toBe(10);
  });

  it.each([
    [{ interior: 10 }, 'interior', 'n^2 points, a grid', 'set interior=9'],
    [{ boundary: 9 }, 'boundary', '4 n^1 points, a grid on each of 4 sides', 'set boundary=8'],
    [
      { equation: 'heat', dimension: 3 },
      'dimension',
      "2 coordinates for the equation 'heat'",
      'set dimension=2',
    ],
    [{ points: 'random', boundary: 3 }, 'boundary', 'at least 4 points, one for each side', 'set boundary=4'],
  ] as const)('refuse %j', async (changes, name, wanted, remedy) => {
    const error = await load(changes).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ expected: wanted, remedy });
    await expect(pde.describe({ ...DEFAULTS, ...changes }, context)).rejects.toThrow(name);
  });
});

it('describes what it loads, the same on every machine', async () => {
  const { spec, provenance } = await load();
  expect(await pde.describe(DEFAULTS, context)).toEqual(spec);
  expect(provenance.checksums).toEqual({
    train: 'bac80826106faec14d8a7e78fc28a95bd4df9948430c59826c568e5fbb514b47',
    test: 'fc7fead0f366beb37b07d87e8588164c807a14648bf556c06311b67940063a75',
  });
});
