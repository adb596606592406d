// The factor of the Gauss-Newton matrix, its Gram matrices, and the least-squares residual, against rows formed one by one.

import {
  averagePool2d,
  mul,
  reshape,
  type Tensor,
  type TensorValue,
  tanh,
  tensorValue,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import type { Params, Problem } from '../src/contract.js';
import type { CurvatureFactor } from '../src/curvature-factor.js';
import { curvatureFactor, rowFactor } from '../src/curvature-factor.js';
import { type AffineParams, convolve, dense } from '../src/layers.js';
import { losses } from '../src/losses.js';
import {
  convnetSetup,
  errorOf,
  mlpSetup,
  numbers,
  run,
  runner,
  type Setup,
  sequenceSetup,
  wave,
} from './tiny-networks.js';

const affine = (weight: readonly number[], units: number, seed: number) => ({
  weight: wave(weight, seed),
  bias: wave([units], seed + 50),
});

/** Layers with several places, each used once: the Gram matrix goes layer by layer. */
const PLACES: Setup = {
  network: {
    apply: ({ first, output }: { first: AffineParams; output: { weight: Tensor } }, x: Tensor) =>
      dense(tanh(dense(x, first)), output),
  },
  loss: losses.softmaxCrossEntropy,
  params: { first: affine([4, 4], 4, 1), output: { weight: wave([4, 3], 3) } },
  inputs: wave([2, 3, 4], 9),
  targets: tensorValue('int32', [2, 3], [0, 2, 1, 1, 0, 2]),
};
const IMAGES: Setup = {
  network: {
    apply: ({ first, output }: { first: AffineParams; output: AffineParams }, x: Tensor) => {
      const pooled = averagePool2d(tanh(convolve(x, first, { padding: 1, strides: 2 })), { window: 2 });
      return dense(reshape(pooled, [x.shape[0]!, 3]), output);
    },
  },
  loss: losses.softmaxCrossEntropy,
  params: { first: affine([3, 2, 3, 3], 3, 1), output: affine([3, 3], 3, 3) },
  inputs: wave([3, 2, 4, 4], 9),
  targets: tensorValue('int32', [3], [0, 2, 1]),
};

const SETUPS: readonly (readonly [string, Setup])[] = [
  ['regression', mlpSetup('squaredError')],
  ['classification', mlpSetup('softmaxCrossEntropy')],
  ['places', PLACES],
  ['images', IMAGES],
  ['grouped convolutions: Jacobians', convnetSetup()],
  ['a layer used twice: Jacobians', sequenceSetup()],
];

const exact = (problem: Problem, params: Params) =>
  curvatureFactor(problem, params, problem.linearize(params));

/** A, row by row. */
function rowsOf(setup: Setup, factorOf: (problem: Problem, params: Params) => CurvatureFactor): number[][] {
  let rows = 0;
  run(setup, (problem, params) => {
    const factor = factorOf(problem, params);
    rows = factor.rows;
    return problem.loss(params);
  });
  const row = runner(
    setup,
    (problem, params, a) => vector.pack(factorOf(problem, params).transposed(a!)),
    tensorValue('float64', [rows], new Array(rows).fill(0)),
  );
  return Array.from({ length: rows }, (_, i) =>
    numbers(
      row(
        tensorValue(
          'float64',
          [rows],
          Array.from({ length: rows }, (__, j) => (i === j ? 1 : 0)),
        ),
      ),
    ),
  );
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

function demandGrams(setup: Setup, factorOf: (problem: Problem, params: Params) => CurvatureFactor): void {
  const rows = rowsOf(setup, factorOf);
  const [gram, own] = run(setup, (problem, params) => {
    const factor = factorOf(problem, params);
    return [factor.gram(), factor.exampleGrams()];
  });
  const expected = rows.map((a) => rows.map((b) => dot(a, b)));
  expect(errorOf(numbers([gram!]), expected.flat())).toBeLessThan(1e-13);
  const [examples, count] = own!.type.shape as [number, number];
  const blocks = Array.from({ length: examples }, (_, i) =>
    expected.slice(i * count, (i + 1) * count).flatMap((line) => line.slice(i * count, (i + 1) * count)),
  );
  expect(errorOf(numbers([own!]), blocks.flat())).toBeLessThan(1e-13);
}

describe.each(SETUPS)('%s', (_, setup) => {
  it('has A with A’A = B, products, and Gram matrices', () => {
    const direction = tree.map(({ type }: TensorValue) => wave(type.shape, 90), setup.params);
    const leaves = tree.leaves<TensorValue>(direction as never);
    const rows = rowsOf(setup, exact);
    const [product, curved] = run(
      setup,
      (problem, params, ...v: Tensor[]) => {
        const at = tree.unflatten(tree.structureOf(setup.params), v);
        return [exact(problem, params).product(at), vector.pack(problem.linearize(params).ggnProduct(at))];
      },
      ...leaves,
    );
    const v = numbers(leaves);
    const products = rows.map((row) => dot(row, v));
    expect(errorOf(numbers([product!]), products)).toBeLessThan(1e-13);
    const expected = v.map((__, j) => rows.reduce((sum, row, i) => sum + row[j]! * products[i]!, 0));
    expect(errorOf(numbers([curved!]), expected)).toBeLessThan(1e-13);
    demandGrams(setup, exact);
  });

  it('has s with A’s = g', () => {
    const [back, remainder, gradient] = run(setup, (problem, params) => {
      const linearized = problem.linearize(params);
      const factor = curvatureFactor(problem, params, linearized);
      const { solution, remainder } = linearized.outputHessianFactorSolve(linearized.outputGradient);
      return [
        vector.pack(factor.transposed(reshape(solution, [factor.rows]))),
        remainder ?? mul(solution, 0),
        vector.pack(linearized.grad),
      ];
    });
    expect(errorOf(numbers([back!]), numbers([gradient!]))).toBeLessThan(1e-13);
    expect(Math.max(...numbers([remainder!]).map(Math.abs))).toBeLessThan(1e-15);
  });
});

it('leaves to the remainder what S cannot reach: the gradient at a class of probability 0', () => {
  const setup = mlpSetup('softmaxCrossEntropy');
  const large = tree.map(
    ({ type, data }: TensorValue) =>
      tensorValue(
        'float64',
        type.shape,
        Array.from(data, (x) => 300 * x),
      ),
    setup.params,
  ) as Setup['params'];
  const [solution, remainder, back, gradient] = run({ ...setup, params: large }, (problem, params) => {
    const { outputGradient, outputHessianFactor, outputHessianFactorSolve } = problem.linearize(params);
    const solved = outputHessianFactorSolve(outputGradient);
    return [solved.solution, solved.remainder!, outputHessianFactor(solved.solution), outputGradient];
  });
  expect(numbers([solution!]).every(Number.isFinite)).toBe(true);
  expect(Math.max(...numbers([remainder!]).map(Math.abs))).toBeGreaterThan(0.1);
  const sum = numbers([back!]).map((x, i) => x + numbers([remainder!])[i]!);
  expect(errorOf(sum, numbers([gradient!]))).toBeLessThan(1e-14);
});

it.each(SETUPS.slice(0, 4))(
  'has a row for each example, for given vectors at the outputs: %s',
  (_, setup) => {
    demandGrams(setup, (problem, params) => {
      const linearized = problem.linearize(params);
      return rowFactor(problem, params, linearized, linearized.outputGradient);
    });
  },
);

it('refuses a Gram matrix of more than 1 GiB', () => {
  const many = { ...mlpSetup('squaredError'), inputs: wave([4000, 3], 1), targets: wave([4000, 3], 2) };
  expect(() => run(many, (problem, params) => exact(problem, params).gram())).toThrow(RangeError);
});
