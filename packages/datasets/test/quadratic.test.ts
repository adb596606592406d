// The quadratic: its spectrum, its excess loss, and the rates of SGD against their closed forms, in plain loops.

import type { Dataset } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import quadratic, { type QuadraticHyperparameters } from '../src/quadratic.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();
const DEFAULTS: QuadraticHyperparameters = {
  dimension: 3,
  exponent: 1,
  spectrum: null,
  basis: 'random',
  design: 'gaussian',
  trainSize: 12,
  noise: 0.1,
  seed: 0,
};
const load = (changes: Partial<QuadraticHyperparameters> = {}) =>
  quadratic.load({ ...DEFAULTS, ...changes }, context);

const rowsOf = ({ inputs, size }: Dataset['train']): number[][] => {
  const d = inputs.length / size;
  return Array.from({ length: size }, (_, i) => [...inputs.subarray(i * d, (i + 1) * d)]);
};
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, k) => sum + x * b[k]!, 0);
const close = (got: number, wanted: number, digits = 12) =>
  expect(Math.abs(got - wanted)).toBeLessThan(10 ** -digits * Math.max(1, Math.abs(wanted)));

/** The mean squared error of x'w. */
const lossOf = (split: Dataset['train'], w: readonly number[]) =>
  rowsOf(split).reduce((sum, x, i) => sum + (dot(x, w) - split.targets[i]!) ** 2, 0) / split.size;

/** The gradient of the mean squared error on the examples from `start` on. */
function gradient(split: Dataset['train'], w: readonly number[], start: number, size: number): number[] {
  const rows = rowsOf(split).slice(start, start + size);
  return w.map(
    (_, k) =>
      (2 / size) * rows.reduce((sum, x, i) => sum + (dot(x, w) - split.targets[start + i]!) * x[k]!, 0),
  );
}

/** w* = sum_i q_i, by the test rows sqrt(d lambda_i) q_i. */
const optimumOf = ({ test }: Dataset, lambda: readonly number[]) =>
  rowsOf(test)
    .map((row, i) => row.map((x) => x / Math.sqrt(lambda.length * lambda[i]!)))
    .reduce((sum, q) => sum.map((x, k) => x + q[k]!));

describe('the spectrum', () => {
  it.each(['random', 'axes'] as const)(
    'is that of the test rows, orthogonal to each other (%s)',
    async (basis) => {
      const rows = rowsOf((await load({ basis, exponent: 2 })).test);
      for (const [i, a] of rows.entries()) {
        for (const [j, b] of rows.entries()) {
          close(dot(a, b), i === j ? 3 * Math.fround((i + 1) ** -2) : 0);
        }
      }
      const offAxis = rows.some((row, i) => row.some((x, k) => k !== i && x !== 0));
      expect(offAxis).toBe(basis === 'random');
    },
  );

  it('may be given', async () => {
    const rows = rowsOf((await load({ spectrum: [5, 0.5], dimension: 2 })).test);
    for (const [i, value] of [10, 1].entries()) close(dot(rows[i]!, rows[i]!), value);
  });

  it('is that of normal inputs on average', async () => {
    const { train } = await load({ basis: 'axes', trainSize: 4000 });
    for (let k = 0; k < 3; k++) {
      const column = rowsOf(train).map((x) => x[k]!);
      // The standard error of a variance v is v sqrt(2 / n).
      const variance = dot(column, column) / train.size;
      expect(Math.abs(variance * (k + 1) - 1)).toBeLessThan(4 * Math.sqrt(2 / train.size));
    }
  });

  it.each([
    [{ spectrum: [1, 2] }, /expected 3 eigenvalues in 'spectrum', got 2; set dimension=2/],
    [{ design: 'exact', trainSize: 10 }, /multiple of 3, got 10; set trainSize=12/],
  ] as const)('refuses %j', async (changes, message) => {
    await expect(load(changes)).rejects.toThrow(message);
    await expect(quadratic.describe({ ...DEFAULTS, ...changes }, context)).rejects.toThrow(message);
  });
});

it('has the excess loss sum_i lambda_i (q_i’(w - w*))^2 as its test loss', async () => {
  const data = await load({ spectrum: [2, 1, 0.25] });
  const optimum = optimumOf(data, [2, 1, 0.25]);
  expect(lossOf(data.test, optimum)).toBeLessThan(1e-28);
  close(lossOf(data.test, [0, 0, 0]), 3.25);
  // Along q_2, whose eigenvalue is 1/4.
  const q = rowsOf(data.test)[2]!.map((x) => x / Math.sqrt(0.75));
  close(
    lossOf(
      data.test,
      optimum.map((x, k) => x + 3 * q[k]!),
    ),
    9 / 4,
  );
});

describe('the rates of SGD', () => {
  it('are (1 - 2 eta lambda_i)^t on full batches of the exact design', async () => {
    const lambda = [1.5, 1, 0.5];
    const data = await load({ spectrum: lambda, design: 'exact', noise: 0 });
    let w = [0, 0, 0];
    for (let t = 0; t < 20; t++) {
      const wanted = lambda.reduce((sum, l) => sum + l * (1 - 0.4 * l) ** (2 * t), 0);
      close(lossOf(data.test, w), wanted);
      close(lossOf(data.train, w), wanted);
      const g = gradient(data.train, w, 0, 12);
      w = w.map((x, k) => x - 0.2 * g[k]!);
    }
  });

  it('are those of the closed form on small batches, on average over data', async () => {
    const [eta, batch, noise, draws] = [0.08, 2, 0.5, 400];
    const lambda = [2, 0.5];
    const steps = 10;
    const h = 2 * eta;
    let m = [1, 1];
    for (let t = 0; t < steps; t++) {
      const excess = dot(lambda, m);
      m = m.map(
        (value, i) =>
          (1 - 2 * h * lambda[i]! + h ** 2 * lambda[i]! ** 2 * (1 + 1 / batch)) * value +
          ((h ** 2 * lambda[i]!) / batch) * (excess + noise ** 2),
      );
    }
    const ends: number[] = [];
    for (let seed = 0; seed < draws; seed++) {
      const data = await load({ dimension: 2, spectrum: lambda, noise, trainSize: batch * steps, seed });
      let w = [0, 0];
      for (let t = 0; t < steps; t++) {
        const g = gradient(data.train, w, t * batch, batch);
        w = w.map((x, k) => x - eta * g[k]!);
      }
      ends.push(lossOf(data.test, w));
    }
    const average = ends.reduce((sum, x) => sum + x, 0) / draws;
    const deviation = Math.sqrt(ends.reduce((sum, x) => sum + (x - average) ** 2, 0) / (draws - 1));
    const error = deviation / Math.sqrt(draws);
    expect(error / average).toBeLessThan(0.1);
    expect(Math.abs(average - dot(lambda, m))).toBeLessThan(3 * error);
    // Neither the sampling of inputs nor the noise on targets is lost in that error.
    expect(
      dot(lambda, m) - lambda.reduce((sum, l) => sum + l * (1 - h * l) ** (2 * steps), 0),
    ).toBeGreaterThan(4 * error);
  });
});

it('changes only what a hyperparameter affects', async () => {
  const base = await load();
  expect((await load({ noise: 1 })).train.inputs).toEqual(base.train.inputs);
  expect((await load({ trainSize: 5 })).train.inputs).toEqual(base.train.inputs.subarray(0, 15));
  expect((await load({ trainSize: 5 })).test).toEqual(base.test);
  expect((await load({ seed: 1 })).train.inputs).not.toEqual(base.train.inputs);
});

it('is the same data on every machine', async () => {
  expect((await load()).provenance.checksums).toEqual({
    train: '0a7dbf48e2c67df901f775c727dc6e3d0f8166e561106c3109e5db70bba82dba',
    test: '65cbe31405ffc3517c2f25a360d63a2ae9addb4044b2b927b7805861fa6599b0',
  });
});

it('describes what it loads', async () => {
  expect(await quadratic.describe(DEFAULTS, context)).toEqual((await load()).spec);
});
