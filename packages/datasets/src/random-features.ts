// Random features: regression on a sum of random cosine features, with a known noise floor.

import type { Dataset, DatasetPlugin, DatasetSpec } from '@gaussmark/core';
import { type GeneratedSplit, generatedProvenance, normals, streams } from './generated.js';

export interface RandomFeaturesHyperparameters {
  /** d, the size of an input. */
  readonly dimension: number;
  /** K, the number of features. */
  readonly features: number;
  /** Standard deviation of the entries of sqrt(d) w_k: how fast the function varies. */
  readonly frequency: number;
  readonly trainSize: number;
  readonly testSize: number;
  /** Standard deviation of the noise on the training targets. */
  readonly noise: number;
  /** Seed of the data, independent of a run's seed. */
  readonly seed: number;
}

/**
 * y = g(x) + e, g(x) = sum_k a_k cos(w_k'x + b_k): inputs x ~ N(0, I) (n, d), targets (n, 1), a_k ~ N(0, 2 / K),
 * w_k ~ N(0, frequency^2 / d), b_k ~ U(0, 2 pi), e ~ N(0, noise^2). g is drawn once and has mean square 1 on average over draws: the random
 * Fourier features of A. Rahimi and B. Recht, *Random Features for Large-Scale Kernel Machines*, NIPS 2007.
 *
 * **The noise floor.** No function has a smaller expected squared error on noisy targets than noise^2, that of g. The test targets are
 * g(x), without noise: **the test loss is the excess over the floor**, 0 for g. A training loss below noise^2 is memorized noise.
 *
 * The values are the same on every machine: draws, cosines and targets are rounded to float32, which hides a last bit in which two hosts'
 * `Math.cos` may differ. The test examples do not depend on `trainSize` or `noise`.
 */
const randomFeatures: DatasetPlugin<RandomFeaturesHyperparameters> = {
  async describe(hyperparameters) {
    return specOf(hyperparameters);
  },

  async load(hyperparameters): Promise<Dataset> {
    const { dimension: d, features, frequency, trainSize, testSize, noise, seed } = hyperparameters;
    const [forFunction, forTrain, forNoise, forTest] = streams(seed, 4).map(normals) as [
      Draw,
      Draw,
      Draw,
      Draw,
    ];
    const terms = Array.from({ length: features }, () => ({
      amplitude: Math.sqrt(2 / features) * forFunction(),
      w: Float64Array.from({ length: d }, () => (frequency / Math.sqrt(d)) * forFunction()),
      phase: angle(forFunction(), forFunction()),
    }));
    const g = (x: Float64Array) =>
      terms.reduce((sum, { amplitude, w, phase }) => {
        const along = w.reduce((total, value, k) => total + value * x[k]!, phase);
        return sum + amplitude * Math.fround(Math.cos(along));
      }, 0);
    const split = (size: number, draw: Draw, deviation: number): GeneratedSplit => {
      const inputs = Float64Array.from({ length: size * d }, draw);
      const targets = Float64Array.from({ length: size }, (_, i) =>
        Math.fround(g(inputs.subarray(i * d, (i + 1) * d)) + deviation * forNoise()),
      );
      return { size, inputs, targets };
    };
    const train = split(trainSize, forTrain, noise);
    const test = split(testSize, forTest, 0);
    return { spec: specOf(hyperparameters), train, test, provenance: generatedProvenance({ train, test }) };
  },
};

export default randomFeatures;

type Draw = () => number;

/** The angle of a normal point of the plane: uniform. */
const angle = (x: number, y: number) => Math.fround(Math.atan2(y, x));

const specOf = ({ dimension }: RandomFeaturesHyperparameters): DatasetSpec => ({
  task: 'regression',
  input: { shape: [dimension] },
  target: { shape: [1] },
});
