import { readFile } from 'node:fs/promises';
import { type TensorType, type TensorValue, type Tree, tensorValue, trace, tree } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import {
  completeHyperparameters,
  type DatasetSpec,
  type Model,
  parseManifest,
  type ValuesOf,
} from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { ACTIVATION_NAMES, type Activation } from '../src/activations.js';
import { INITIALIZATIONS } from '../src/initialization.js';
import mlp, { type MlpHyperparameters, type MlpParams } from '../src/mlp.js';
import expected from './paper-start.expected.json' with { type: 'json' };

const MANIFEST = new URL('../manifests/mlp.json', import.meta.url);
const DEFAULTS: MlpHyperparameters = {
  hidden: [4, 3],
  activation: 'tanh',
  initialization: 'glorot',
  initializationSeed: null,
};

const regression = (input: readonly number[], target: readonly number[]): DatasetSpec => ({
  task: 'regression',
  input: { shape: input },
  target: { shape: target },
});
const digits: DatasetSpec = {
  task: 'classification',
  input: { shape: [28, 28, 1] },
  target: { shape: [] },
  classes: 10,
};

function create(hyperparameters: Partial<MlpHyperparameters>, data: DatasetSpec): Model<MlpParams> {
  const model = mlp.create({ ...DEFAULTS, ...hyperparameters }, data);
  if ('incompatible' in model) throw new Error(model.incompatible);
  return model;
}

const layersOf = (model: Model<MlpParams>, seed = 0) => model.init(seed).layers;

function run(model: Model<MlpParams>, params: ValuesOf<MlpParams>, x: TensorValue): TensorValue {
  const types = tree.map((value: TensorValue) => value.type, params) as Tree<TensorType>;
  const { program } = trace(model.apply, types, x.type);
  return evaluate(program, [...tree.leaves(params), x])[0]!;
}

describe('the paper’s initialization', () => {
  const cases = [
    { name: 'boston', hidden: [100, 100], data: regression([13], [1]) },
    { name: 'mnist', hidden: [20, 20, 20], data: digits },
  ] as const;

  it.each(cases)('is numpy’s, layer by layer, for every run’s seed ($name)', ({ name, hidden, data }) => {
    const model = create({ hidden, initialization: 'paper' }, data);
    for (const seed of [0, 5]) {
      const layers = layersOf(model, seed);
      expect(layers.map(({ weight }) => weight.type.shape)).toEqual(
        expected.paperLayers[name].map(({ shape }) => shape),
      );
      for (const [i, { first, secondRow, last, norm, shape }] of expected.paperLayers[name].entries()) {
        const { weight, bias } = layers[i]!;
        const width = shape[1]!;
        const picked = [
          ...weight.data.subarray(0, first.length),
          ...weight.data.subarray(width, width + secondRow.length),
          ...weight.data.subarray(weight.data.length - last.length),
        ];
        for (const [j, value] of [...first, ...secondRow, ...last].entries()) {
          expect(Math.abs(picked[j]! / value - 1)).toBeLessThan(3 * Number.EPSILON);
        }
        expect(Math.hypot(...weight.data)).toBeCloseTo(norm, 9);
        expect(bias.data).toEqual(new Float64Array(width));
      }
    }
  });

  it('computes numpy’s outputs', () => {
    const model = create(
      { hidden: [100, 100], activation: 'sigmoid', initialization: 'paper' },
      regression([13], [1]),
    );
    const x = tensorValue(
      'float64',
      [2, 13],
      Array.from({ length: 26 }, (_, i) => i / 25),
    );
    const outputs = run(model, model.init(3), x);
    expect(outputs.type).toEqual({ dtype: 'float64', shape: [2, 1] });
    for (const [i, value] of expected.paperForward.outputs.entries())
      expect(outputs.data[i]).toBeCloseTo(value, 11);
  });

  it('uses another seed on request', () => {
    const fixed = create({ initialization: 'paper', initializationSeed: 11 }, regression([13], [1]));
    const plain = create({ initialization: 'normal' }, regression([13], [1]));
    expect(layersOf(fixed, 0)).toEqual(layersOf(plain, 11));
    expect(layersOf(fixed, 0)).not.toEqual(layersOf(plain, 10));
  });
});

describe('initializations', () => {
  const weights = (initialization: MlpHyperparameters['initialization'], seed = 1) =>
    layersOf(create({ hidden: [300], initialization }, regression([200], [1])), seed)[0]!.weight.data;
  const variance = (values: Iterable<number>) => {
    const all = [...values];
    return all.reduce((sum, value) => sum + value * value, 0) / all.length;
  };

  // 60000 draws: the standard error of a normal variance is 0.6 %.
  it.each([
    ['normal', 1],
    ['glorot', 2 / 500], // s^2 / 3
    ['he', 2 / 200],
    ['lecun', 1 / 200],
  ] as const)('%s has variance %d', (name, value) => {
    expect(variance(weights(name)) / value).toBeGreaterThan(0.975);
    expect(variance(weights(name)) / value).toBeLessThan(1.025);
  });

  it('glorot stays within sqrt(6 / (in + out)) and comes close', () => {
    const largest = Math.max(...Array.from(weights('glorot'), Math.abs));
    expect(largest).toBeLessThanOrEqual(Math.sqrt(6 / 500));
    expect(largest).toBeGreaterThan(0.999 * Math.sqrt(6 / 500));
  });

  it('use the run’s seed', () => {
    expect(weights('he', 1)).toEqual(weights('he', 1));
    expect(weights('he', 1)).not.toEqual(weights('he', 2));
  });
});

describe('apply', () => {
  const FUNCTIONS: { readonly [A in Activation]: (x: number) => number } = {
    sigmoid: (x) => 1 / (1 + Math.exp(-x)),
    tanh: Math.tanh,
    relu: (x) => Math.max(x, 0),
    silu: (x) => x / (1 + Math.exp(-x)),
    gelu: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    softplus: (x) => Math.log1p(Math.exp(x)),
  };

  /** One example at a time, one neuron at a time. */
  function forward(
    { layers }: ValuesOf<MlpParams>,
    input: readonly number[],
    activation: (x: number) => number,
  ): number[] {
    return layers.reduce<number[]>(
      (h, { weight, bias }, i) => {
        const activated = i === 0 ? h : h.map(activation);
        return Array.from(bias.data, (b, out) =>
          activated.reduce((sum, value, k) => sum + value * weight.data[k * bias.data.length + out]!, b),
        );
      },
      [...input],
    );
  }

  it.each(ACTIVATION_NAMES)('is the network, with a linear output (%s)', (activation) => {
    const model = create({ activation, initialization: 'normal' }, regression([3], [2]));
    const params = model.init(4);
    for (const { bias } of params.layers) bias.data.set(Array.from(bias.data, (_, i) => 0.3 - 0.2 * i));
    const rows = [
      [0.5, -1, 2],
      [-3, 0.25, 1],
    ];
    const values = run(model, params, tensorValue('float64', [2, 3], rows.flat()));
    const wanted = rows.flatMap((row) => forward(params, row, FUNCTIONS[activation]));
    expect(wanted.some((value) => Math.abs(value) > 1)).toBe(true); // Beyond the range of a sigmoid or tanh output.
    for (const [i, value] of wanted.entries()) expect(values.data[i]).toBeCloseTo(value, 12);
  });

  it('softplus does not overflow', () => {
    const model = create({ hidden: [1], activation: 'softplus' }, regression([1], [1]));
    const one = { weight: tensorValue('float64', [1, 1], [1]), bias: tensorValue('float64', [1], [0]) };
    const outputs = run(model, { layers: [one, one] }, tensorValue('float64', [3, 1], [-800, 0, 800]));
    expect([...outputs.data]).toEqual([0, Math.log(2), 800]);
  });

  it('flattens images row by row and gives one logit per class', () => {
    const model = create({ hidden: [] }, { ...digits, input: { shape: [2, 2, 1] }, classes: 3 });
    const params = model.init(0);
    const pixels = [1, 2, 3, 4];
    const outputs = run(model, params, tensorValue('float64', [1, 2, 2, 1], pixels));
    expect(outputs.type.shape).toEqual([1, 3]);
    const wanted = forward(params, pixels, Math.tanh);
    for (const [i, value] of wanted.entries()) expect(outputs.data[i]).toBeCloseTo(value, 12);
  });

  it('returns outputs in the shape of the target', () => {
    const x = tensorValue('float64', [5, 3], new Array(15).fill(1));
    for (const target of [[1], [2], [2, 4], []]) {
      const model = create({}, regression([3], target));
      expect(run(model, model.init(0), x).type.shape).toEqual([5, ...target]);
    }
  });
});

it('rejects a classification without a number of classes', () => {
  const { classes: _, ...unknown } = digits;
  expect(mlp.create(DEFAULTS, unknown)).toEqual({
    incompatible: expect.stringContaining('number of classes'),
  });
});

describe('the manifest', async () => {
  const manifest = parseManifest(JSON.parse(await readFile(MANIFEST, 'utf8')), 'manifests/mlp.json');
  const { properties } = manifest.hyperparameters;

  it('offers everything the model supports', () => {
    expect(properties.activation?.enum).toEqual(ACTIVATION_NAMES);
    expect([...(properties.initialization?.enum ?? [])].sort()).toEqual([...INITIALIZATIONS].sort());
  });

  it('has a preset with the paper’s initialization', () => {
    const values = completeHyperparameters(manifest, { preset: 'paper', hidden: [100, 100] });
    expect(values).toEqual({
      hidden: [100, 100],
      activation: 'sigmoid',
      initialization: 'paper',
      initializationSeed: null,
    });
  });

  it.each([
    [{ hidden: [0] }, '/hidden/0'],
    [{ activation: 'sigmoide' }, '/activation'],
    [{ initializationSeed: -1 }, '/initializationSeed'],
  ])('rejects %j', (values, pointer) => {
    expect(() => completeHyperparameters(manifest, values)).toThrow(expect.objectContaining({ pointer }));
  });
});
