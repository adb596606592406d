import { readFile } from 'node:fs/promises';
import { type TensorValue, tree } from '@gaussmark/autodiff';
import { completeHyperparameters, type DatasetSpec, parseManifest } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import autoencoder, { type AutoencoderHyperparameters } from '../src/autoencoder.js';
import { demandModel, parameterCount, run, secondMoment, shapesOf, wave } from './wave-network.js';

const DEFAULTS = completeHyperparameters<AutoencoderHyperparameters>(
  parseManifest(
    JSON.parse(await readFile(new URL('../manifests/autoencoder.json', import.meta.url), 'utf8')),
    'manifests/autoencoder.json',
  ),
  {},
);

const reproduction = (shape: readonly number[]): DatasetSpec => ({
  task: 'regression',
  input: { shape },
  target: { shape },
});

const weightsOf = (hyperparameters: Partial<AutoencoderHyperparameters>, seed = 1) =>
  tree
    .leaves<TensorValue>(
      demandModel(autoencoder.create({ ...DEFAULTS, ...hyperparameters }, reproduction([40]))).init(seed),
    )
    .filter(({ type }) => type.shape.length === 2);

it('defaults to the 784-1000-500-250-30-250-500-1000-784 of the literature', () => {
  const model = demandModel(autoencoder.create(DEFAULTS, reproduction([28, 28, 1])));
  const widths = [784, 1000, 500, 250, 30, 250, 500, 1000, 784];
  const weights = shapesOf(model.init(1)).filter((shape) => shape.length === 2);
  expect(weights).toEqual(widths.slice(1).map((width, i) => [widths[i], width]));
  expect(parameterCount(model)).toBe(2_837_314);
});

it('returns reconstructions in the shape of the target', () => {
  const model = demandModel(
    autoencoder.create({ ...DEFAULTS, hidden: [8], code: 3, output: 'linear' }, reproduction([1, 4, 5])),
  );
  expect(run(model.apply, model.init(1), wave([2, 1, 4, 5], 1)).type.shape).toEqual([2, 1, 4, 5]);
});

describe('the sparse initialization', () => {
  const [first, second] = weightsOf({ hidden: [60], code: 10 });

  it('gives every unit 15 inputs, or all if there are fewer', () => {
    for (const weight of [first!, second!]) {
      const [fanIn, fanOut] = weight.type.shape as [number, number];
      for (let unit = 0; unit < fanOut; unit++) {
        const own = Array.from({ length: fanIn }, (_, k) => weight.data[k * fanOut + unit]!);
        expect(own.filter((value) => value !== 0).length).toBe(15);
      }
    }
    const [, , narrow] = weightsOf({ hidden: [60], code: 10 });
    expect(narrow!.type.shape).toEqual([10, 60]);
    expect(narrow!.data.every((value) => value !== 0)).toBe(true);
  });

  it('chooses all inputs with equal probability', () => {
    const [wide] = weightsOf({ hidden: [2000], code: 10 });
    // 2000 units choose 15 of 40: 750 for each input, with a standard deviation of 22.
    for (let input = 0; input < 40; input++) {
      const row = wide!.data.subarray(input * 2000, (input + 1) * 2000);
      const count = row.filter((value) => value !== 0).length;
      expect(Math.abs(count - 750)).toBeLessThan(110);
    }
    // Of 40 numbers 15 are N(0, 1).
    expect(secondMoment(wide!) / (15 / 40)).toBeGreaterThan(0.95);
    expect(secondMoment(wide!) / (15 / 40)).toBeLessThan(1.05);
  });

  it('uses the run’s seed, or its own', () => {
    expect(weightsOf({ hidden: [20], code: 4 }, 1)).not.toEqual(weightsOf({ hidden: [20], code: 4 }, 2));
    expect(weightsOf({ hidden: [20], code: 4, initializationSeed: 2 }, 1)).toEqual(
      weightsOf({ hidden: [20], code: 4 }, 2),
    );
  });
});

it.each([
  [
    { task: 'classification', input: { shape: [1, 4, 5] }, target: { shape: [] }, classes: 10 },
    'here it is a class;',
  ],
  [{ task: 'regression', input: { shape: [13] }, target: { shape: [1] } }, 'here it is [1];'],
] satisfies [DatasetSpec, string][])('explains why a target is not the input (%#)', (data, reason) => {
  const result = autoencoder.create(DEFAULTS, data);
  expect(result).toMatchObject({ incompatible: expect.stringContaining(reason) });
});
