// AdamW, NadamW and AdEMAMix: their oracles, and the traps of ports.

import { meetOracle } from '@gaussmark/plugin-conformance';
import { describe, expect, it } from 'vitest';
import { ADAMW, ADEMAMIX, GRADIENT, NADAMW, oracles, START, weights } from './oracles.js';

it.each(oracles)('$optimizer: $name', async (oracle) => {
  expect(await meetOracle(oracle)).toBeLessThanOrEqual(oracle.tolerance);
});

const first = (values: Record<string, number | string>) => weights(ADAMW, values, { steps: 1 })[0]!;

describe('adamw', () => {
  it('adds epsilon outside the root, after bias correction', () => {
    const epsilon = 0.5;
    const expected = START.map((w, i) => w - (0.1 * GRADIENT[i]!) / (Math.abs(GRADIENT[i]!) + epsilon));
    expect(first({ learningRate: 0.1, weightDecay: 0, epsilon })).toEqual(
      expected.map((w) => expect.closeTo(w, 12)),
    );
  });

  it('decays by the scheduled rate times lambda, from the parameters before the step', () => {
    const steps = (weightDecay: number) =>
      weights(ADAMW, { learningRate: 0.1, weightDecay, schedule: 'linear' }, { steps: 4 });
    const [plain, decayed] = [steps(0), steps(0.5)];
    // The first step has the whole rate: both start alike, so they differ by eta lambda theta.
    const off = plain[0]!.map((w, i) => w - decayed[0]![i]!);
    expect(off).toEqual(START.map((w) => expect.closeTo(0.1 * 0.5 * w, 12)));
  });
});

describe('ademamix', () => {
  it('does not correct the bias of the slow mean', () => {
    const values = { learningRate: 0.1, weightDecay: 0, epsilon: 1e-200, alpha: 4, beta3: 0.75 };
    // m1 / (1 - beta1) = g, alpha m2 = 4 (1/4) g, and the root is |g|: twice the step of Adam.
    expect(weights(ADEMAMIX, values, { steps: 1 })[0]).toEqual(
      START.map((w, i) => expect.closeTo(w - 0.2 * Math.sign(GRADIENT[i]!), 12)),
    );
  });

  it('counts the steps of its warm-up from 1', () => {
    const values = { learningRate: 0.1, weightDecay: 0, epsilon: 1e-200, beta1: 0.5, beta3: 0.5, alpha: 4 };
    // A quarter of alpha at the first of four steps: 1 + 1 (1 - 0.5).
    expect(weights(ADEMAMIX, { ...values, slowWarmup: 1 }, { steps: 4 })[0]).toEqual(
      START.map((w, i) => expect.closeTo(w - 0.15 * Math.sign(GRADIENT[i]!), 12)),
    );
  });
});

it('looks ahead in nadamw', () => {
  const values = { learningRate: 0.1, weightDecay: 0, epsilon: 1e-200 };
  // beta1 (1 - beta1) / (1 - beta1^2) + (1 - beta1) / (1 - beta1)
  const length = (0.9 * 0.1) / (1 - 0.81) + 1;
  expect(weights(NADAMW, values, { steps: 1 })[0]).toEqual(
    START.map((w, i) => expect.closeTo(w - 0.1 * length * Math.sign(GRADIENT[i]!), 12)),
  );
});
