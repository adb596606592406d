// What an optimizer draws: keys of the seed, the step and the label, wherever and however often a step runs.

import { mul, reshape, scalar, slice, type Tensor, trace, vector } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { discover, type Optimizer, type Registry } from '@gaussmark/core';
import { drawLike, normal, rademacher, stepKey } from '@gaussmark/random/program';
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
import { runCell } from '../src/run-cell.js';
import { prepareTraining } from './prepared-training.js';

/** Of 404 examples: eight full mini-batches an epoch, and one of four. */
const SHAPE = { hidden: 4, batchSize: 50, seed: 3 };
const STEPS = 11;

/** The first normal number of a label's key, evaluated by the reference. */
function firstDraw(seed: number, label: string, step: number): number {
  const draw = () => normal(stepKey(seed, label, scalar(step, 'int32')), [3], 'float64');
  return evaluate(trace(draw).program, [])[0]!.data[0]!;
}

const first = (x: Tensor) => reshape(slice(x, [0], [1]), []);

/** Gradient descent with noise and signs; its state is drawn, too. */
const noisy: Optimizer<{ start: Tensor }> = {
  init: (_, context) => ({ start: normal(context.random('start'), [3], 'float64') }),
  step: (problem, params, state, context) => {
    const noise = normal(context.random('noise'), [3], 'float64');
    const signs = drawLike(rademacher, context.random('signs'), params);
    const { grad } = problem.valueAndGrad(params);
    const moved = vector.addScaled(params, -0.01, grad);
    return {
      params: vector.addScaled(moved, mul(1e-3, first(noise)), signs),
      state,
      metrics: { noise: first(noise), start: first(state.start) },
    };
  },
};

describe('an optimizer that draws', () => {
  let registry: Registry;
  const locations = locationsOf(WORKSPACE);
  const directory = temporaryDirectory();

  beforeAll(async () => {
    registry = await workspaceRegistry();
  });

  async function train(stepsPerCall: number, seed: number) {
    const cell = bostonCell(registry, 'sgd', {}, { ...SHAPE, seed });
    const { engine, training } = await prepareTraining(cell, registry, locations, {
      optimizer: noisy as unknown as Optimizer,
      stepsPerCall,
      onRun: () => {},
    });
    try {
      const metrics: number[][] = [];
      for (let i = 0; i < STEPS; i++) metrics.push(Array.from(await training.step()));
      await training.settle();
      const params = await Promise.all(
        training.params.map(async (buffer) => Array.from(await buffer.read())),
      );
      return { metrics, params };
    } finally {
      await engine.dispose();
    }
  }

  it('draws by seed, step and label, however many steps share a call', async () => {
    const one = await train(1, 3);
    expect(one.metrics.map(([, noise]) => noise)).toEqual(
      Array.from({ length: STEPS }, (_, step) => firstDraw(3, 'noise', step)),
    );
    expect(new Set(one.metrics.map(([, , start]) => start))).toEqual(new Set([firstDraw(3, 'start', -1)]));
    expect(await train(4, 3)).toEqual(one);
    const other = await train(4, 4);
    expect(other.metrics.map(([, noise]) => noise)).toEqual(
      Array.from({ length: STEPS }, (_, step) => firstDraw(4, 'noise', step)),
    );
  });

  it('is a plugin of any folder; a table of a distribution is not its own numbers', async () => {
    const inside = `
      const noise = drawLike(normal, context.random('noise'), params);
      const signs = drawLike(rademacher, context.random('signs'), params);
      const moved = vector.addScaled(vector.addScaled(params, 1e-3, noise), 1e-3, signs);
      return { params: moved, state, metrics: { noise: vector.dot(noise, signs) } };`;
    const extra = [
      await writeOptimizer(
        directory.path,
        'noisy',
        gradientStep(inside).replace('state)', 'state, context)'),
        "import { drawLike, normal, rademacher } from '@gaussmark/random/program';",
      ),
    ];
    const own = await discover({ cwd: WORKSPACE, workspaceRoot: WORKSPACE, extra });
    const run = (seed: number) =>
      runCell(
        {
          ...bostonCell(own, 'sgd', {}, { ...SHAPE, seed }),
          budget: { steps: STEPS },
          optimizer: { name: 'noisy', hyperparameters: {} },
        },
        { ...directory.locations, extra, plugins: own.plugins },
        { onEvent: () => {} },
      );
    const result = await run(3);
    expect(result).toMatchObject({ status: 'done' });
    expect(result.warnings ?? []).toEqual([]);
    const curves = [result, await run(3), await run(4)].map(({ curve }) =>
      curve.map(({ metrics }) => metrics),
    );
    expect(curves[1]).toEqual(curves[0]);
    expect(curves[2]).not.toEqual(curves[0]);
  });
});
