// What a suite times of a problem: its forward pass, its gradient, its Gauss-Newton products, and whole steps.

import {
  add,
  type Cost,
  less,
  type Program,
  programCost,
  scalar,
  sizeOf,
  type Tensor,
  type TensorData,
  type TensorType,
  type Tree,
  toData,
  trace,
  tree,
  whileLoop,
} from '@gaussmark/autodiff';
import {
  clockValues,
  contextOf,
  exampleTypes,
  initialState,
  initProgram,
  iterationCost,
  mostBatches,
  onRows,
  type Setup,
  type Subject as TrainedSubject,
  type TrainingData,
  traceStep,
  turnsOf,
  uploadAll,
  uploadSplit,
} from '@gaussmark/cell';
import {
  type Batch,
  type Buffer,
  bindProblem,
  defined,
  type Engine,
  GaussmarkError,
  type Iteration,
  type ManifestOf,
  type Params,
  type Registry,
} from '@gaussmark/core';
import { PythonShuffle, signedUniforms, xoroshiro128plus } from '@gaussmark/random';
import { stepCost } from './cost.js';
import type { Subject } from './rounds.js';
import type { Suite, TimedStep } from './suite.js';

/** A program on its buffers, ready to run. */
export interface Part extends Subject {
  readonly program: Program;
  readonly outputs: readonly Buffer[];
}

/** Products of the timed loop; the difference to an empty loop gives the cost of one. */
const PRODUCTS = 4;
const PRODUCTS_LOOP = 'products';
/** Each of its turns evaluates the loss once. */
const LINE_SEARCH_LOOP = 'line-search';
/** Steps over which a step that branches on its number is averaged: the usual interval of refreshed preconditioners. */
const PERIOD = 10;

/** Compiles a program for the given inputs and allocates its outputs. */
export async function compilePart(
  engine: Engine,
  id: string,
  program: Program,
  inputs: readonly Buffer[],
): Promise<Part> {
  const executable = await engine.compile(program);
  const outputs = program.outputs.map(({ type }) => engine.allocate(type));
  return { id, program, outputs, run: () => executable.run(inputs, outputs) };
}

export interface ProblemParts {
  readonly forward: Part & { readonly cost: Cost };
  readonly gradient: Part & { readonly cost: Cost };
  readonly products: {
    readonly cost: Cost;
    readonly few: Part & { readonly count: number };
    readonly many: Part & { readonly count: number };
  };
}

export interface StepPart extends Part {
  readonly optimizer: string;
  readonly iteration?: Iteration;
  readonly innerIterations?: number;
  readonly cost: Cost;
  readonly iterationCost?: Cost;
  readonly lineSearchSteps?: number;
}

/**
 * The parts of a problem at its initial parameters, on the first mini-batch. Parts take the mini-batch itself; steps select
 * it from the training set, as in a run.
 */
export class TimedProblem {
  readonly #params: readonly Buffer[];
  readonly #rows: Int32Array;

  constructor(
    private readonly engine: Engine,
    private readonly setup: Setup,
    suite: Suite,
    private readonly registry: Registry,
  ) {
    const { subject, initial, dataset } = setup;
    this.#params = uploadAll(
      engine,
      initial.map(({ data }) => data),
      subject.params,
    );
    const { seed } = suite.steps[0]!.cell;
    const shuffle = new PythonShuffle(dataset.train.size, seed);
    shuffle.next();
    this.#rows = shuffle.order.slice(0, Math.min(suite.problem.batchSize, dataset.train.size));
  }

  get batchSize(): number {
    return this.#rows.length;
  }

  async parts(): Promise<ProblemParts> {
    const { engine, setup, batchSize } = this;
    const { subject, dataset } = setup;
    const { model, loss, params } = subject;
    const types = exampleTypes(subject, batchSize);
    const { inputs, targets } = dataset.train;
    const batch = uploadAll(
      engine,
      [
        selectRows(inputs, this.#rows, dataset.train.size),
        selectRows(targets, this.#rows, dataset.train.size),
      ],
      [types.inputs, types.targets],
    );
    const given = [...this.#params, ...batch];
    const traced = (part: (at: Params, batch: Batch) => Tree<Tensor>) =>
      trace(part, params, types as Readonly<Record<keyof typeof types, TensorType>>).program;
    const forward = traced((at, batch) => bindProblem(model, loss, batch).loss(at));
    const gradient = traced((at, batch) => {
      const { loss: value, grad } = bindProblem(model, loss, batch).valueAndGrad(at);
      return [value, grad];
    });
    return {
      forward: { ...(await compilePart(engine, 'forward', forward, given)), cost: programCost(forward) },
      gradient: { ...(await compilePart(engine, 'gradient', gradient, given)), cost: programCost(gradient) },
      products: await this.products(given, types),
    };
  }

  private async products(
    given: readonly Buffer[],
    types: ReturnType<typeof exampleTypes>,
  ): Promise<ProblemParts['products']> {
    const { engine } = this;
    const { model, loss, params } = this.setup.subject;
    const program = productsProgram({ model, loss, params }, types);
    const leaves = tree.leaves<TensorType>(params);
    const direction = uploadAll(engine, unitVector(leaves), params);
    const withCount = async (count: number) => {
      const loops = engine.upload({ type: { dtype: 'int32', shape: [] }, data: Int32Array.of(count) });
      const part = await compilePart(engine, `products ${count}`, program, [...given, ...direction, loops]);
      return { ...part, count };
    };
    const loop = programCost(program).loops.find(({ name }) => name === PRODUCTS_LOOP);
    if (loop === undefined) throw new Error('internal: the loop of Gauss-Newton products is gone');
    const many = await withCount(PRODUCTS);
    await many.run();
    await demandFinite(many, 'a Gauss-Newton product');
    return { cost: iterationCost(loop), few: await withCount(0), many };
  }

  /** The training set on the engine, for {@link step}. */
  trainingData(): TrainingData {
    const { subject, dataset } = this.setup;
    return uploadSplit(this.engine, subject, dataset.train);
  }

  /**
   * A whole step from the optimizer's initial state, always the same one: its results are not carried over. A step that branches
   * on its number, to refresh a preconditioner every few steps for instance, is the mean of the {@link PERIOD} steps after the
   * first, each at the parameters and state that the first returned.
   */
  async step(timed: TimedStep, data: TrainingData): Promise<StepPart> {
    const { engine, setup } = this;
    const { cell, optimizer: name, innerIterations } = timed;
    const { subject, facts } = setup;
    const entry = this.registry.find('optimizer', cell.optimizer.name);
    const { innerLoop } = entry.manifest;
    const batches = mostBatches(entry.manifest);
    const plugin = await this.registry.load(entry);
    const optimizer = plugin.create(cell.optimizer.hyperparameters, contextOf(cell, facts, subject, batches));
    const init = initProgram(optimizer, subject);
    const state = await initialState(engine, init, this.#params);
    const traced = traceStep(optimizer, subject, init.state, this.batchSize, batches);
    const { clock, sites } = traced;
    const examples = Int32Array.from(
      { length: batches * this.batchSize },
      (_, i) => this.#rows[i % this.batchSize]!,
    );
    const rows = engine.upload({ type: { dtype: 'int32', shape: [examples.length] }, data: examples });
    const program = onRows(traced, data.size);
    const executable = await engine.compile(program);
    const stepFrom = (before: readonly Buffer[], step: number) => {
      const time = clockValues(traced, { progress: 0, step }).map((value) => engine.upload(value));
      const inputs = [...before, data.inputs, data.targets, rows, ...time];
      const outputs = program.outputs.map(({ type }) => engine.allocate(type));
      return { outputs, run: () => executable.run(inputs, outputs) };
    };
    const runCounted = async ({ run, outputs }: ReturnType<typeof stepFrom>) => {
      await run();
      return sites.length === 0 ? [] : await outputs.at(-2)!.read();
    };

    const before = [...this.#params, ...state.buffers];
    const first = stepFrom(before, 0);
    const counts = await runCounted(first);
    const turns = (loop: string) => turnsOf(loop, sites, counts);
    demandTurns(timed, innerLoop, turns);
    const part = {
      id: `step ${cell.label}`,
      program,
      optimizer: name,
      ...defined({
        iteration: innerLoop?.iteration,
        innerIterations,
        lineSearchSteps: turns(LINE_SEARCH_LOOP),
      }),
    };
    const costWith = (of: ArrayLike<number>) => stepCost(traced, of, innerLoop?.name);
    if (!clock.includes('step') || sites.every(({ kind }) => kind !== 'branch')) {
      return { ...part, ...first, ...costWith(counts) };
    }
    const period: ReturnType<typeof stepFrom>[] = [];
    const costs: Cost[] = [];
    for (let step = 1; step <= PERIOD; step++) {
      const next = stepFrom(first.outputs.slice(0, before.length), step);
      costs.push(costWith(await runCounted(next)).cost);
      period.push(next);
    }
    const mean = (of: (cost: Cost) => number) => costs.reduce((sum, cost) => sum + of(cost), 0) / PERIOD;
    return {
      ...part,
      ...costWith(counts),
      cost: { flops: mean(({ flops }) => flops), bytes: mean(({ bytes }) => bytes) },
      outputs: first.outputs,
      repeats: PERIOD,
      run: async () => {
        for (const { run } of period) await run();
      },
    };
  }
}

/** @throws GaussmarkError if the step's inner loop did not run as often as asked */
function demandTurns(
  { optimizer, innerIterations: asked }: TimedStep,
  innerLoop: ManifestOf<'optimizer'>['innerLoop'],
  turns: (loop: string) => number | undefined,
): void {
  if (innerLoop === undefined || asked === undefined) return;
  const { name, iteration, exact } = innerLoop;
  const ran = turns(name);
  if (ran === asked) return;
  throw new GaussmarkError(
    `a step of ${optimizer} did not run ${asked} ${asked === 1 ? iteration.one : iteration.many}`,
    {
      expected: `its loop '${name}' to run ${asked} times`,
      got: String(ran ?? 'no loop of that name'),
      remedy:
        ran === undefined
          ? `name the loop of the step in the manifest's innerLoop.name`
          : `ask for fewer with --inner${exact === undefined ? '' : `, or leave ${Object.keys(exact).join(' and ')} to this command`}`,
    },
  );
}

/**
 * (params, batch, direction, count) -> direction after `count` Gauss-Newton products, each applied to the previous result. As
 * in a solver, the network is linearized once outside the loop, whose body captures the residuals.
 */
export function productsProgram(
  { model, loss, params }: Pick<TrainedSubject, 'model' | 'loss' | 'params'>,
  types: ReturnType<typeof exampleTypes>,
): Program {
  const products = (at: Params, batch: Batch, direction: Params, count: Tensor) => {
    const { ggnProduct } = bindProblem(model, loss, batch).linearize(at);
    return whileLoop(
      ({ k }) => less(k, count),
      ({ k, v }) => ({ k: add(k, 1), v: ggnProduct(v) }),
      { k: scalar(0, 'int32'), v: direction },
      { name: PRODUCTS_LOOP },
    ).v;
  };
  const batch = types as Readonly<Record<keyof typeof types, TensorType>>;
  return trace(products, params, batch, params, { dtype: 'int32', shape: [] }).program;
}

/** The examples at `rows`, in order. */
export function selectRows(data: TensorData, rows: Int32Array, size: number): TensorData {
  const width = data.length / size;
  const selected = data.slice(0, rows.length * width);
  for (const [i, row] of rows.entries())
    selected.set(data.subarray(row * width, (row + 1) * width), i * width);
  return selected;
}

/** A fixed random direction of length 1, by leaf. */
function unitVector(types: readonly TensorType[]): TensorData[] {
  const generator = xoroshiro128plus(1);
  const values = types.map(({ shape }) => signedUniforms(generator, sizeOf(shape)));
  const norm = Math.sqrt(values.reduce((sum, leaf) => leaf.reduce((s, v) => s + v * v, sum), 0));
  return values.map((leaf, i) =>
    toData(
      types[i]!.dtype,
      leaf.map((value) => value / norm),
    ),
  );
}

async function demandFinite({ outputs }: Part, what: string): Promise<void> {
  for (const output of outputs) {
    const values: ArrayLike<number> = await output.read();
    for (let i = 0; i < values.length; i++) {
      if (Number.isFinite(values[i])) continue;
      throw new GaussmarkError(`${what} at the initial parameters is not finite`, {
        got: String(values[i]),
        remedy: 'choose another initialization, or --dtype float64',
      });
    }
  }
}
