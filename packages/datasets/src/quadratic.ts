// Quadratic: linear least squares whose Hessian has a given spectrum, and whose minimum is known.

import { type Dataset, type DatasetPlugin, type DatasetSpec, GaussmarkError } from '@gaussmark/core';
import { type GeneratedSplit, generatedProvenance, normals, streams } from './generated.js';

export interface QuadraticHyperparameters {
  /** d. */
  readonly dimension: number;
  /** a, for the eigenvalues lambda_i = i^-a, i = 1 ... d. */
  readonly exponent: number;
  /** The eigenvalues instead, d of them; `null` for the power law. */
  readonly spectrum: readonly number[] | null;
  /** Eigenvectors: a random orthonormal basis, or the coordinate axes. */
  readonly basis: 'random' | 'axes';
  /** `gaussian`: x ~ N(0, C). `exact`: the rows of the test split in turn, so that X'X / n is C. */
  readonly design: 'gaussian' | 'exact';
  readonly trainSize: number;
  /** Standard deviation of the noise on the training targets. */
  readonly noise: number;
  /** Seed of the data, independent of a run's seed. */
  readonly seed: number;
}

/**
 * Targets y = x'w* + e of inputs x with covariance C = sum_i lambda_i q_i q_i', e ~ N(0, noise^2): inputs (n, d), targets (n, 1). A
 * linear model f = x'w has the expected squared error noise^2 + sum_i lambda_i m_i, where m_i = (q_i'(w - w*))^2; its Hessian in w is
 * 2 C. The minimum is noise^2, at w*, and every q_i'w* is 1.
 *
 * **The test loss is the excess.** The test split has the d rows sqrt(d lambda_i) q_i without noise, whose mean squared error is exactly
 * sum_i lambda_i m_i: 0 at the optimum.
 *
 * **Rates.** With the gaussian design, one pass in mini-batches of B examples and learning rate eta, SGD has in expectation
 *
 *   m_i <- (1 - 2 h lambda_i + h^2 lambda_i^2 (1 + 1/B)) m_i + (h^2 lambda_i / B) (sum_j lambda_j m_j + noise^2),  h = 2 eta,
 *
 * by Isserlis' theorem: the noisy quadratic model of G. Zhang et al., *Which Algorithmic Choices Matter at Which Batch Sizes?*, 2019,
 * arXiv 1907.04164, with noise from sampling instead of a constant covariance. With the exact design, full batches and no noise,
 * m_i <- (1 - h lambda_i)^2 m_i.
 *
 * Values are the same on every machine: draws and eigenvalues are rounded to float32, and the rest is exactly rounded arithmetic.
 *
 * @throws GaussmarkError if `spectrum` does not have `dimension` positive numbers, or an exact design is no multiple of `dimension`
 */
const quadratic: DatasetPlugin<QuadraticHyperparameters> = {
  async describe(hyperparameters) {
    eigenvalues(hyperparameters);
    demandWhole(hyperparameters);
    return specOf(hyperparameters);
  },

  async load(hyperparameters): Promise<Dataset> {
    const { dimension: d, basis, design, trainSize, noise, seed } = hyperparameters;
    const lambda = eigenvalues(hyperparameters);
    demandWhole(hyperparameters);
    const [forBasis, forInputs, forNoise] = streams(seed, 3).map(normals) as [Draw, Draw, Draw];
    const q = basis === 'axes' ? axes(d) : orthonormal(d, forBasis);
    const roots = lambda.map(Math.sqrt);
    // w* = sum_i q_i
    const optimum = Array.from({ length: d }, (_, k) => q.reduce((sum, row) => sum + row[k]!, 0));

    const exact = (i: number) => q[i % d]!.map((x) => Math.sqrt(d) * roots[i % d]! * x);
    const gaussian = () => {
      const row = new Float64Array(d);
      for (let i = 0; i < d; i++) {
        const z = roots[i]! * forInputs();
        for (let k = 0; k < d; k++) row[k]! += z * q[i]![k]!;
      }
      return row;
    };
    const split = (size: number, row: (i: number) => Float64Array, deviation: number): GeneratedSplit => {
      const inputs = new Float64Array(size * d);
      const targets = new Float64Array(size);
      for (let i = 0; i < size; i++) {
        const x = row(i);
        inputs.set(x, i * d);
        targets[i] = x.reduce((sum, value, k) => sum + value * optimum[k]!, 0) + deviation * forNoise();
      }
      return { size, inputs, targets };
    };
    const train = split(trainSize, design === 'exact' ? exact : gaussian, noise);
    const test = split(d, exact, 0);
    return { spec: specOf(hyperparameters), train, test, provenance: generatedProvenance({ train, test }) };
  },
};

export default quadratic;

type Draw = () => number;

const specOf = ({ dimension }: QuadraticHyperparameters): DatasetSpec => ({
  task: 'regression',
  input: { shape: [dimension] },
  target: { shape: [1] },
});

/** lambda. @throws GaussmarkError if a given spectrum does not have d positive numbers */
function eigenvalues({ dimension, exponent, spectrum }: QuadraticHyperparameters): readonly number[] {
  if (spectrum === null) {
    return Array.from({ length: dimension }, (_, i) => Math.fround((i + 1) ** -exponent));
  }
  if (spectrum.length === dimension) return spectrum;
  throw new GaussmarkError(
    `dataset 'quadratic': expected ${dimension} eigenvalues in 'spectrum', got ${spectrum.length}; set dimension=${spectrum.length}`,
  );
}

/** @throws GaussmarkError if an exact design lacks some of the rows */
function demandWhole({ design, dimension, trainSize }: QuadraticHyperparameters): void {
  if (design === 'gaussian' || trainSize % dimension === 0) return;
  throw new GaussmarkError(
    `dataset 'quadratic': an exact design repeats ${dimension} rows; expected a trainSize that is a multiple of ${dimension}, got ` +
      `${trainSize}; set trainSize=${Math.ceil(trainSize / dimension) * dimension}, or design=gaussian`,
  );
}

const axes = (d: number): readonly Float64Array[] =>
  Array.from({ length: d }, (_, i) => Float64Array.from({ length: d }, (_, k) => Number(i === k)));

/** d orthonormal rows, uniformly distributed: normal rows, orthogonalized twice by modified Gram-Schmidt. */
function orthonormal(d: number, draw: Draw): readonly Float64Array[] {
  const rows: Float64Array[] = [];
  for (let i = 0; i < d; i++) {
    const row = Float64Array.from({ length: d }, draw);
    for (const before of [...rows, ...rows]) {
      const along = dot(row, before);
      for (let k = 0; k < d; k++) row[k]! -= along * before[k]!;
    }
    const norm = Math.sqrt(dot(row, row));
    rows.push(row.map((x) => x / norm));
  }
  return rows;
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
