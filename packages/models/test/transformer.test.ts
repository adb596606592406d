import { readFile } from 'node:fs/promises';
import { type TensorValue, tensorValue, tree } from '@gaussmark/autodiff';
import { completeHyperparameters, type DatasetSpec, GaussmarkError, parseManifest } from '@gaussmark/core';
import { expect, it } from 'vitest';
import transformer, { type TransformerHyperparameters } from '../src/transformer.js';
import { demandModel, parameterCount, run, secondMoment } from './wave-network.js';

const DEFAULTS = completeHyperparameters<TransformerHyperparameters>(
  parseManifest(
    JSON.parse(await readFile(new URL('../manifests/transformer.json', import.meta.url), 'utf8')),
    'manifests/transformer.json',
  ),
  {},
);

const text = (length: number, vocabulary: number): DatasetSpec => ({
  task: 'classification',
  input: { shape: [length], vocabulary },
  target: { shape: [length] },
  classes: vocabulary,
});

it('has the number of parameters its sizes imply', () => {
  const [V, T, d, L] = [87, 64, 64, 2];
  const block = 4 * (d * d + d) + 2 * 2 * d + (d * 4 * d + 4 * d) + (4 * d * d + d);
  const wanted = V * d + T * d + L * block + 2 * d + d * V + V;
  expect(parameterCount(demandModel(transformer.create(DEFAULTS, text(T, V))))).toBe(wanted);
});

it('sees the past and the present but not the future', () => {
  const model = demandModel(transformer.create({ ...DEFAULTS, width: 8, heads: 2 }, text(4, 5)));
  const params = model.init(1);
  const logits = (tokens: readonly number[]) => {
    const { data } = run(model.apply, params, tensorValue('int32', [1, 4], tokens));
    return [0, 1, 2, 3].map((t) => [...data.slice(5 * t, 5 * (t + 1))]);
  };
  const before = logits([0, 1, 2, 3]);
  const after = logits([0, 1, 4, 3]);
  expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
  for (const t of [2, 3]) {
    const change = Math.max(...after[t]!.map((value, k) => Math.abs(value - before[t]![k]!)));
    expect(change).toBeGreaterThan(1e-3);
  }
});

it('starts with the defined variances, with smaller residual weights in deeper networks', () => {
  const variances = (blocks: number) => {
    const model = demandModel(transformer.create({ ...DEFAULTS, blocks }, text(64, 87)));
    const { tokens, blocks: own } = model.init(5);
    return [tokens, own[0]!.query.weight, own[0]!.contract.weight].map(secondMoment);
  };
  for (const blocks of [2, 8]) {
    const wanted = [1 / 2, 1 / 64, 1 / 256 / (2 * blocks)];
    for (const [i, value] of variances(blocks).entries()) {
      expect(value / wanted[i]!).toBeGreaterThan(0.9);
      expect(value / wanted[i]!).toBeLessThan(1.1);
    }
  }
});

it('uses the run’s seed, or its own', () => {
  const leaves = (seed: number, initializationSeed: number | null) =>
    tree.leaves<TensorValue>(
      demandModel(transformer.create({ ...DEFAULTS, initializationSeed }, text(8, 9))).init(seed),
    );
  expect(leaves(1, null)).not.toEqual(leaves(2, null));
  expect(leaves(1, 2)).toEqual(leaves(2, null));
});

it.each([
  [{ ...text(8, 9), input: { shape: [8] } }, /tokens.*numbers/],
  [{ ...text(8, 9), input: { shape: [2, 4], vocabulary: 9 } }, /windows \[T\].*\[2, 4\]/],
  [{ ...text(8, 9), target: { shape: [] } }, /8 positions.*targets \[\]/],
] satisfies [DatasetSpec, RegExp][])('is skipped with a reason (%#)', (data, incompatible) => {
  expect(transformer.create(DEFAULTS, data)).toEqual({ incompatible: expect.stringMatching(incompatible) });
});

it('rejects a width not divisible by the number of heads', () => {
  const bad = () => transformer.create({ ...DEFAULTS, width: 64, heads: 5 }, text(8, 9));
  expect(bad).toThrow(GaussmarkError);
  expect(bad).toThrow(
    expect.objectContaining({ pointer: '/heads', expected: expect.stringContaining('64') }),
  );
});
