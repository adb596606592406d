// SGN at the edges of its numbers: an exact fit, a damping that only grows, a mean over almost all steps.

import { FLOAT_LIMITS, type FloatDType, type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { describe, expect, it } from 'vitest';
import { gainOf, trustRegionDamping } from '../src/damping.js';
import { randomBatch, SMALL } from './fixtures.js';
import { randomNumbers, randomVector, relativeError } from './plain-linear-algebra.js';
import { type Network, parameterCount } from './plain-network.js';
import { flat, hyperparameters, paramValues, traceStep } from './traced-step.js';

interface Step {
  readonly rho: number;
  readonly actual: number;
  readonly predicted: number;
  readonly loss: number;
}

function adapt(dtype: FloatDType, { rho, actual, predicted, loss }: Step) {
  const scalar = { dtype, shape: [] } as const;
  const rule = (r: Tensor, a: Tensor, m: Tensor, l: Tensor) => {
    const gain = gainOf(a, m, l);
    return [gain.ratio, trustRegionDamping(r, gain, { damping: 1e-4, minDamping: 1e-6 })];
  };
  const { program } = trace(rule, scalar, scalar, scalar, scalar);
  const inputs = [rho, actual, predicted, loss].map((value) => tensorValue(dtype, [], [value]));
  const [ratio, next] = evaluate(program, inputs).map(({ data }) => data[0]!);
  return { rho: next!, ratio: ratio! };
}

describe.each(['float32', 'float64'] as const)('the trust region in %s', (dtype) => {
  const rho = 2 ** -10;
  const { epsilon, smallestNormal: tiny } = FLOAT_LIMITS[dtype];

  it.each([
    ['0/0, at an exact fit', { actual: 0, predicted: 0, loss: 0 }],
    ['noise over 0', { actual: epsilon / 2, predicted: 0, loss: 1 }],
    ['noise over noise of the other sign', { actual: epsilon, predicted: -epsilon / 8, loss: 1 }],
    [
      'noise of a loss that is itself next to nothing',
      { actual: tiny / 2, predicted: -tiny / 8, loss: tiny },
    ],
  ])('leaves the damping as it is for a gain of %s', (_, step) => {
    expect(adapt(dtype, { rho, ...step })).toEqual({ rho, ratio: 1 });
  });

  it('tells a change from noise by both, the actual and the predicted one', () => {
    // The model promised next to nothing, and the loss rose: it is wrong.
    const wrong = adapt(dtype, { rho, actual: 1e-3, predicted: -epsilon / 8, loss: 1 });
    expect(wrong.ratio).toBeLessThan(-1);
    expect(wrong.rho).toBe(1.5 * rho);
    // The model promised much, and nothing came of it.
    expect(adapt(dtype, { rho, actual: 0, predicted: -0.5, loss: 1 }).rho).toBe(1.5 * rho);
  });

  it('never grows the damping to where its products overflow', () => {
    const largest = { float32: 3.4e38, float64: 1.7e308 }[dtype];
    let grown = rho;
    for (let step = 0; step < 2000; step++) {
      grown = adapt(dtype, { rho: grown, actual: 1, predicted: -1, loss: 1 }).rho;
    }
    expect(grown ** 2).toBeGreaterThan(largest / 2);
    expect(grown ** 2).toBeLessThan(2 * largest);
    expect(Number.isFinite(grown)).toBe(true);
  });
});

describe('a step', () => {
  const batch = randomBatch(SMALL, 'squaredError', 1);
  const theta = randomVector(parameterCount(SMALL), randomNumbers(7));
  const stepWith = (options: Parameters<typeof hyperparameters>[0]) => {
    const traced = traceStep(SMALL, batch, hyperparameters(options));
    return traced.run(paramValues(SMALL, theta), traced.initialState);
  };

  it.each([1 - 1e-9, 1 - 1e-12, 1 - 2 ** -53])('corrects a mean with beta = %d for its start', (momentum) => {
    // The mean of one gradient is that gradient, whatever beta.
    const options = { damping: 0.2, cgIterations: 3, warmupSteps: 0 } as const;
    const plain = stepWith(options);
    const mean = stepWith({ ...options, momentum });
    expect(relativeError(flat(mean.params), flat(plain.params))).toBeLessThan(1e-7);
  });

  it('is preconditioned by an inverse that would overflow', () => {
    const extreme = { preconditioned: true, preconditionerExponent: 10, minDamping: 1e-40, damping: 1e-40 };
    const { params, metrics } = stepWith({ ...extreme, cgIterations: 2, warmupSteps: 0 });
    expect(flat(params).every(Number.isFinite)).toBe(true);
    expect(metrics.lossAfter).toBeLessThan(metrics.loss!);
  });

  it('rests at an exact fit', () => {
    const network: Network = { activation: 'sigmoid', widths: [1, 1] };
    const exact = { inputs: [[1]], loss: 'squaredError', targets: [[0.3]] } as const;
    const traced = traceStep(network, exact, hyperparameters({ cgTolerance: 0, cgIterations: 20 }));
    let params = paramValues(network, [1, 1]);
    let state = traced.initialState;
    let last = Number.NaN;
    for (let t = 0; t < 200; t++) {
      const step = traced.run(params, state);
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
  it.each(['linear', 'cosine'] as const)('starts at rho0 and hardly moves: %s', (dampingSchedule) => {
    const options = hyperparameters({ trustRegion: false, lineSearch: false, dampingSchedule });
    for (const plannedSteps of [4e9, 1e300]) {
      const traced = traceStep(SMALL, randomBatch(SMALL, 'squaredError', 1), options, plannedSteps);
      const theta = randomVector(parameterCount(SMALL), randomNumbers(7));
      const first = traced.run(paramValues(SMALL, theta), traced.initialState);
      const second = traced.run(first.params, first.state);
      expect(first.metrics.damping).toBeCloseTo(1e-4, 12);
      expect(second.metrics.damping).toBeCloseTo(1e-4, 12);
    }
  });
});
