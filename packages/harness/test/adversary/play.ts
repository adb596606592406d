// Optimizers given as text, run as the plugins that they become.

import { discover, type Registry } from '@gaussmark/core';
// The process of a run is that of the built harness.
import { runCellInProcess } from '@gaussmark/harness';
import { beforeAll } from 'vitest';
import type { Cell, CellResult, Locations } from '../../../cell/src/cell.js';
import { type RunCellOptions, runCell } from '../../../cell/src/run-cell.js';
import { bostonCell, temporaryDirectory, WORKSPACE, writeModule } from '../fixtures.js';

/** What a module may use without an import of its own. */
const PRELUDE = `
import {
  add, cast, concat, cond, constant, div, hessianProduct, iota, less, mul, reshape, scalar, select, sizeOf, slice, stopGradient, sub, sum, tree, vector,
  whileLoop,
} from '@gaussmark/autodiff';
const int = (value) => scalar(value, 'int32');
const float = (value) => scalar(value, 'float64');
/** One gradient step. */
const descend = (problem, at, rate = 0.02) => vector.addScaled(at, -rate, problem.valueAndGrad(at).grad);
/** Replaces each parameter's values by those in GAUSSMARK_TEST_WEIGHTS (set by adversary.test.ts). */
const trained = (params, make) => {
  const weights = JSON.parse(process.env.GAUSSMARK_TEST_WEIGHTS ?? '[]');
  const structure = tree.structureOf(params);
  let next = 0;
  return tree.unflatten(structure, tree.leaves(params).map((p) => {
    const size = sizeOf(p.shape);
    return make(p, Array.from({ length: size }, () => weights[next++ % weights.length] ?? 0));
  }));
};
const vectorOf = (values) => constant({ type: { dtype: 'float64', shape: [values.length] }, data: Float64Array.from(values) });
/** Repeats a step, in a loop. */
const repeat = (times, step, start, options) =>
  whileLoop(({ k }) => less(k, times), ({ k, p }) => ({ k: add(k, 1), p: step(p) }), { k: int(0), p: start }, options).p;
`;

/** A module: `step` sees problem, params and state. */
export const optimizer = (step: string, { init = '({})', before = '' } = {}): string => `
${before}
export default { create: (options, context) => ({
  init: (params) => (${init}),
  step(problem, params, state) {
    ${step}
  },
}) };`;

export interface PlayOptions
  extends Pick<Cell, 'budget' | 'target' | 'evaluateOn' | 'evaluateEvery'>,
    Partial<Pick<Cell, 'engine'>>,
    Pick<RunCellOptions, 'observe'> {
  /** Of 404 examples. Default 101, a quarter of them. */
  readonly batchSize?: number;
  /** Hidden units. Default 6: 91 parameters. */
  readonly hidden?: number;
  /** Default float64. */
  readonly dtype?: Cell['problem']['dtype'];
  /** In a process of its own, as runs of the command line are. Default: in this one. */
  readonly apart?: boolean;
}

/** Every cheat declares an inner loop, `cg`, which most have not. */
const DECLARED = {
  hyperparameters: {
    type: 'object',
    properties: { n: { type: 'integer', default: 1, description: 'Most turns of the loop.' } },
  },
  innerLoop: { name: 'cg', iteration: { one: 'turn', many: 'turns' }, budget: 'n' },
};

/** Writes modules as plugins before the tests begin; returns how to run one on a network of 91 parameters. */
export function playground(
  modules: Readonly<Record<string, string>>,
): (name: string, options: PlayOptions) => Promise<CellResult> {
  const directory = temporaryDirectory();
  let registry: Registry;
  let locations: Locations;
  beforeAll(async () => {
    const extra = await Promise.all(
      Object.entries(modules).map(([name, code]) =>
        writeModule(directory.path, 'optimizer', name, `${PRELUDE}\n${code}\n`, DECLARED),
      ),
    );
    registry = await discover({ cwd: WORKSPACE, workspaceRoot: WORKSPACE, extra });
    locations = { ...directory.locations, extra, plugins: registry.plugins };
  });
  return async (name, { batchSize = 101, hidden = 6, dtype = 'float64', apart, observe, ...rest }) => {
    const boston = bostonCell(registry, 'sgd', {}, { hidden, batchSize, seed: 3 });
    const cell: Cell = {
      ...boston,
      problem: { ...boston.problem, dtype },
      id: name,
      label: name,
      optimizer: { name, hyperparameters: {} },
      ...rest,
    };
    const onEvent = () => {};
    return apart
      ? runCellInProcess(cell, locations, { limits: { seconds: 60, bytes: 2 ** 31 }, onEvent })
      : runCell(cell, locations, { onEvent, ...(observe && { observe }) }).catch(({ message }: Error) =>
          failed(message),
        );
  };
}

function failed(reason: string): CellResult {
  return {
    status: 'failed',
    reason,
    engineInfo: {},
    curve: [],
    steps: { count: 0, secondsMedian: null, secondsTotal: 0, secondsP10: null, secondsP90: null },
    seconds: { load: 0, compile: 0, train: 0, evaluate: 0, total: 0 },
  };
}
