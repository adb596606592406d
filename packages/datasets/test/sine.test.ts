import { describe, expect, it } from 'vitest';
import { sha256 } from '../src/files.js';
import sine, { type SineHyperparameters } from '../src/sine.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();
const DEFAULTS: SineHyperparameters = {
  frequency: 10,
  trainSize: 7000,
  testSize: 3000,
  noise: 0.01,
  seed: 0,
};
const load = (changes: Partial<SineHyperparameters> = {}) => sine.load({ ...DEFAULTS, ...changes }, context);

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('sine', () => {
  it('is the same data on every machine', async () => {
    expect((await load()).provenance.checksums).toEqual({
      train: '278f685ea108415218e99b1c4f00b2ab8fc4864572e3e2e5303b6f933074f972',
      test: 'f19a194c1a80a22db848c41d3e9cac240d0e0eabb49f4c523791124f635384d2',
    });
  });

  it('hashes inputs, then targets, as float64 bytes', async () => {
    const { test, provenance } = await load({ testSize: 5 });
    const values = Float64Array.of(...test.inputs, ...test.targets);
    expect(provenance.checksums.test).toBe(sha256(new Uint8Array(values.buffer)));
  });

  it.each([10, 100])('is sin(%d x), x uniform on (-1, 1), plus normal noise', async (frequency) => {
    const { train, test } = await load({ frequency });
    for (const { inputs, targets, size } of [train, test]) {
      expect([inputs.length, targets.length]).toEqual([size, size]);
      const x = [...inputs];
      expect(Math.max(...x.map(Math.abs))).toBeLessThanOrEqual(1);
      expect(Math.abs(mean(x))).toBeLessThan(0.04); // Standard error at 3000: 0.0105.
      expect(Math.abs(mean(x.map((value) => value ** 2)) - 1 / 3)).toBeLessThan(0.02); // 0.0054.
      const noise = x.map((value, i) => (targets[i]! - Math.sin(frequency * value)) / 0.01);
      expect(Math.abs(mean(noise))).toBeLessThan(0.07); // 0.018.
      expect(Math.abs(mean(noise.map((e) => e ** 2)) - 1)).toBeLessThan(0.1); // 0.026.
      expect(Math.abs(mean(noise.map((e) => e ** 4)) - 3)).toBeLessThan(0.7); // 0.18; a uniform distribution has 1.8.
      expect(Math.abs(mean(noise.map((e, i) => e * x[i]!)))).toBeLessThan(0.04); // 0.0105.
    }
    expect([train.size, test.size]).toEqual([7000, 3000]);
  });

  it('has no noise without noise', async () => {
    const { train } = await load({ noise: 0, trainSize: 50 });
    expect([...train.targets]).toEqual([...train.inputs].map((x) => Math.fround(Math.sin(10 * x))));
  });

  it('changes only what a hyperparameter affects', async () => {
    const base = await load();
    const fewer = await load({ trainSize: 100 });
    expect(fewer.test).toEqual(base.test);
    expect(fewer.train.targets).toEqual(base.train.targets.subarray(0, 100));
    expect((await load({ frequency: 3 })).train.inputs).toEqual(base.train.inputs);
    expect((await load({ noise: 1 })).train.inputs).toEqual(base.train.inputs);
    expect((await load({ seed: 1 })).train.inputs).not.toEqual(base.train.inputs);
    expect(base.test.inputs.subarray(0, 100)).not.toEqual(base.train.inputs.subarray(0, 100));
  });

  it('describes what it loads', async () => {
    expect(await sine.describe(DEFAULTS, context)).toEqual((await load({ trainSize: 1, testSize: 1 })).spec);
  });
});
