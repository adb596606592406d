// A gated recurrent unit made of shared layers in a scan: its derivatives, and that it learns.

import {
  add,
  argMax,
  cast,
  equal,
  grad,
  less,
  mul,
  scalar,
  scan,
  sigmoid,
  sub,
  sum,
  type Tensor,
  type TensorValue,
  tanh,
  tensorValue,
  transpose,
  tree,
  vector,
  whileLoop,
  zeros,
} from '@gaussmark/autodiff';
import { expect, it } from 'vitest';
import type { Network, Params } from '../src/contract.js';
import { type AffineParams, dense } from '../src/layers.js';
import { losses } from '../src/losses.js';
import { errorOf, numbers, run, type Setup, wave } from './tiny-networks.js';

const HIDDEN = 4;

type Gate = { readonly input: AffineParams; readonly state: { readonly weight: Tensor } };
type GruParams = {
  readonly reset: Gate;
  readonly update: Gate;
  readonly candidate: Gate;
  readonly output: AffineParams;
};

/**
 * r = s(W_r x + U_r h + b_r), z = s(W_z x + U_z h + b_z), c = tanh(W x + U (r h) + b), h <- z h + (1 - z) c; logits from the last h.
 * K. Cho et al., arXiv 1406.1078.
 */
const gru: Network = {
  apply({ reset, update, candidate, output }: GruParams, x: Tensor) {
    const gate = ({ input, state }: Gate, at: Tensor, h: Tensor) => add(dense(at, input), dense(h, state));
    const step = (h: Tensor, at: Tensor) => {
      const r = sigmoid(gate(reset, at, h));
      const z = sigmoid(gate(update, at, h));
      const c = tanh(gate(candidate, at, mul(r, h)));
      return { carry: add(mul(z, h), mul(sub(1, z), c)), y: [] as readonly Tensor[] };
    };
    const { carry } = scan(step, zeros([x.shape[0]!, HIDDEN], x.dtype), transpose(x, [1, 0, 2]), {
      name: 'time',
    });
    return dense(carry, output);
  },
};

const gateOf = (seed: number) => ({
  input: { weight: wave([1, HIDDEN], seed), bias: wave([HIDDEN], seed + 1) },
  state: { weight: wave([HIDDEN, HIDDEN], seed + 2) },
});

/** All sequences of four signs; the class is the first one, to be remembered. */
const setup: Setup = {
  network: gru,
  loss: losses.softmaxCrossEntropy,
  params: {
    reset: gateOf(1),
    update: gateOf(4),
    candidate: gateOf(7),
    output: { weight: wave([HIDDEN, 2], 10), bias: wave([2], 11) },
  },
  inputs: tensorValue(
    'float64',
    [16, 4, 1],
    Array.from({ length: 64 }, (_, i) => (((i >> 2) >> (i & 3)) & 1 ? 1 : -1)),
  ),
  targets: tensorValue(
    'int32',
    [16],
    Array.from({ length: 16 }, (_, i) => i & 1),
  ),
};

it('has the gradient and the Hessian products of finite differences', () => {
  const H = 1e-5;
  const direction = tree.map(
    ({ type }: TensorValue) => wave(type.shape, 90),
    setup.params,
  ) as Setup['params'];
  const [ahead, behind] = [H, -H].map((h) => {
    const moved = tree.map(
      ({ type, data }: TensorValue, v: TensorValue) => ({
        type,
        data: Float64Array.from(data, (x, i) => x + h * v.data[i]!),
      }),
      setup.params,
      direction,
    ) as Setup['params'];
    const [loss, ...gradient] = run({ ...setup, params: moved }, (problem, params) => {
      const { loss: value, grad: g } = problem.valueAndGrad(params);
      return [value, g];
    });
    return { loss: loss!.data[0]!, gradient: numbers(gradient) };
  });
  const structure = tree.structureOf(setup.params);
  const [slope, ...product] = run(
    setup,
    (problem, params, ...leaves: Tensor[]) => {
      const v = tree.unflatten(structure, leaves);
      return [vector.dot(problem.valueAndGrad(params).grad, v), problem.hessianProduct(params, v)];
    },
    ...tree.leaves<TensorValue>(direction),
  );
  expect(slope!.data[0]! / ((ahead!.loss - behind!.loss) / (2 * H))).toBeCloseTo(1, 7);
  const difference = ahead!.gradient.map((value, i) => (value - behind!.gradient[i]!) / (2 * H));
  expect(errorOf(numbers(product), difference)).toBeLessThan(1e-7);
});

it('learns to remember the first sign', () => {
  const [loss, right] = run(setup, (problem, params) => {
    const start = { k: scalar(0, 'int32'), at: params, velocity: vector.zerosLike(params) };
    const { at } = whileLoop<{ k: Tensor; at: Params; velocity: Params }>(
      ({ k }) => less(k, 100),
      (now) => {
        const g = grad((p: Params) => problem.loss(p))(now.at);
        const velocity = vector.addScaled(g, 0.9, now.velocity);
        return { k: add(now.k, 1), at: vector.addScaled(now.at, -0.2, velocity), velocity };
      },
      start,
    );
    const { outputs } = problem.linearize(at);
    return [problem.loss(at), sum(cast(equal(argMax(outputs), problem.targets), 'int32'))];
  });
  expect(loss!.data[0]).toBeLessThan(0.1);
  expect(right!.data[0]).toBe(16);
});
