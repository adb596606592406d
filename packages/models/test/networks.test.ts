// Every network with more than dense layers, against plain numpy and finite differences.

import {
  sizeOf,
  type Tensor,
  type TensorValue,
  type Tree,
  tensorValue,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { bindProblem, type DatasetSpec, losses, type Model, type Params } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import autoencoder from '../src/autoencoder.js';
import convnet from '../src/convnet.js';
import resnet, { type ResnetHyperparameters } from '../src/resnet.js';
import transformer from '../src/transformer.js';
import expected from './numpy-reference/networks.expected.json' with { type: 'json' };
import { demandModel, run, shapesOf, wave, waveParameters } from './wave-network.js';

const images = (shape: readonly number[]): DatasetSpec => ({
  task: 'classification',
  input: { shape },
  target: { shape: [] },
  classes: 3,
});

const RESNET: ResnetHyperparameters = {
  widths: [3, 4],
  blocks: 1,
  normalization: 'layer',
  activation: 'relu',
  initialization: 'he',
  initializationSeed: null,
};

const SMALL: { readonly [N in keyof typeof expected.networks]: Model } = {
  convnet: demandModel(
    convnet.create(
      {
        layers: [
          'conv 4 3x2 stride 2x1 padding 1x0 tanh',
          'conv 6 3 padding same groups 2',
          'average-pool 2 stride 1',
          'conv 2 2 linear dilation 2x3',
          'max-pool 1x2 stride 1',
          'dense 5',
        ],
        activation: 'sigmoid',
        initialization: 'he',
        initializationSeed: null,
      },
      images([2, 9, 8]),
    ),
  ),
  autoencoder: demandModel(
    autoencoder.create(
      {
        hidden: [5, 4],
        code: 2,
        activation: 'tanh',
        output: 'sigmoid',
        initialization: 'sparse',
        initializationSeed: null,
      },
      { task: 'regression', input: { shape: [6] }, target: { shape: [6] } },
    ),
  ),
  resnet_layer: demandModel(resnet.create(RESNET, images([2, 5, 6]))),
  resnet_none: demandModel(resnet.create({ ...RESNET, blocks: 2, normalization: 'none' }, images([2, 5, 6]))),
  transformer: demandModel(
    transformer.create(
      { width: 6, blocks: 2, heads: 2, expansion: 2, activation: 'gelu', initializationSeed: null },
      {
        task: 'classification',
        input: { shape: [5], vocabulary: 5 },
        target: { shape: [5] },
        classes: 5,
      },
    ),
  ),
};

const cases = Object.entries(SMALL).map(([name, model]) => {
  const { inputs, parameters, shape, outputs } = expected.networks[name as keyof typeof SMALL];
  const x = name === 'transformer' ? tensorValue('int32', [2, 5], expected.tokens) : wave(inputs, 50);
  return { name, model, x, parameters, shape, outputs };
});

describe.each(cases)('$name', ({ model, x, parameters, shape, outputs }) => {
  const params = waveParameters(model);

  it('has the parameters of its definition', () => {
    expect(shapesOf(params)).toEqual(parameters);
  });

  it('computes numpy’s outputs', () => {
    const y = run(model.apply, params, x);
    expect(y.type).toEqual({ dtype: 'float64', shape });
    const scale = Math.max(...outputs.map(Math.abs));
    for (const [i, value] of outputs.entries()) expect((y.data[i]! - value) / scale).toBeCloseTo(0, 13);
  });

  const targets = wave(shape, 7);
  const direction = tree.map(({ type }: TensorValue) => wave(type.shape, 90), params) as Tree<TensorValue>;
  const problem = (inputs: Tensor, labels: Tensor) =>
    bindProblem(model, losses.squaredError, { inputs, targets: labels });
  // A pair of trees is a tree: parameters, and a direction among them.
  const along = (fn: (at: Params, v: Params, x: Tensor, y: Tensor) => Tensor): number =>
    run(
      (both: readonly [Params, Params], ...batch: [Tensor, Tensor]) => fn(...both, ...batch),
      [params, direction],
      x,
      targets,
    ).data[0]!;
  const shifted = (h: number) =>
    tree.map(
      (p: TensorValue, v: TensorValue) => ({
        ...p,
        data: p.data.map((e, i) => e + h * v.data[i]!) as Float64Array,
      }),
      params,
      direction,
    ) as Tree<TensorValue>;
  const STEP = 1e-5;

  it('has the gradient of its loss', () => {
    const loss = (h: number) =>
      run((at, inputs, labels) => problem(inputs!, labels!).loss(at), shifted(h), x, targets).data[0]!;
    const difference = (loss(STEP) - loss(-STEP)) / (2 * STEP);
    const slope = along((at, v, inputs, labels) =>
      vector.dot(problem(inputs, labels).valueAndGrad(at).grad, v),
    );
    expect(Math.abs(difference)).toBeGreaterThan(1e-3);
    expect(slope / difference).toBeCloseTo(1, 6);
  });

  it('has the Gauss-Newton product of its Jacobian: v’ B v = 2 / (M K) |J v|^2', () => {
    const [ahead, behind] = [STEP, -STEP].map((h) => run(model.apply, shifted(h), x).data);
    const jv = Array.from(ahead!, (value, i) => (value - behind![i]!) / (2 * STEP));
    const wanted = (2 / sizeOf(shape)) * jv.reduce((sum, value) => sum + value * value, 0);
    const curvature = along((at, v, inputs, labels) =>
      vector.dot(v, problem(inputs, labels).linearize(at).ggnProduct(v)),
    );
    expect(wanted).toBeGreaterThan(1e-3);
    expect(curvature / wanted).toBeCloseTo(1, 6);
  });
});
