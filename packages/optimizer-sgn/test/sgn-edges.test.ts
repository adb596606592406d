// SGN at extreme values: an exact fit, a mean over almost all steps, an overflowing inverse.

import { describe, expect, it } from 'vitest';
import { randomNumbers, randomVector, relativeError } from '../../optim/test/plain-linear-algebra.js';
import { randomBatch, SMALL } from './fixtures.js';
import { type Network, parameterCount } from './plain-network.js';
import { flat, hyperparameters, PROGRESS_STEPS, paramValues, traceStep } from './traced-step.js';

describe('a step', () => {
  const batch = randomBatch(SMALL, 'squaredError', 1);
  const theta = randomVector(parameterCount(SMALL), randomNumbers(7));
  const stepWith = (options: Parameters<typeof hyperparameters>[0]) => {
    const traced = traceStep(SMALL, batch, hyperparameters(options));
    return traced.run(paramValues(SMALL, theta), traced.initialState);
  };

  it.each([1 - 1e-9, 1 - 1e-12, 1 - 2 ** -53])('corrects the bias of a mean with beta = %d', (momentum) => {
    // The mean of one gradient is that gradient, for any beta.
    const options = { damping: 0.2, cgIterations: 3, warmupSteps: 0 } as const;
    const plain = stepWith(options);
    const mean = stepWith({ ...options, momentum });
    expect(relativeError(flat(mean.params), flat(plain.params))).toBeLessThan(1e-7);
  });

  it('works with a preconditioner whose inverse would overflow', () => {
    const extreme = { preconditioned: true, preconditionerExponent: 10, minDamping: 1e-40, damping: 1e-40 };
    const { params, metrics } = stepWith({ ...extreme, cgIterations: 2, warmupSteps: 0 });
    expect(flat(params).every(Number.isFinite)).toBe(true);
    expect(metrics.lossAfter).toBeLessThan(metrics.loss!);
  });

  it('stays at an exact fit', () => {
    const network: Network = { activation: 'sigmoid', widths: [1, 1] };
    const exact = { inputs: [[1]], loss: 'squaredError', targets: [[0.3]] } as const;
    const traced = traceStep(network, exact, hyperparameters({ cgTolerance: 0, cgIterations: 20 }));
    let params = paramValues(network, [1, 1]);
    let state = traced.initialState;
    let last = Number.NaN;
    for (let t = 0; t < 200; t++) {
      const step = traced.run(params, state, { taken: t });
      params = [...step.params];
      state = step.state;
      last = step.metrics.lossAfter!;
      expect(Object.values(step.metrics).every(Number.isFinite)).toBe(true);
    }
    expect(last).toBeLessThan(1e-25);
    expect(flat(params).every(Number.isFinite)).toBe(true);
  });
});

describe('a damping schedule longer than int32 counts', () => {
  it.each(['linear', 'cosine'] as const)('starts at rho0 and barely changes: %s', (dampingSchedule) => {
    const options = hyperparameters({ trustRegion: false, lineSearch: false, dampingSchedule });
    for (const plannedSteps of [4e9, 1e300]) {
      const traced = traceStep(SMALL, randomBatch(SMALL, 'squaredError', 1), options, plannedSteps);
      const theta = randomVector(parameterCount(SMALL), randomNumbers(7));
      const first = traced.run(paramValues(SMALL, theta), traced.initialState);
      const second = traced.run(first.params, first.state, { taken: 1 });
      expect(first.metrics.damping).toBeCloseTo(1e-4, 12);
      expect(second.metrics.damping).toBeCloseTo(1e-4, 12);
    }
  });
});

describe('a damping schedule in a run of unknown length', () => {
  const dampingAfter = (dampingSchedule: 'linear' | 'cosine', taken: number) => {
    const options = {
      trustRegion: false,
      lineSearch: false,
      damping: 0.2,
      minDamping: 0.02,
      dampingSchedule,
    };
    const traced = traceStep(SMALL, randomBatch(SMALL, 'squaredError', 1), hyperparameters(options));
    const theta = randomVector(parameterCount(SMALL), randomNumbers(7));
    return traced.run(paramValues(SMALL, theta), traced.initialState, { taken }).metrics.damping;
  };

  it('follows the share of the budget spent', () => {
    for (const taken of [0, 4, 9]) {
      const share = taken / PROGRESS_STEPS;
      expect(dampingAfter('linear', taken)).toBeCloseTo(0.2 - 0.18 * share, 12);
      expect(dampingAfter('cosine', taken)).toBeCloseTo(
        Math.max(0.2 * Math.cos((Math.PI / 2) * share), 0.02),
        12,
      );
    }
  });
});
