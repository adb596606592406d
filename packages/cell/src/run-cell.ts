// Runs one cell from data to curve, in this process.

import type { Program } from '@gaussmark/autodiff';
import {
  defined,
  discover,
  type Engine,
  GaussmarkError,
  type InnerLoop,
  Mismatch,
  type Registry,
} from '@gaussmark/core';
import { WatchedRegistry } from '@gaussmark/worker';
import { quantileSorted } from 'simple-statistics';
import { BudgetAccount, type StepTaken } from './budget-account.js';
import {
  type Cell,
  type CellEvent,
  type CellResult,
  type CurvePoint,
  type Locations,
  stepsOf,
} from './cell.js';
import { clockSeconds, PhaseClock } from './clock.js';
import { plannedSteps, stepsOfEpochs } from './epochs.js';
import { Evaluation, type EvaluationPrograms, evaluationPrograms, type Score } from './evaluation.js';
import { EvaluationPoint, evaluationPointProgram } from './evaluation-point.js';
import { type SavedModel, type SaveRequest, saveModel } from './export/save-model.js';
import { MetricMeans } from './metric-means.js';
import { ownNumbersWarning } from './own-numbers.js';
import { initProgram } from './programs.js';
import { BudgetProgress } from './progress.js';
import {
  initialState,
  type ProblemSetup,
  type Setup,
  setUpOptimizer,
  setUpProblem,
  uploadSplit,
} from './setup.js';
import { startHash } from './start-hash.js';
import { onRows, traceStep } from './step.js';
import { evaluated, reaches } from './target.js';
import { Training, uploadAll } from './training.js';
import { gradientFlops, StepWork } from './work.js';

/** Seconds spent on timing the inner loop, after training. */
const LOOP_TIMING_SECONDS = 0.3;
/** Seconds between progress events. */
const PROGRESS_INTERVAL = 0.2;
/** Seconds of an optimizer's JavaScript that need no warning, however short the training. */
const SLOW_JAVASCRIPT = 5;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export interface RunCellOptions {
  readonly onEvent: (event: CellEvent) => void;
  /** Saves the trained model. */
  readonly save?: SaveRequest | undefined;
  /** Wraps the engine. */
  readonly observe?: (engine: Engine) => Engine;
}

/** Runs a cell and reports its progress. @throws what a plugin or the engine throws */
export async function runCell(
  cell: Cell,
  locations: Locations,
  { onEvent, save, observe = (engine) => engine }: RunCellOptions,
): Promise<CellResult> {
  const clock = new PhaseClock();
  const { cacheDirectory: _, plugins, ...discovery } = locations;
  onEvent({ type: 'phase', phase: 'load' });
  const registry = await clock.time('load', () =>
    plugins === undefined ? discover(discovery) : new WatchedRegistry(plugins),
  );
  let problem: ProblemSetup;
  try {
    problem = await clock.time('load', () => setUpProblem(cell, registry, locations));
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return emptyResult('skipped', error.message, clock);
  }
  // Data, evaluation and engine are set up before the optimizer is imported, so it cannot tamper with them.
  const { subject, dataset } = problem;
  const evaluations = await clock.time('compile', () => evaluationPrograms(subject, dataset.evaluated.size));
  const engine = observe(await clock.time('load', () => startEngine(cell, registry)));
  let result: CellResult;
  try {
    const setup = {
      ...problem,
      ...(await clock.time('load', () => setUpOptimizer(cell, registry, problem))),
    };
    const { innerLoop } = registry.find('optimizer', cell.optimizer.name).manifest;
    const run = await clock.time(
      'load',
      () => new CellRun(cell, setup, innerLoop, evaluations, engine, clock, onEvent, save),
    );
    try {
      result = await run.run();
    } catch (error) {
      const reason = run.unsupported();
      if (reason === undefined) throw error;
      result = emptyResult('skipped', reason, clock);
    }
  } finally {
    await clock.time('record', () => engine.dispose());
  }
  const { record } = clock.seconds;
  return { ...result, seconds: { ...result.seconds, record, total: clock.total() } };
}

/** Starts the engine of a cell. */
export async function startEngine({ engine }: Pick<Cell, 'engine'>, registry: Registry): Promise<Engine> {
  const plugin = await registry.load(registry.find('engine', engine.name));
  return plugin.create(engine.hyperparameters);
}

/** What a run is evaluated on, and where. */
interface RunEvaluation {
  readonly split: Evaluation;
  readonly point: EvaluationPoint;
}

class CellRun {
  readonly #account: BudgetAccount;
  /** By mini-batch size. */
  readonly #stepWork = new Map<number, StepWork>();
  readonly #curve: CurvePoint[] = [];
  /** Steps by the reason their inner loop stopped. */
  readonly #stops: Record<string, number> = {};
  /** Time in the optimizer's JavaScript: import, creation, traces. */
  #optimizerSeconds: number;
  #lastProgress = 0;
  readonly #warnings: string[] = [];
  /** Operations of one gradient-equivalent. */
  #unit = Number.POSITIVE_INFINITY;
  /** Computed before an engine or a plugin gets the arrays. */
  readonly #startHash: string;
  /** The programs for the engine. */
  readonly #programs: Program[] = [];

  constructor(
    private readonly cell: Cell,
    private readonly setup: Setup,
    private readonly innerLoop: InnerLoop | undefined,
    private readonly evaluations: EvaluationPrograms,
    private readonly engine: Engine,
    private readonly clock: PhaseClock,
    private readonly onEvent: (event: CellEvent) => void,
    private readonly save: SaveRequest | undefined,
  ) {
    this.#startHash = startHash(setup.initial);
    this.#account = new BudgetAccount(cell.budget);
    this.#optimizerSeconds = setup.optimizerSeconds;
  }

  async run(): Promise<CellResult> {
    this.onEvent({ type: 'phase', phase: 'compile' });
    const { training, evaluation } = await this.clock.time('compile', () => this.prepare());
    // The training clock has the seconds of `init`.
    const initSeconds = this.#account.seconds;
    this.clock.seconds.compile -= initSeconds;
    this.onEvent({ type: 'phase', phase: 'train' });
    const outcome = await this.train(training, evaluation);
    this.#warnOfPoint(evaluation.point);
    const { compile, record } = training.betweenCalls;
    // A step beyond the budget is not on the training clock.
    const discarded = training.nativeSeconds - (this.#account.seconds - initSeconds);
    this.clock.seconds.compile += compile;
    this.clock.seconds.record += record + discarded;
    const savedModel = await this.clock.time('record', () => this.#saveModel(training, evaluation.point));
    const innerLoop = await this.clock.time('record', () => this.innerWork(training));
    return {
      ...outcome,
      ...this.#warned(),
      facts: this.setup.facts,
      startHash: this.#startHash,
      engineInfo: this.engine.info,
      curve: this.#curve,
      steps: this.#account.steps(),
      ...defined({ innerLoop, savedModel }),
      seconds: {
        ...this.clock.seconds,
        train: this.#account.seconds,
        total: this.clock.total(),
        optimizer: this.#optimizerSeconds,
      },
    };
  }

  #warned(): Pick<CellResult, 'warnings'> {
    const own = this.#optimizerSeconds;
    const slow =
      own > Math.max(SLOW_JAVASCRIPT, this.#account.seconds)
        ? [
            `the optimizer's own JavaScript took ${own.toFixed(1)} s before the first step, ` +
              `training ${this.#account.seconds.toFixed(1)} s`,
          ]
        : [];
    const warnings = [...this.#warnings, ...slow];
    return warnings.length === 0 ? {} : { warnings };
  }

  /** Saves the model at its evaluation point. A model too large for a file is a warning: the run itself has succeeded. */
  async #saveModel(training: Training, point: EvaluationPoint): Promise<SavedModel | undefined> {
    const { save, cell, engine } = this;
    if (save === undefined) return undefined;
    try {
      return await saveModel(save, cell, this.setup.subject, engine, await point.of(training));
    } catch (error) {
      if (!(error instanceof GaussmarkError)) throw error;
      this.#warnings.push(`the model was not saved: ${error.message}`);
      return undefined;
    }
  }

  /** An evaluation point is free: it may average parameters, but not train them. */
  #warnOfPoint({ mostFlops }: EvaluationPoint): void {
    if (mostFlops <= this.#unit) return;
    const gradients = Number((mostFlops / this.#unit).toPrecision(2)).toLocaleString('en-US');
    this.#warnings.push(
      `the optimizer's evaluation point takes ${gradients} gradient-equivalents, which no budget holds equal`,
    );
  }

  /** Why the engine does not support the run, if it says so. */
  unsupported(): string | undefined {
    const reasons = this.#programs.map((program) => this.engine.unsupported?.(program) ?? null);
    const reason = reasons.find((each) => each !== null);
    return reason === undefined ? undefined : `engine '${this.cell.engineLabel}' ${reason}`;
  }

  private async prepare() {
    const { cell, engine } = this;
    const { subject, optimizer, dataset, initial } = this.setup;
    const params = uploadAll(
      engine,
      initial.map((value) => value.data),
      subject.params,
    );
    const init = this.#traced(() => initProgram(optimizer, subject));
    this.#programs.push(init.program);
    const at = this.#traced(() => evaluationPointProgram(optimizer, subject, init.state));
    if (at !== undefined) this.#programs.push(at);
    const state = await initialState(engine, init, params);
    const data = uploadSplit(engine, subject, dataset.train);
    const unit = gradientFlops(subject, Math.min(cell.problem.batchSize, dataset.train.size));
    this.#account.begin({ seconds: state.seconds, work: state.cost.flops / unit });
    this.#unit = unit;
    const owns = at === undefined ? [init.program] : [init.program, at];
    const batchSizes = new Set<number>();
    // Compiled together: an engine may compile on several threads.
    const examples = uploadSplit(engine, subject, dataset.evaluated);
    const compiling = Training.prepare({
      engine,
      params,
      state: state.buffers,
      data,
      batchSize: cell.problem.batchSize,
      seed: cell.seed,
      evaluateEvery: this.#evaluateEvery(),
      step: (batchSize) => {
        const traced = this.#traced(() =>
          traceStep(optimizer, subject, init.state, batchSize, this.setup.batches),
        );
        this.#stepWork.set(batchSize, new StepWork(traced, unit));
        this.#programs.push(onRows(traced, dataset.train.size));
        owns.push(traced.own);
        batchSizes.add(batchSize);
        return traced;
      },
      progress: new BudgetProgress({
        budget: cell.budget,
        plannedSteps: plannedSteps(cell.budget, this.setup.facts.stepsPerEpoch, this.setup.batches),
        account: this.#account,
        workOfStep: () => this.#stepWork.get(Math.min(cell.problem.batchSize, dataset.train.size))?.fixed,
      }),
    });
    const [training, split, point] = await allOf([
      compiling,
      Evaluation.prepare(engine, subject, examples, undefined, this.evaluations),
      EvaluationPoint.prepare(engine, at, subject),
    ]);
    const numbers = ownNumbersWarning(owns, subject, [...batchSizes]);
    if (numbers !== undefined) this.#warnings.push(numbers);
    const evaluation: RunEvaluation = { split, point };
    return { training, evaluation };
  }

  /** Traces the optimizer, on its clock. */
  #traced<T>(write: () => T): T {
    const start = clockSeconds();
    try {
      return write();
    } finally {
      this.#optimizerSeconds += clockSeconds() - start;
    }
  }

  private async train(
    training: Training,
    evaluation: RunEvaluation,
  ): Promise<Pick<CellResult, 'status' | 'reason'>> {
    const { facts, batches } = this.setup;
    const limit = plannedSteps(this.cell.budget, facts.stepsPerEpoch, batches) ?? Number.POSITIVE_INFINITY;
    const evaluateEvery = this.#evaluateEvery();
    const watched = ['loss', 'lossAfter'].map((name) => training.metrics.indexOf(name)).filter((i) => i >= 0);
    const means = new MetricMeans(training.metrics, this.cell.problem.trainLossMean);
    const stops = this.innerLoop?.stops;
    const stop = stops === undefined ? -1 : training.metrics.indexOf(stops.metric);
    const addToMeans = (metrics: ArrayLike<number>) => {
      means.add(metrics, training.lastBatchSize / training.batchSize);
      const reason = stops?.reasons[metrics[stop]!];
      if (reason !== undefined) this.#stops[reason] = (this.#stops[reason] ?? 0) + 1;
    };

    for (let iteration = 1; iteration <= limit; iteration++) {
      const metrics = await training.step();
      const step = this.#stepOf(training);

      const exceeded = this.#account.exceededBy(step);
      const broken = watched.find((i) => !Number.isFinite(metrics[i]));
      // A step beyond the budget is not a divergence either, unless its parameters were already bad.
      if (broken !== undefined && (exceeded === undefined || training.metrics[broken] === 'loss')) {
        const reason = `${training.metrics[broken]} became ${metrics[broken]} at step ${iteration}`;
        // The previous step caused a bad loss before the update; this step caused one after it.
        await this.clock.time('record', () =>
          training.revert(training.metrics[broken!] === 'loss' && iteration > 1 ? 2 : 1),
        );
        if (exceeded === undefined) this.#account.add(step);
        addToMeans(metrics);
        await this.point(training, evaluation, iteration, means);
        return { status: 'diverged', reason };
      }
      if (exceeded !== undefined) {
        await this.clock.time('record', () => training.revert(1));
        // Its loss is that of the initial parameters: without any step, all that is known of training.
        if (iteration === 1) means.add(metrics, 1);
        const known = this.#curve.at(-1);
        const point =
          known?.iterations === iteration - 1
            ? known
            : await this.point(training, evaluation, iteration - 1, means);
        return this.#endingAt(point, true) ?? { status: 'budget', reason: exceeded };
      }
      this.#account.add(step);
      addToMeans(metrics);
      const spent = this.#account.spent();
      const last = iteration === limit || spent !== undefined;
      if (iteration % evaluateEvery === 0 || last) {
        const point = await this.point(training, evaluation, iteration, means);
        const ending = this.#endingAt(point, last);
        if (ending !== undefined) return ending;
      }
      if (spent !== undefined) return { status: 'budget', reason: spent };
      this.progress(iteration, limit);
    }
    return { status: 'done' };
  }

  /** How an evaluation ends the run: divergence, or a reached target. */
  #endingAt(point: CurvePoint, last: boolean): Pick<CellResult, 'status' | 'reason'> | undefined {
    const { target, evaluateOn } = this.cell;
    if (last && evaluated(point).loss === null) {
      // The last step made the parameters bad, and no further step will show it.
      const reason = `the ${evaluateOn?.split ?? 'test'} loss is not finite after step ${point.iterations}`;
      return { status: 'diverged', reason };
    }
    if (target?.stop !== true || !reaches(point, target.goals)) return undefined;
    const goals = Object.entries(target.goals).map(([name, goal]) => `${name} ${goal}`);
    return { status: 'target-reached', reason: `${goals.join(', ')} after step ${point.iterations}` };
  }

  /** Steps between two evaluations. */
  #evaluateEvery(): number {
    const { steps, epochs = 1 } = this.cell.evaluateEvery ?? {};
    return steps ?? stepsOfEpochs(epochs, this.setup.facts.stepsPerEpoch, this.setup.batches);
  }

  /** The cost of the last step. */
  #stepOf({ lastSeconds, lastBatchSize, lastCounts }: Training): StepTaken {
    const work = this.#stepWork.get(lastBatchSize)!;
    return {
      seconds: lastSeconds,
      work: work.of(lastCounts),
      innerIterations: this.innerLoop && work.turnsOf(this.innerLoop.name, lastCounts),
    };
  }

  private async point(
    training: Training,
    evaluation: RunEvaluation,
    iterations: number,
    means: MetricMeans,
  ): Promise<CurvePoint> {
    await this.clock.time('record', () => training.settle());
    const score = await this.clock.time('evaluate', async () =>
      evaluation.split.score(await evaluation.point.of(training)),
    );
    const { loss, ...metrics } = means.take();
    const point: CurvePoint = {
      epoch: (iterations * this.setup.batches) / this.setup.facts.stepsPerEpoch,
      iterations,
      seconds: this.#account.seconds,
      trainLoss: loss ?? null,
      gradientEquivalents: this.#account.work,
      ...this.#measured(score),
      ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
    };
    this.#curve.push(point);
    await this.clock.time('record', () => this.onEvent({ type: 'point', point }));
    return point;
  }

  /** A score, under the name of its split. */
  #measured({
    loss,
    accuracy,
    errors: squares,
  }: Score): Pick<
    CurvePoint,
    'testLoss' | 'testAccuracy' | 'validationLoss' | 'validationAccuracy' | 'errors'
  > {
    const share = accuracy === undefined ? undefined : finite(accuracy);
    const errors =
      squares && Object.fromEntries(Object.entries(squares).map(([name, value]) => [name, finite(value)]));
    return this.cell.evaluateOn === undefined
      ? defined({ testLoss: finite(loss), testAccuracy: share, errors })
      : defined({ testLoss: null, validationLoss: finite(loss), validationAccuracy: share });
  }

  private progress(iterations: number, limit: number): void {
    const now = clockSeconds();
    if (now - this.#lastProgress < PROGRESS_INTERVAL) return;
    this.#lastProgress = now;
    const fraction = Math.max(iterations / limit, this.#account.fraction());
    this.onEvent({ type: 'progress', fraction: Math.min(fraction, 1), iterations });
  }

  private async innerWork(training: Training): Promise<CellResult['innerLoop']> {
    const { innerLoop } = this;
    const { innerIterations: total, count } = this.#account;
    if (innerLoop === undefined || total === undefined) return undefined;
    const { name, iteration, metrics } = innerLoop;
    const samples = await training.timeLoop(name, LOOP_TIMING_SECONDS);
    const sorted = [...samples].sort((a, b) => a - b);
    return {
      name,
      iteration,
      iterations: total / count,
      iterationsTotal: total,
      ...(Object.keys(this.#stops).length === 0 ? {} : { stops: this.#stops }),
      secondsPerIteration: sorted.length === 0 ? null : quantileSorted(sorted, 0.5),
      ...defined({ metrics }),
    };
  }
}

/** As `Promise.all`, but once all have ended: none uses an engine that a failure disposes. */
async function allOf<T extends readonly unknown[]>(promises: { readonly [K in keyof T]: Promise<T[K]> }) {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

function emptyResult(status: 'skipped', reason: string, clock: PhaseClock): CellResult {
  return {
    status,
    reason,
    engineInfo: {},
    curve: [],
    steps: stepsOf([]),
    seconds: { ...clock.seconds, train: 0, total: clock.total() },
  };
}
