// The roles of every network's parameters, and its layers.

import {
  matmul,
  reshape,
  sizeOf,
  sum,
  type Tensor,
  type TensorType,
  type TensorValue,
  type Tree,
  tensorValue,
  trace,
  transpose,
  tree,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import {
  bindProblem,
  type DatasetSpec,
  losses,
  type Model,
  type Params,
  parametersOf,
} from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import autoencoder from '../src/autoencoder.js';
import convnet from '../src/convnet.js';
import mlp from '../src/mlp.js';
import resnet from '../src/resnet.js';
import transformer from '../src/transformer.js';
import { demandModel, wave, waveParameters } from './wave-network.js';

const start = { activation: 'relu', initialization: 'he', initializationSeed: null } as const;
const images: DatasetSpec = {
  task: 'classification',
  input: { shape: [2, 8, 8] },
  target: { shape: [] },
  classes: 3,
};
const vectors: DatasetSpec = { task: 'regression', input: { shape: [4] }, target: { shape: [4] } };
const text: DatasetSpec = {
  task: 'classification',
  input: { shape: [6], vocabulary: 5 },
  target: { shape: [6] },
  classes: 5,
};

const transformerOf = {
  width: 6,
  blocks: 1,
  heads: 2,
  expansion: 2,
  activation: 'gelu',
  initializationSeed: null,
} as const;
/** By path, except for biases and gains, which are named. */
const CASES: readonly (readonly [string, Model, DatasetSpec, Readonly<Record<string, string>>])[] = [
  [
    'mlp',
    demandModel(mlp.create({ ...start, hidden: [4, 3] }, vectors)),
    vectors,
    { 'layers.0.weight': 'weight', 'layers.1.weight': 'weight', 'layers.2.weight': 'head' },
  ],
  [
    'linear model',
    demandModel(mlp.create({ ...start, hidden: [] }, vectors)),
    vectors,
    { 'layers.0.weight': 'head' },
  ],
  [
    'autoencoder',
    demandModel(autoencoder.create({ ...start, hidden: [], code: 2, output: 'linear' }, vectors)),
    vectors,
    { 'layers.0.weight': 'weight', 'layers.1.weight': 'head' },
  ],
  [
    'convnet',
    demandModel(convnet.create({ ...start, layers: ['conv 4 3', 'max-pool 2', 'dense 5'] }, images)),
    images,
    { 'layers.0.weight': 'kernel', 'layers.1.weight': 'weight', 'layers.2.weight': 'head' },
  ],
  [
    'resnet',
    demandModel(resnet.create({ ...start, widths: [3, 4], blocks: 1, normalization: 'layer' }, images)),
    images,
    {
      'stem.weight': 'kernel',
      'stages.0.0.first.weight': 'kernel',
      'stages.0.0.second.weight': 'kernel',
      'stages.1.0.first.weight': 'kernel',
      'stages.1.0.second.weight': 'kernel',
      'stages.1.0.shortcut.weight': 'kernel',
      'output.weight': 'head',
    },
  ],
  [
    'transformer',
    demandModel(transformer.create(transformerOf, text)),
    text,
    {
      tokens: 'embedding',
      positions: 'embedding',
      'blocks.0.query.weight': 'weight',
      'blocks.0.key.weight': 'weight',
      'blocks.0.value.weight': 'weight',
      'blocks.0.merge.weight': 'weight',
      'blocks.0.expand.weight': 'weight',
      'blocks.0.contract.weight': 'weight',
      'output.weight': 'head',
    },
  ],
];

describe.each(CASES)('%s', (_, model, spec, expected) => {
  const types = tree.map(
    ({ type }: TensorValue): TensorType => ({ dtype: 'float32', shape: type.shape }),
    model.init(1),
  ) as never;
  const parameters = parametersOf(model, types);

  it('has a role for every parameter', () => {
    const matrices = parameters.filter(({ role }) => role !== 'bias' && role !== 'gain');
    expect(Object.fromEntries(matrices.map(({ path, role }) => [path, role]))).toEqual(expected);
    for (const { path, role } of parameters) {
      if (role === 'bias') expect(path).toMatch(/(bias|shift)$/);
      if (role === 'gain') expect(path).toMatch(/scale$/);
    }
  });

  it('shows every weight to layers(), with inputs and gradients whose products are its gradient', () => {
    const params = waveParameters(model);
    const isClasses = spec.task === 'classification';
    const loss = losses[isClasses ? 'softmaxCrossEntropy' : 'squaredError'];
    const labels = (shape: readonly number[]) =>
      tensorValue(
        'int32',
        shape,
        Array.from({ length: sizeOf(shape) }, (_, i) => i % spec.classes!),
      );
    const [xShape, yShape] = [spec.input, spec.target].map(({ shape }) => [2, ...shape]);
    const x = spec.input.vocabulary === undefined ? wave(xShape!, 50) : labels(xShape!);
    const y = isClasses ? labels(yShape!) : wave(yShape!, 60);
    let seen: readonly string[] = [];
    const types = tree.map(({ type }: TensorValue) => type, params) as Tree<TensorType>;
    const { program } = trace(
      (at: Params, inputs: Tensor, targets: Tensor) => {
        const problem = bindProblem(model, loss, { inputs, targets });
        const { layers, backward, outputGradient } = problem.layers(at);
        const gradients = tree.leaves<Tensor>(problem.valueAndGrad(at).grad);
        const indexOf = (path: string) => parameters.findIndex((each) => each.path === path);
        const deltas = backward(outputGradient).map((delta, i) => layers[i]!.gradientRows(delta));
        seen = layers.map(({ weight }) => weight!);
        return layers.flatMap(({ kind, weight, bias, inputRows }, i) => {
          const product = matmul(inputRows(), deltas[i]!, { transposeA: true });
          const gradient = gradients[indexOf(weight!)]!;
          const weights = [reshape(kind === 'conv' ? transpose(product) : product, gradient.shape), gradient];
          return bias === null
            ? weights
            : [...weights, sum(deltas[i]!, { axes: [0] }), gradients[indexOf(bias)]!];
        });
      },
      types,
      x.type,
      y.type,
    );
    const wanted = parameters.filter(({ role }) => ['weight', 'kernel', 'head'].includes(role));
    expect([...seen].sort()).toEqual(wanted.map(({ path }) => path).sort());
    const values = evaluate(program, [...tree.leaves<TensorValue>(params), x, y]);
    const largest = Math.max(...values.map(({ data }) => Math.max(...Array.from(data, Math.abs))));
    expect(largest).toBeGreaterThan(1e-3);
    for (let i = 0; i < values.length; i += 2) {
      const [product, gradient] = [values[i]!, values[i + 1]!];
      expect(product.type).toEqual(gradient.type);
      for (const [j, value] of product.data.entries())
        expect((value - gradient.data[j]!) / largest).toBeCloseTo(0, 13);
    }
  });
});
