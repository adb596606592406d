// Products with Hessians, and the factor of the loss's Hessian in the outputs.

import {
  add,
  less,
  type PrimitiveParams,
  type Program,
  scalar,
  type Tensor,
  type TensorValue,
  tree,
  vector,
  whileLoop,
} from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import type { Params } from '../src/contract.js';
import {
  convnetSetup,
  errorOf,
  mlpSetup,
  numbers,
  run,
  type Setup,
  sequenceSetup,
  traced,
  wave,
} from './tiny-networks.js';

const SETUPS: readonly (readonly [string, Setup])[] = [
  ['regression', mlpSetup('squaredError')],
  ['classification', mlpSetup('softmaxCrossEntropy')],
  ['convnet', convnetSetup()],
  ['sequence', sequenceSetup()],
];

describe.each(SETUPS)('%s', (_, setup) => {
  const outputs = run(setup, (problem, params) => problem.linearize(params).outputs)[0]!;

  it('has S with S S’ = H, and its transpose', () => {
    const [u, v] = [wave(outputs.type.shape, 20), wave(outputs.type.shape, 21)];
    const [factored, product, left, right] = run(
      setup,
      (problem, params, at, other) => {
        const {
          outputHessianFactor: S,
          outputHessianFactorTranspose: St,
          outputHessianProduct,
        } = problem.linearize(params);
        return [
          S(St(at!)),
          outputHessianProduct(at!),
          vector.dot(S(at!), other!),
          vector.dot(at!, St(other!)),
        ];
      },
      u,
      v,
    );
    expect(errorOf(numbers([factored!]), numbers([product!]))).toBeLessThan(1e-13);
    expect(errorOf(numbers([left!]), numbers([right!]))).toBeLessThan(1e-13);
  });

  it('has the Hessian products of differences of gradients, alone and in linearize', () => {
    const direction = tree.map(({ type }: TensorValue) => wave(type.shape, 90), setup.params);
    const H = 1e-5;
    const [ahead, behind] = [H, -H].map((h) => {
      const moved = tree.map(
        ({ type, data }: TensorValue, v: TensorValue) => ({
          type,
          data: Float64Array.from(data, (x, i) => x + h * v.data[i]!),
        }),
        setup.params,
        direction as never,
      ) as Setup['params'];
      return numbers(
        run({ ...setup, params: moved }, (problem, params) => problem.valueAndGrad(params).grad),
      );
    });
    const difference = ahead!.map((value, i) => (value - behind![i]!) / (2 * H));
    const leaves = tree.leaves<TensorValue>(direction as never);
    const structure = tree.structureOf(setup.params);
    const products = [false, true].map((shared) =>
      numbers(
        run(
          setup,
          (problem, params, ...v: Tensor[]) => {
            const at = tree.unflatten(structure, v);
            return shared ? problem.linearize(params).hessianProduct(at) : problem.hessianProduct(params, at);
          },
          ...leaves,
        ),
      ),
    );
    expect(errorOf(products[0]!, difference)).toBeLessThan(1e-7);
    expect(errorOf(products[1]!, products[0]!)).toBeLessThan(1e-13);
  });
});

it('runs the network once for a gradient, a Gauss-Newton product and a Hessian product', () => {
  const setup = mlpSetup('softmaxCrossEntropy');
  const structure = tree.structureOf(setup.params);
  const tanhs = (fn: Parameters<typeof traced>[1]) =>
    traced(setup, fn, ...tree.leaves<TensorValue>(setup.params)).equations.filter(
      ({ primitive }) => primitive === 'tanh',
    ).length;
  const count = tanhs((problem, params, ...v) => {
    const at = tree.unflatten(structure, v);
    const { grad, ggnProduct, hessianProduct } = problem.linearize(params);
    return [grad, ggnProduct(at), hessianProduct(at)];
  });
  expect(count).toBe(1);
});

it('names the loss without a distribution', () => {
  const { distribution: _, ...loss } = mlpSetup('squaredError').loss;
  const setup = { ...mlpSetup('squaredError'), loss };
  const attempt = () =>
    traced(setup, (problem, params) => problem.linearize(params).outputHessianFactor(problem.targets));
  expect(attempt).toThrow(TypeError);
});

it('evaluates the network outside a loop over Hessian products', () => {
  const setup = mlpSetup('softmaxCrossEntropy');
  const program = traced(setup, (problem, params) => {
    const { grad, hessianProduct } = problem.linearize(params);
    return whileLoop<{ k: Tensor; v: Params }>(
      ({ k }) => less(k, 3),
      ({ k, v }) => ({ k: add(k, 1), v: hessianProduct(v) }),
      { k: scalar(0, 'int32'), v: grad },
    ).v;
  });
  const loop = program.equations.find(({ primitive }) => primitive === 'while')!;
  const { body } = loop.params as PrimitiveParams['while'];
  const count = (equations: Program['equations'], name: string) =>
    equations.filter(({ primitive }) => primitive === name).length;
  expect(count(body.equations, 'matmul')).toBeGreaterThan(0);
  expect(count(body.equations, 'tanh')).toBe(0);
  expect(count(body.equations, 'softmax')).toBe(0);
  expect(count(program.equations, 'tanh')).toBe(1);
});
