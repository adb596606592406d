// The declared types of a network's parameters match the drawn ones, for every setting in its manifest.

import { type TensorType, type TensorValue, tree } from '@gaussmark/autodiff';
import type { DatasetSpec, Model, ModelPlugin } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import autoencoder from '../src/autoencoder.js';
import convnet from '../src/convnet.js';
import linear from '../src/linear.js';
import mlp from '../src/mlp.js';
import resnet from '../src/resnet.js';
import transformer from '../src/transformer.js';

const regression = (inputs: number, outputs: number): DatasetSpec => ({
  task: 'regression',
  input: { shape: [inputs] },
  target: { shape: [outputs] },
});
const images: DatasetSpec = {
  task: 'classification',
  input: { shape: [2, 8, 8] },
  target: { shape: [] },
  classes: 3,
};
const text: DatasetSpec = {
  task: 'classification',
  input: { shape: [6], vocabulary: 5 },
  target: { shape: [6] },
  classes: 5,
};
const start = { activation: 'relu', initialization: 'he', initializationSeed: null } as const;

const CASES: readonly (readonly [
  name: string,
  plugin: ModelPlugin<never>,
  settings: object,
  data: DatasetSpec,
])[] = [
  ['mlp', mlp, { ...start, hidden: [4, 3] }, regression(2, 1)],
  ['mlp without hidden layers', mlp, { ...start, hidden: [] }, regression(5, 2)],
  ['linear', linear, { ...start, hidden: [4] }, regression(3, 2)],
  [
    'linear from zero',
    linear,
    { hidden: [], initialization: 'zero', initializationSeed: null },
    regression(3, 1),
  ],
  ['autoencoder', autoencoder, { ...start, hidden: [5], code: 2, output: 'linear' }, regression(4, 4)],
  [
    'sparse autoencoder',
    autoencoder,
    { ...start, hidden: [5], code: 2, output: 'sigmoid', initialization: 'sparse' },
    regression(4, 4),
  ],
  [
    'convnet',
    convnet,
    { ...start, layers: ['conv 4 3', 'max-pool 2', 'dense 5'], initialization: 'paper' },
    images,
  ],
  ['resnet', resnet, { ...start, widths: [2, 3], blocks: 1, normalization: 'layer' }, images],
  ['resnet without a norm', resnet, { ...start, widths: [2, 3], blocks: 2, normalization: 'none' }, images],
  ['transformer', transformer, { ...start, width: 4, blocks: 2, heads: 2, expansion: 2 }, text],
];

describe.each(CASES)('%s', (_, plugin, settings, data) => {
  it('draws the declared types', () => {
    const model = plugin.create(settings as never, data) as Model;
    const declared = model.types!();
    const drawn = model.init(3);
    expect(tree.map(({ type }: TensorValue): TensorType => type, drawn)).toEqual(declared);
    for (const { type, data } of tree.leaves<TensorValue>(drawn)) {
      expect(data).toHaveLength(type.shape.reduce((product, extent) => product * extent, 1));
    }
  });
});
