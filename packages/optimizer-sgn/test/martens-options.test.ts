// The options from Hessian-free optimization, against the explicit Gauss-Newton matrix.

import { CG_STOP } from '@gaussmark/optim';
import { expect, it } from 'vitest';
import {
  plus,
  randomNumbers,
  randomVector,
  relativeError,
  solve,
  times,
} from '../../optim/test/plain-linear-algebra.js';
import { randomBatch, SMALL } from './fixtures.js';
import { type PlainBatch, parameterCount, plainGaussNewton, plainLoss } from './plain-network.js';
import { flat, hyperparameters, paramValues, traceStep } from './traced-step.js';

const batch = randomBatch(SMALL, 'squaredError', 1) as Extract<PlainBatch, { loss: 'squaredError' }>;
const theta = randomVector(parameterCount(SMALL), randomNumbers(7));
const EXACT = {
  cgIterations: 60,
  warmupSteps: 0,
  cgTolerance: 0,
  damping: 0.3,
  trustRegion: false,
  lineSearch: false,
};

const traced = (options: Parameters<typeof hyperparameters>[0]) =>
  traceStep(SMALL, batch, hyperparameters(options));
const stepWith = (options: Parameters<typeof hyperparameters>[0]) => {
  const step = traced(options);
  return step.run(paramValues(SMALL, theta), step.initialState);
};
const damped = (matrix: readonly (readonly number[])[], rho: number) =>
  matrix.map((row, i) => row.map((x, j) => (i === j ? x + rho : x)));

it('measures curvature on the first examples, and the gradient on all', () => {
  const half = { ...batch, inputs: batch.inputs.slice(0, 3), targets: batch.targets.slice(0, 3) };
  const { gradient } = plainGaussNewton(SMALL, batch, theta);
  const { matrix } = plainGaussNewton(SMALL, half, theta);
  const D = solve(damped(matrix, 0.3), gradient).map((x) => -x);
  const { params } = stepWith({ ...EXACT, curvatureShare: 0.5 });
  expect(relativeError(flat(params), plus(theta, 1, D))).toBeLessThan(1e-10);
});

it('starts from a share of the last solution', () => {
  const options = { ...EXACT, cgIterations: 1, warmStart: 0.5 };
  const step = traced(options);
  const first = step.run(paramValues(SMALL, theta), step.initialState);
  const last = flat(first.state);
  expect(relativeError(plus(flat(first.params), 1, last), theta)).toBeLessThan(1e-14);
  const second = step.run(first.params, first.state, { taken: 1 });

  // One iteration of steepest descent on the model, from half of the last x.
  const at = flat(first.params);
  const { gradient, matrix } = plainGaussNewton(SMALL, batch, at);
  const A = damped(matrix, 0.3);
  const start = last.map((x) => x / 2);
  const r = plus(gradient, -1, times(A, start));
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const x = plus(start, dot(r, r) / dot(r, times(A, r)), r);
  expect(relativeError(flat(second.params), plus(at, -1, x))).toBeLessThan(1e-12);
});

it('stops by the progress of the model', () => {
  const { metrics } = stepWith({ ...EXACT, progressTolerance: 0.5, progressWindow: 1 });
  const all = stepWith(EXACT).metrics;
  expect(metrics.cgStopReason).toBe(CG_STOP.progress);
  expect(metrics.cgIterations!).toBeLessThan(all.cgIterations!);
});

// Hardly any damping, and curvature of one example: the last iterates go far too far.
const BAD = { ...EXACT, damping: 1e-4, curvatureShare: 0.1 } as const;

it('goes back to the best of the last iterates', () => {
  const back = stepWith({ ...BAD, cgBacktracking: true, trustRegion: true });
  const taken = back.metrics.cgTaken!;
  expect(taken).toBeLessThan(back.metrics.cgIterations!);
  // The same as stopping there.
  const { params } = stepWith({ ...BAD, cgIterations: taken, warmupCgIterations: taken });
  expect(relativeError(flat(back.params), flat(params))).toBeLessThan(1e-12);
  expect(back.metrics.lossAfter).toBeCloseTo(plainLoss(SMALL, batch, flat(back.params)), 12);
});

it('measures the gain of the iterate that it goes back to', () => {
  // After a warm start, the residual of an iterate is not orthogonal to it: each has a model value of its own.
  // Steps of six times their length, so that early iterates are better.
  const options = {
    ...EXACT,
    cgIterations: 4,
    stepSize: 6,
    cgBacktracking: true,
    trustRegion: true,
    warmStart: 0.3,
  };
  const step = traced(options);
  const first = step.run(paramValues(SMALL, theta), step.initialState);
  const second = step.run(first.params, first.state, { taken: 1 });
  expect(second.metrics.cgTaken!).toBeLessThan(second.metrics.cgIterations!);
  const at = flat(first.params);
  const { gradient, loss, matrix } = plainGaussNewton(SMALL, batch, at);
  const A = damped(matrix, second.metrics.damping!);
  const D = plus(flat(second.params), -1, at).map((x) => x / 6);
  const AD = times(A, D);
  const model = D.reduce((sum, d, i) => sum + d * (gradient[i]! + AD[i]! / 2), 0);
  expect(second.metrics.gainRatio! / ((second.metrics.lossAfter! - loss) / model)).toBeCloseTo(1, 6);
});

it('rejects a step that would raise the loss, but adapts the damping', () => {
  const bad = stepWith(BAD);
  expect(plainLoss(SMALL, batch, flat(bad.params))).toBeGreaterThan(bad.metrics.loss!);
  const rejected = stepWith({ ...BAD, rejectBadSteps: true, trustRegion: true });
  expect(flat(rejected.params)).toEqual(theta);
  expect(rejected.metrics).toMatchObject({ stepSize: 0, lossAfter: rejected.metrics.loss });
  expect(flat(rejected.state)[0]).toBeCloseTo(1.5e-4, 15);
  const good = stepWith({ ...EXACT, rejectBadSteps: true });
  expect(flat(good.params)).toEqual(flat(stepWith(EXACT).params));
});
