// The roles of every network's parameters, and its layers.

import { type Tensor, type TensorType, type TensorValue, trace, tree } from '@gaussmark/autodiff';
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
import { demandModel } from './wave-network.js';

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

  it('shows every weight to layers()', () => {
    const example = (shape: readonly number[], dtype: 'float32' | 'int32'): TensorType => ({
      dtype,
      shape: [2, ...shape],
    });
    const isClasses = spec.task === 'classification';
    let weights: readonly (string | null)[] = [];
    trace(
      (params: Params, inputs: Tensor, targets: Tensor) => {
        const loss = losses[isClasses ? 'softmaxCrossEntropy' : 'squaredError'];
        const { layers, backward, outputGradient } = bindProblem(model, loss, { inputs, targets }).layers(
          params,
        );
        weights = layers.map(({ weight }) => weight);
        return [...backward(outputGradient), ...layers.map((layer) => layer.inputRows())];
      },
      types,
      example(spec.input.shape, spec.input.vocabulary === undefined ? 'float32' : 'int32'),
      example(spec.target.shape, isClasses ? 'int32' : 'float32'),
    );
    const wanted = parameters
      .filter(({ role }) => ['weight', 'kernel', 'head'].includes(role))
      .map(({ path }) => path);
    expect([...weights].sort()).toEqual(wanted.sort());
  });
});
