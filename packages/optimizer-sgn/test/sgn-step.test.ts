// Whole SGN steps against plain float64 loops over the explicit Gauss-Newton matrix, for all options.

import { CG_STOP } from '@gaussmark/optim';
import { describe, expect, it } from 'vitest';
import { randomNumbers, randomVector, relativeError } from '../../optim/test/plain-linear-algebra.js';
import { CASES, DAMPING, runBoth, STEPS, TOLERANCE } from './both-steps.js';
import { randomBatch, SMALL } from './fixtures.js';
import { type Network, parameterCount } from './plain-network.js';
import { flat, hyperparameters, paramValues, traceStep } from './traced-step.js';

describe('a step matches the plain one', () => {
  it.each(CASES)('$name', (test) => {
    for (const { expected, got, expectedState } of runBoth(test)) {
      expect(got.state).toHaveLength(expectedState.length);
      if (expectedState.length > 0)
        expect(relativeError(flat(got.state), flat(expectedState))).toBeLessThan(TOLERANCE);
      expect(relativeError(flat(got.params), expected.theta)).toBeLessThan(TOLERANCE);
      for (const [name, value] of Object.entries(got.metrics)) {
        if (name === 'cgStopReason') continue;
        const reference = expected.metrics[name as keyof typeof expected.metrics]!;
        expect(Math.abs(value - reference), name).toBeLessThanOrEqual(TOLERANCE * (Math.abs(reference) + 1));
      }
    }
  });
});

describe('coverage of the cases', () => {
  const metricsOf = (name: string) =>
    runBoth(CASES.find((test) => test.name === name)!).map(({ got }) => got.metrics);
  const series = (name: string, metric: string) => metricsOf(name).map((metrics) => metrics[metric]!);

  it('the CG budget changes at step warmupSteps', () => {
    expect(series('fewer CG iterations after the warm-up', 'cgIterations')).toEqual([6, 6, 6, 2, 2, 2]);
    expect(series('more CG iterations after the warm-up', 'cgIterations')).toEqual([1, 1, 6, 6, 6, 6]);
  });

  it('a trust region shrinks the damping if the model is right, and grows it otherwise', () => {
    const shrinking = series('the defaults except for the damping', 'damping');
    expect(shrinking[1]! / shrinking[0]!).toBeCloseTo(2 / 3, 12);
    const growing = series('steps too long', 'damping');
    expect(growing[1]! / growing[0]!).toBeCloseTo(3 / 2, 12);
    expect(series('a floor that the trust region meets', 'damping').at(-1)).toBe(0.15);
  });

  it('a line search backtracks and gives up after maxLineSearchSteps', () => {
    expect(Math.max(...series('a line search alone', 'lineSearchSteps'))).toBeGreaterThan(0);
    expect(series('a line search that gives up', 'lineSearchSteps')).toEqual([3, 3, 3, 3, 3, 3]);
    expect(series('a line search that gives up', 'stepSize')).toEqual([
      0.125, 0.125, 0.125, 0.125, 0.125, 0.125,
    ]);
  });

  it('the schedules start at rho0 and end at rhoMin', () => {
    const linear = series('a linear schedule', 'damping');
    const third = (0.01 - DAMPING) / 3;
    expect(linear[0]).toBe(DAMPING);
    expect(linear[1]).toBeCloseTo(DAMPING + third, 12);
    expect(linear[2]).toBeCloseTo(DAMPING + 2 * third, 12);
    expect(linear[3]).toBeCloseTo(0.01, 12);
    expect(linear.slice(4)).toEqual([0.01, 0.01]);
    const cosine = series('a cosine schedule that ends', 'damping');
    expect(cosine[0]).toBeCloseTo(DAMPING * Math.cos(Math.PI / 6), 12);
    expect(cosine[1]).toBeCloseTo(DAMPING * Math.cos(Math.PI / 3), 12);
    expect(cosine.slice(2)).toEqual([0.002, 0.002, 0.002, 0.002]);
  });

  it('metrics of disabled options are absent', () => {
    const all = ['loss', 'cgIterations', 'cgResidual', 'cgStopReason', 'damping', 'stepSize'];
    const names = (test: string) => Object.keys(metricsOf(test)[0]!);
    expect(names('neither trust region nor line search')).toEqual(all);
    expect(names('a trust region alone')).toEqual([...all, 'gainRatio', 'lossAfter']);
    expect(names('a line search alone')).toEqual([...all, 'lineSearchSteps', 'lossAfter']);
    expect(names('the defaults except for the damping')).toEqual([
      ...all,
      'lineSearchSteps',
      'gainRatio',
      'lossAfter',
    ]);
  });

  it('CG reports why it stopped', () => {
    expect(series('a loose tolerance', 'cgStopReason')).toContain(CG_STOP.converged);
    expect(series('one CG iteration', 'cgStopReason')).toEqual(new Array(STEPS).fill(CG_STOP.budget));
  });
});

describe('NaN and infinity', () => {
  const batch = randomBatch(SMALL, 'squaredError', 1);
  const theta = randomVector(parameterCount(SMALL), randomNumbers(7));

  it('a step to an infinite loss shows in lossAfter', () => {
    const options = hyperparameters({ stepSize: 1e300, lineSearch: false });
    const traced = traceStep(SMALL, batch, options);
    const { metrics } = traced.run(paramValues(SMALL, theta), traced.initialState);
    expect(Number.isFinite(metrics.loss)).toBe(true);
    expect(Number.isFinite(metrics.lossAfter)).toBe(false);
  });

  it('a NaN among the parameters shows in loss and in the stop reason, and ends CG and line search', () => {
    const traced = traceStep(SMALL, batch, hyperparameters());
    const broken = theta.map((x, i) => (i === 0 ? Number.NaN : x));
    const { metrics } = traced.run(paramValues(SMALL, broken), traced.initialState);
    expect(metrics).toMatchObject({
      loss: Number.NaN,
      lossAfter: Number.NaN,
      cgIterations: 1,
      cgStopReason: CG_STOP.nonFinite,
      lineSearchSteps: 0,
    });
    expect(metrics.damping).toBe(1e-4);
  });

  it('a zero gradient gives no step', () => {
    const network: Network = { activation: 'sigmoid', widths: [1, 1] };
    const exact = { inputs: [[1], [-1]], loss: 'squaredError', targets: [[2], [-2]] } as const;
    const traced = traceStep(network, exact, hyperparameters());
    const { params, metrics } = traced.run(paramValues(network, [2, 0]), traced.initialState);
    expect(flat(params)).toEqual([2, 0]);
    expect(metrics).toMatchObject({
      loss: 0,
      lossAfter: 0,
      cgIterations: 1,
      cgStopReason: CG_STOP.converged,
    });
  });
});
