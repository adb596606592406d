// The share of the budget that each step sees, under every kind of budget.

import { add, cast, cos, mul, printProgram, scalar, vector } from '@gaussmark/autodiff';
import { discover, type Optimizer, type Registry } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { locationsOf } from '../../harness/src/plan/locations.js';
import {
  bostonCell,
  gradientStep,
  temporaryDirectory,
  WORKSPACE,
  workspaceRegistry,
  writeOptimizer,
} from '../../harness/test/fixtures.js';
import type { Budget, Locations } from '../src/cell.js';
import { initProgram } from '../src/programs.js';
import { BudgetProgress, type Progress, progressOfSteps } from '../src/progress.js';
import { runCell } from '../src/run-cell.js';
import { setUp } from '../src/setup.js';
import { traceStep } from '../src/step.js';
import { prepareTraining } from './prepared-training.js';

/** Of 404 examples: eight full mini-batches an epoch, and one of four. */
const SHAPE = { hidden: 4, batchSize: 50, seed: 3 };
const RATE = 0.02;

describe('BudgetProgress', () => {
  const account = { seconds: 0, work: 0 };
  const of = (budget: Budget, workOfStep?: number, plannedSteps: number | null = null) =>
    new BudgetProgress({ budget, plannedSteps, account, workOfStep: () => workOfStep });

  it('adds up the work of a call as the account does', () => {
    account.work = 0.1;
    let work = 0.1;
    const expected = Array.from({ length: 9 }, () => {
      const share = work / 3;
      work += 0.3;
      return share;
    });
    expect(of({ gradientEquivalents: 3 }, 0.3).next(0, 9)).toEqual(expected);
  });

  it('knows the shares of a call ahead unless work varies', () => {
    expect(of({ gradientEquivalents: 3 }, 0.3).isKnownAhead).toBe(true);
    expect(of({ gradientEquivalents: 3 }).isKnownAhead).toBe(false);
    expect(of({ seconds: 3 }).isKnownAhead).toBe(true);
  });

  it('is the largest share of several budgets', () => {
    Object.assign(account, { seconds: 2, work: 30 });
    expect(of({ seconds: 10, gradientEquivalents: 100 }, 1, 8).next(1, 1)).toEqual([0.3]);
    expect(of({ seconds: 10, gradientEquivalents: 100 }, 1, 8).next(6, 2)).toEqual([6 / 8, 7 / 8]);
  });

  it('extrapolates seconds within a call, and never falls back', () => {
    account.seconds = 0;
    const progress = of({ seconds: 10 });
    expect(progress.next(0, 2)).toEqual([0, 0]);
    account.seconds = 2;
    expect(progress.next(2, 4)).toEqual([0.2, 0.3, 0.4, 0.5]);
    // The four steps took less time than expected.
    account.seconds = 3;
    expect(progress.next(6, 2)).toEqual([0.5, 0.5]);
    account.seconds = 9;
    expect(progress.next(8, 3)).toEqual([0.9, 1, 1]);
  });
});

describe('a cosine schedule', () => {
  const directory = temporaryDirectory();
  let registry: Registry;
  let locations: Locations;

  beforeAll(async () => {
    const schedule = `
      const rate = mul(0.5 * ${RATE}, add(1, cos(mul(Math.PI, context.progress))));
      const grad0 = problem.valueAndGrad(params).grad;
      return { params: vector.addScaled(params, mul(-1, rate), grad0), state, metrics: {
        rate, progress: context.progress, step: cast(context.step, 'float64') } };`;
    const extra = [
      await writeOptimizer(
        directory.path,
        'scheduled',
        gradientStep(schedule).replace('state)', 'state, context)'),
        "import { add, cast, cos, mul } from '@gaussmark/autodiff';",
      ),
    ];
    registry = await discover({ cwd: WORKSPACE, workspaceRoot: WORKSPACE, extra });
    locations = { ...directory.locations, extra, plugins: registry.plugins };
  });

  /** The metrics of every step, and where the account stood before it. */
  async function run(budget: Budget) {
    const cell = { ...bostonCell(registry, 'sgd', {}, SHAPE), budget, evaluateEvery: { steps: 1 } };
    const { curve } = await runCell(
      { ...cell, optimizer: { name: 'scheduled', hyperparameters: {} } },
      locations,
      {
        onEvent: () => {},
      },
    );
    const metric = (name: string) => curve.map(({ metrics }) => metrics![name]!);
    const [rate, progress] = [metric('rate'), metric('progress')];
    expect(metric('step')).toEqual(curve.map((_, i) => i));
    for (const [i, share] of progress.entries())
      expect(rate[i]).toBeCloseTo((RATE / 2) * (1 + Math.cos(Math.PI * share)), 15);
    return { curve, rate, progress };
  }

  it.each([
    [{ steps: 12 }, 12],
    [{ epochs: 2 }, 18],
  ])('goes by the steps of %o', async (budget, steps) => {
    const { progress, rate } = await run(budget);
    expect(progress).toEqual(Array.from({ length: steps }, (_, k) => k / steps));
    expect(rate[0]).toBe(RATE);
    expect(rate.at(-1)).toBeLessThan(0.02 * RATE);
  });

  it('goes by the work done', async () => {
    const { curve, progress, rate } = await run({ gradientEquivalents: 20 });
    expect(progress).toEqual([0, ...curve.slice(0, -1).map((point) => point.gradientEquivalents! / 20)]);
    expect(rate.at(-1)).toBeLessThan(0.02 * RATE);
  });

  it('goes by the training clock', async () => {
    const { curve, progress, rate } = await run({ seconds: 0.05 });
    expect(progress).toEqual([0, ...curve.slice(0, -1).map(({ seconds }) => seconds / 0.05)]);
    expect(rate.at(-1)).toBeLessThan(0.5 * RATE);
  });
});

describe('the clock of a step', () => {
  let registry: Registry;
  const locations = locationsOf(WORKSPACE);

  beforeAll(async () => {
    registry = await workspaceRegistry();
  });

  const clocked: Optimizer = {
    init: () => ({}),
    step: (problem, params, state, { progress, step }) => {
      const rate = mul(-RATE, add(progress, mul(0.01, cos(cast(step, 'float64')))));
      return {
        params: vector.addScaled(params, rate, problem.valueAndGrad(params).grad),
        state,
        metrics: { progress, step: cast(step, 'float64') },
      };
    },
  };

  async function train(stepsPerCall: number, progress: Progress = progressOfSteps(30)) {
    let calls = 0;
    const cell = bostonCell(registry, 'sgd', {}, SHAPE);
    const { engine, training } = await prepareTraining(cell, registry, locations, {
      optimizer: clocked,
      stepsPerCall,
      progress,
      onRun: () => {
        calls++;
      },
    });
    try {
      const metrics: number[][] = [];
      for (let i = 0; i < 15; i++) metrics.push(Array.from(await training.step()));
      const stepCalls = calls;
      await training.settle();
      const params = await Promise.all(
        training.params.map(async (buffer) => Array.from(await buffer.read())),
      );
      return { metrics, params, calls: stepCalls };
    } finally {
      await engine.dispose();
    }
  }

  it('reads the same however many steps share a call, and when steps are repeated', async () => {
    const one = await train(1);
    expect(one.metrics.map(([, progress, step]) => [progress, step])).toEqual(
      Array.from({ length: 15 }, (_, k) => [k / 30, k]),
    );
    const several = await train(4);
    expect(several.calls).toBe(2 + 1 + 2);
    expect(several).toMatchObject({ metrics: one.metrics, params: one.params });
  });

  it('takes one step per call if later shares are not known ahead', async () => {
    const unknown: Progress = { ...progressOfSteps(30), isKnownAhead: false };
    expect((await train(4, unknown)).calls).toBe(15);
  });

  it('is no input of a step that ignores it, or whose use of it has no effect', async () => {
    const { subject } = await setUp(bostonCell(registry, 'sgd', {}, SHAPE), registry, locations);
    const traced = (step: Optimizer['step']) => {
      const optimizer = { init: () => ({}), step };
      return traceStep(optimizer, subject, initProgram(optimizer, subject).state, 50);
    };
    const still: Optimizer['step'] = (_, params, state) => ({ params, state, metrics: {} });
    const plain = traced(still);
    const unused = traced((problem, params, state, context) => {
      mul(context.progress, scalar(2, 'float64'));
      return still(problem, params, state, context);
    });
    expect(plain.clock).toEqual([]);
    expect(plain.program.inputs).toHaveLength(4 + 2);
    expect(printProgram(unused.program)).toBe(printProgram(plain.program));
    expect(traced(clocked.step).clock).toEqual(['progress', 'step']);
  });
});
