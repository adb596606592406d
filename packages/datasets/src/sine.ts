// Sine: a generated one-dimensional regression.

import type { Dataset, DatasetPlugin, DatasetSpec } from '@gaussmark/core';
import { mersenneTwister, polarNormals, type RandomGenerator, uniformDouble } from '@gaussmark/random';
import { type GeneratedSplit, generatedProvenance } from './generated.js';

const SPEC: DatasetSpec = { task: 'regression', input: { shape: [1] }, target: { shape: [1] } };

export interface SineHyperparameters {
  /** f in sin(f x), in radians per unit of x. */
  readonly frequency: number;
  readonly trainSize: number;
  readonly testSize: number;
  /** Standard deviation of the noise on the targets. */
  readonly noise: number;
  /** Seed of the data, independent of a run's seed. */
  readonly seed: number;
}

/**
 * y = sin(f x) + e, x ~ U(-1, 1), e ~ N(0, noise^2): inputs (n, 1) and targets (n, 1). No model can reach a test loss (mean
 * squared error) much below noise^2. The sine problems of the SGN paper (arXiv 2006.02409) have f = 10 and 100, noise 0.01,
 * 7000 training and 3000 test examples; its random data were not archived.
 *
 * The values are the same on every machine: the generator is exact, and rounding every value to float32 hides a last bit in
 * which two hosts' `Math.sin` or `Math.log` may differ. It also makes float32 and float64 runs see the same data. The test
 * examples do not depend on `trainSize`, nor x on frequency or noise.
 */
const sine: DatasetPlugin<SineHyperparameters> = {
  async describe() {
    return SPEC;
  },

  async load({ frequency, trainSize, testSize, noise, seed }): Promise<Dataset> {
    const random = mersenneTwister(seed);
    const later = random.clone();
    later.jump(); // Jumps far ahead, to a separate stream for the test examples.
    const train = generate(random, trainSize, frequency, noise);
    const test = generate(later, testSize, frequency, noise);
    return {
      spec: SPEC,
      train,
      test,
      provenance: generatedProvenance({ train, test }),
    };
  },
};

export default sine;

function generate(random: RandomGenerator, size: number, frequency: number, noise: number): GeneratedSplit {
  const inputs = new Float64Array(size);
  const targets = new Float64Array(size);
  const uniform = () => uniformDouble(random);
  for (let i = 0; i < size; i++) {
    const x = Math.fround(2 * uniform() - 1);
    inputs[i] = x;
    const [normal] = polarNormals(uniform);
    targets[i] = Math.fround(Math.sin(frequency * x) + noise * normal);
  }
  return { size, inputs, targets };
}
