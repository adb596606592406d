// Where a model is evaluated: at a point of the optimizer's own, computed from parameters and state.

import { add, cast, mul, type Tensor, type TensorType, type Tree, tree, vector } from '@gaussmark/autodiff';
import type { Optimizer, Params, Registry } from '@gaussmark/core';
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
import type { Cell, CellResult } from '../src/cell.js';
import { Evaluation } from '../src/evaluation.js';
import { EvaluationPoint, evaluationPointProgram } from '../src/evaluation-point.js';
import { initProgram } from '../src/programs.js';
import { runCell } from '../src/run-cell.js';
import { setUp, uploadSplit } from '../src/setup.js';
import { type Training, uploadAll } from '../src/training.js';
import { prepareTraining } from './prepared-training.js';

const SHAPE = { hidden: 4, batchSize: 50, seed: 3 };
const BETA = 0.8;
const STEPS = 7;
const locations = locationsOf(WORKSPACE);
let registry: Registry;
let cell: Cell;

beforeAll(async () => {
  registry = await workspaceRegistry();
  cell = bostonCell(registry, 'sgd', {}, SHAPE);
});

type Averaged = { readonly average: Params };

/** Gradient steps, evaluated at an exponential moving average of the parameters. */
const averaging: Optimizer<Averaged> = {
  init: (params) => ({ average: params }),
  step(problem, params, { average }) {
    const next = vector.addScaled(params, -0.02, problem.valueAndGrad(params).grad);
    const ema = tree.map((a: Tensor, p: Tensor) => add(mul(BETA, a), mul(1 - BETA, p)), average, next);
    return { params: next, state: { average: ema }, metrics: {} };
  },
  evaluationPoint: (_params, { average }) => average,
};

it('scores the average that float64 arithmetic outside gives', async () => {
  const optimizer = averaging as unknown as Optimizer;
  const { subject, dataset } = await setUp(cell, registry, locations);
  const { engine, training } = await prepareTraining(cell, registry, locations, {
    optimizer,
    stepsPerCall: 4,
    onRun: () => {},
  });
  try {
    const { state } = initProgram(optimizer, subject);
    const point = await EvaluationPoint.prepare(
      engine,
      evaluationPointProgram(optimizer, subject, state),
      subject,
    );
    const split = await Evaluation.prepare(engine, subject, uploadSplit(engine, subject, dataset.evaluated));
    const valuesOf = ({ params }: Pick<Training, 'params'>) =>
      Promise.all(params.map(async (buffer) => Float64Array.from(await buffer.read())));
    let average = await valuesOf(training);
    // The seventh step is within the second call: the two before it are repeated.
    for (let step = 1; step <= STEPS; step++) await training.step();
    await training.settle();
    const other = await prepareTraining(cell, registry, locations, {
      optimizer,
      stepsPerCall: 1,
      onRun: () => {},
    });
    for (let step = 1; step <= STEPS; step++) {
      await other.training.step();
      const now = await valuesOf(other.training);
      average = average.map((leaf, i) => leaf.map((a, j) => BETA * a + (1 - BETA) * now[i]![j]!));
    }
    await other.engine.dispose();
    const expected = await split.score(uploadAll(engine, average, subject.params));
    const { loss } = await split.score(await point.of(training));
    expect(loss).toBeCloseTo(expected.loss, 13);
    expect(Math.abs((await split.score(training.params)).loss - loss)).toBeGreaterThan(1e-3);
  } finally {
    await engine.dispose();
  }
});

describe('the program', () => {
  const programOf = async (evaluationPoint: unknown) => {
    const { subject } = await setUp(cell, registry, locations);
    const optimizer = { ...averaging, evaluationPoint } as unknown as Optimizer;
    const { state } = initProgram(optimizer, subject);
    return evaluationPointProgram(optimizer, subject, state as Tree<TensorType>);
  };

  it('is absent without an evaluation point', async () => {
    expect(await programOf(undefined)).toBeUndefined();
  });

  it.each([
    ['another structure', () => [], 'evaluationPoint returned params of another structure'],
    [
      'another type',
      (params: Params) => tree.map((p: Tensor) => cast(p, 'float32'), params),
      /evaluationPoint changed the type of params\.\S+ from float64\[13,4\] to float32/,
    ],
  ])('refuses %s', async (_, evaluationPoint, message) => {
    await expect(programOf(evaluationPoint)).rejects.toThrow(message);
  });
});

describe('a run', () => {
  const directory = temporaryDirectory();

  async function run(name: string, step: string, evaluationPoint = ''): Promise<CellResult> {
    const create = gradientStep(step).replace(/\}\)$/, `${evaluationPoint} })`);
    const folder = await writeOptimizer(
      directory.path,
      name,
      create,
      "import { add, less, mul, tree, whileLoop } from '@gaussmark/autodiff';",
    );
    const own = { ...directory.locations, extra: [folder] };
    return runCell({ ...cell, optimizer: { name, hyperparameters: {} } }, own, { onEvent: () => {} });
  }

  it('keeps its training loss and its bill, and is scored elsewhere', async () => {
    const plain = await run('plain', '');
    const halved = await run(
      'halved',
      '',
      'evaluationPoint: (params) => tree.map((p) => mul(0.5, p), params),',
    );
    const [a, b] = [plain.curve.at(-1)!, halved.curve.at(-1)!];
    expect([b.trainLoss, b.gradientEquivalents]).toEqual([a.trainLoss, a.gradientEquivalents]);
    expect(b.testLoss).not.toBeCloseTo(a.testLoss!, 3);
    expect(halved.warnings).toBeUndefined();
  });

  it('is warned about if its point takes more work than a gradient', async () => {
    const loop = `whileLoop(
      ({ k }) => less(k, 4000),
      ({ k, p }) => ({ k: add(k, 1), p: tree.map((x) => mul(0.9999, x), p) }),
      { k: scalar(0, 'int32'), p: params },
    ).p`;
    const { status, warnings } = await run('polished', '', `evaluationPoint: (params) => ${loop},`);
    expect(status).toBe('done');
    expect(warnings).toEqual([expect.stringMatching(/evaluation point takes \S+ gradient-equivalents/)]);
  });
});
