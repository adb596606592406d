// Random features: targets whose noise is the floor, around a function without noise.

import { describe, expect, it } from 'vitest';
import randomFeatures, { type RandomFeaturesHyperparameters } from '../src/random-features.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();
const DEFAULTS: RandomFeaturesHyperparameters = {
  dimension: 4,
  features: 16,
  frequency: 1.5,
  trainSize: 2000,
  testSize: 2000,
  noise: 0.3,
  seed: 0,
};
const load = (changes: Partial<RandomFeaturesHyperparameters> = {}) =>
  randomFeatures.load({ ...DEFAULTS, ...changes }, context);

const meanSquare = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value * value, 0) / values.length;

describe('random-features', () => {
  it('is the same data on every machine', async () => {
    expect((await load()).provenance.checksums).toEqual({
      train: '94a344891c08b8ff95b37df3b8468e65592e9abf691822ae0ed151a874a994cb',
      test: '0f967069d1cfb3ee97d7f4d17de0397ae4006ebb2d1f50a24feaf916ee318212',
    });
  });

  it('adds normal noise of the given size to the training targets alone', async () => {
    const [noisy, clean] = [await load(), await load({ noise: 0 })];
    expect(noisy.test).toEqual(clean.test);
    expect(noisy.train.inputs).toEqual(clean.train.inputs);
    const noise = [...noisy.train.targets].map((y, i) => (y - clean.train.targets[i]!) / 0.3);
    expect(Math.abs(meanSquare(noise) - 1)).toBeLessThan(0.1); // Standard error: 0.032.
    expect(Math.abs(meanSquare(noise.map((e) => e * e)) - 3)).toBeLessThan(0.9); // 0.22.
  });

  it('has targets of mean square 1 on average over functions', async () => {
    const seeds = Array.from({ length: 60 }, (_, seed) => seed);
    const all = await Promise.all(
      seeds.map((seed) => load({ seed, features: 200, trainSize: 1, testSize: 100 })),
    );
    // Standard error: about 0.05.
    expect(Math.abs(meanSquare(all.flatMap(({ test }) => [...test.targets])) - 1)).toBeLessThan(0.15);
  });

  it('is a cosine of the input with one feature', async () => {
    const { test } = await load({ dimension: 1, features: 1, frequency: 2 });
    const points = [...test.inputs].map((x, i) => ({ x, y: test.targets[i]! }));
    const amplitude = Math.max(...points.map(({ y }) => Math.abs(y)));
    // acos of the target is piecewise linear in x: between neighbours of one monotone piece, its slope is +-|w|.
    points.sort((a, b) => a.x - b.x);
    const slopes = points.slice(1).flatMap((b, i) => {
      const a = points[i]!;
      const steep =
        [a, b].every(({ y }) => Math.abs(y) < 0.9 * amplitude) && b.x - a.x > 1e-3 && b.x - a.x < 0.1;
      return steep ? [Math.abs(Math.acos(b.y / amplitude) - Math.acos(a.y / amplitude)) / (b.x - a.x)] : [];
    });
    expect(slopes.length).toBeGreaterThan(100);
    const [least, most] = [Math.min(...slopes), Math.max(...slopes)];
    expect(most / least).toBeLessThan(1.02);
  });

  it('changes only what a hyperparameter affects', async () => {
    const base = await load();
    expect((await load({ trainSize: 10 })).test).toEqual(base.test);
    expect((await load({ trainSize: 10 })).train.targets).toEqual(base.train.targets.subarray(0, 10));
    expect((await load({ features: 3 })).train.inputs).toEqual(base.train.inputs);
    expect((await load({ seed: 1 })).test.inputs).not.toEqual(base.test.inputs);
    expect(await randomFeatures.describe(DEFAULTS, context)).toEqual(base.spec);
  });
});
