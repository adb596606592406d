// The known traps of Hessian-free optimization.

import { log, mul, neg, sub, type Tensor, tensorValue } from '@gaussmark/autodiff';
import { optimizerContext } from '@gaussmark/core';
import { CG_STOP } from '@gaussmark/optim';
import { deviation, leastSquares, type TestProblem, takeSteps } from '@gaussmark/plugin-conformance';
import { describe, expect, it } from 'vitest';
import hessianFree from '../src/hessian-free.js';
import { START, settings, steps, weightOf } from './oracles.js';

describe('damping', () => {
  it('falls to 2/3 above a gain ratio of 3/4, and stays between', () => {
    // On a quadratic, the ratio is 1 with little damping and 2 with much: it never is below 1.
    const [first, second] = steps({ damping: 3, cgIterations: 20 }, 2);
    expect(first!.metrics.gainRatio).toBeGreaterThan(3 / 4);
    expect(second!.metrics.damping).toBeCloseTo(2, 14);
    const fixed = steps({ damping: 3, cgIterations: 20, adaptiveDamping: false }, 2);
    expect(fixed[1]!.metrics.damping).toBe(3);
  });

  it('grows by 3/2 where the mini-batch disagrees with its curvature', () => {
    // B of one example has rank one: the steps along the other directions are far too long.
    const options = { curvatureShare: 0.25, damping: 1e-3, cgIterations: 20, cgBacktracking: false };
    const [first, second] = steps(options, 2);
    expect(first!.metrics.gainRatio).toBeLessThan(1 / 4);
    expect(second!.metrics.damping).toBeCloseTo(1.5e-3, 14);
  });

  it('must be above its minimum', () => {
    expect(() => hessianFree.create(settings({ damping: 1e-9 }), optimizerContext())).toThrow(
      expect.objectContaining({ pointer: '/minDamping' }),
    );
  });
});

describe('a step', () => {
  const bad = { curvatureShare: 0.25, damping: 1e-3, cgIterations: 20, cgBacktracking: false };

  it('is 0 if the line search fails, and taken whole without one', () => {
    const [failed] = steps({ ...bad, maxLineSearchSteps: 1, backtrackingFactor: 0.99 }, 1);
    expect(weightOf(failed!.params)).toEqual(START);
    expect(failed!.metrics).toMatchObject({ stepSize: 0, lineSearchSteps: 1 });
    expect(failed!.metrics.lossAfter).toBe(failed!.metrics.loss);
    const [whole] = steps({ ...bad, maxLineSearchSteps: 0 }, 1);
    expect(whole!.metrics.stepSize).toBe(1);
    expect(whole!.metrics.lossAfter!).toBeGreaterThan(whole!.metrics.loss!);
  });

  it('goes back to an earlier iterate that is better', () => {
    const [last] = steps({ ...bad, maxLineSearchSteps: 0 }, 1);
    const [earlier] = steps({ ...bad, maxLineSearchSteps: 0, cgBacktracking: true }, 1);
    expect(earlier!.metrics.cgTaken!).toBeLessThan(earlier!.metrics.cgIterations!);
    expect(earlier!.metrics.lossAfter!).toBeLessThan(last!.metrics.lossAfter!);
  });

  it('starts from a share of the last solution', () => {
    // With one iteration, a start from the last solution goes further than one from zero.
    const after = (warmStart: number) => steps({ warmStart, cgIterations: 1, damping: 10 }, 2).at(-1)!;
    expect(deviation(weightOf(after(0.95).params), weightOf(after(0).params))).toBeGreaterThan(1e-3);
    const [first] = steps({ warmStart: 0.95, cgIterations: 1, damping: 10 }, 1);
    const [cold] = steps({ warmStart: 0, cgIterations: 1, damping: 10 }, 1);
    expect(deviation(weightOf(first!.params), weightOf(cold!.params))).toBeLessThan(1e-14);
  });

  it.each([0, 20])('is 0 along a direction that ascends after a warm start (%d reductions)', (reductions) => {
    // B = diag(1, 100); the second mini-batch turns the gradient from (1, 0) to (-1, 1), and one iteration from there is too few.
    const inputs = [
      [1, 0],
      [0, 10],
    ];
    const problem = leastSquares({ inputs, targets: [0, 0], start: [1, 0] });
    const [batch] = problem.batches;
    const turned = { ...batch, targets: tensorValue('float64', [2], [1, -0.1]) };
    const hyperparameters = settings({
      damping: 1e-6,
      adaptiveDamping: false,
      cgIterations: 1,
      cgBacktracking: false,
      preconditionerExponent: 0,
      maxLineSearchSteps: reductions,
    });
    const [first, second] = takeSteps(hessianFree, {
      problem: { ...problem, batches: [batch, turned] },
      hyperparameters,
      steps: 2,
    });
    expect(first!.metrics.stepSize).toBe(1);
    expect(second!.metrics).toMatchObject({ stepSize: 0, lineSearchSteps: 0 });
    expect(second!.metrics.lossAfter).toBe(second!.metrics.loss);
    expect(weightOf(second!.params)).toEqual(weightOf(first!.params));
  });

  it('stops CG by the progress of the model', () => {
    const { problem, eigenvalues, gradient } = spread(80, 1e-3);
    const tolerance = 1e-3;
    const hyperparameters = settings({
      damping: 1e-4,
      cgIterations: 200,
      warmStart: 0,
      cgBacktracking: false,
      preconditionerExponent: 0,
      progressTolerance: tolerance,
    });
    const [only] = takeSteps(hessianFree, { problem, hyperparameters, steps: 1 });
    const expected = stoppedAt(
      eigenvalues.map((x) => x + 1e-4),
      gradient,
      tolerance,
    );
    expect(expected).toBeGreaterThanOrEqual(30);
    expect(only!.metrics).toMatchObject({ cgStopReason: CG_STOP.progress, cgIterations: expected });
  });
});

describe('where the loss is NaN', () => {
  // f(x, w) = -log(1 - w) x with target 5: the Gauss-Newton step is 5 long, and f ends at w = 1.
  const problem: TestProblem = {
    spec: { task: 'regression', input: { shape: [1] }, target: { shape: [1] } },
    loss: 'squaredError',
    model: {
      init: () => ({ weight: tensorValue('float64', [1], [0]) }),
      apply(params, x) {
        const { weight } = params as { readonly weight: Tensor };
        return mul(neg(log(sub(1, weight))), x);
      },
    },
    batches: [{ inputs: tensorValue('float64', [1, 1], [1]), targets: tensorValue('float64', [1, 1], [5]) }],
  };
  const run = (given: Parameters<typeof settings>[0], count: number) =>
    takeSteps(hessianFree, { problem, hyperparameters: settings({ damping: 1e-3, ...given }), steps: count });

  it('shortens the step', () => {
    const [first] = run({}, 1);
    // 5 0.8^k is below 1 from k = 8 on.
    expect(first!.metrics.lineSearchSteps).toBe(8);
    expect(first!.metrics.lossAfter!).toBeLessThan(first!.metrics.loss!);
  });

  it('damps more until a step is short enough, rather than stand still', () => {
    const taken = run({ maxLineSearchSteps: 1 }, 40);
    expect(taken[0]!.metrics.stepSize).toBe(0);
    expect(taken[1]!.metrics.damping).toBeCloseTo(1.5e-3, 14);
    expect(taken.at(-1)!.metrics.loss!).toBeLessThan(taken[0]!.metrics.loss!);
  });
});

/** Least squares with a diagonal Hessian whose eigenvalues fall from 1 to `least`, and a gradient of ones. */
function spread(n: number, least: number) {
  const eigenvalues = Array.from({ length: n }, (_, i) => least ** (i / (n - 1)));
  const scales = eigenvalues.map((x) => Math.sqrt((x * n) / 2));
  const problem = leastSquares({
    inputs: scales.map((s, i) => scales.map((_, j) => (i === j ? s : 0))),
    targets: scales.map((s) => -n / (2 * s)),
    start: scales.map(() => 0),
  });
  return { problem, eigenvalues, gradient: scales.map(() => 1) };
}

/** The iterations of CG on a diagonal matrix, by Martens' rule in plain loops. */
function stoppedAt(diagonal: readonly number[], b: readonly number[], tolerance: number): number {
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, x, i) => sum + x * v[i]!, 0);
  let [x, r, p] = [b.map(() => 0), [...b], [...b]];
  const model = [0];
  for (let i = 1; i <= 10 * b.length; i++) {
    const product = p.map((pj, j) => diagonal[j]! * pj);
    const [length, before] = [dot(r, r) / dot(p, product), dot(r, r)];
    x = x.map((xj, j) => xj + length * p[j]!);
    r = r.map((rj, j) => rj - length * product[j]!);
    p = r.map((rj, j) => rj + (dot(r, r) / before) * p[j]!);
    model.push(-(dot(b, x) + dot(r, x)) / 2);
    const k = Math.max(10, Math.floor(i / 10));
    if (i > k && (model[i]! - model[i - k]!) / model[i]! < k * tolerance) return i;
  }
  return Number.NaN;
}
