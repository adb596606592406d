// The known traps of Hessian-free optimization.

import { optimizerContext } from '@gaussmark/core';
import { CG_STOP } from '@gaussmark/optim';
import { deviation } from '@gaussmark/plugin-conformance';
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

  it('stops CG by the progress of the model', () => {
    const options = { damping: 1e-3, cgIterations: 30, warmStart: 0 };
    const [stopped] = steps({ ...options, progressTolerance: 0.05 }, 1);
    // Exact after three iterations, or stopped by the rule.
    expect([CG_STOP.exact, CG_STOP.progress]).toContain(stopped!.metrics.cgStopReason);
  });
});
