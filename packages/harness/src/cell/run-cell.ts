// Running one cell from data to curve, in this process.

import type { Program } from '@gaussmark/autodiff';
import { discover, type Engine, GaussmarkError, Registry } from '@gaussmark/core';
import { quantileSorted } from 'simple-statistics';
import {
  type Cell,
  type CellEvent,
  type CellResult,
  type CurvePoint,
  type Surroundings,
  stepsOf,
} from './cell.js';
import { Evaluation, type Score } from './evaluation.js';
import { MetricMeans } from './metric-means.js';
import { initProgram, stepProgram, stepsProgram } from './programs.js';
import { initialState, Mismatch, plannedSteps, type Setup, setUp, uploadSplit } from './setup.js';
import { startHash } from './start-hash.js';
import { evaluated, reaches } from './target.js';
import { Training, uploadAll } from './training.js';
import { gradientFlops, StepWork } from './work.js';

/** The loop whose iterations are timed. */
const CG_LOOP = 'cg';
/** Seconds spent on timing it, after training. */
const CG_TIMING_SECONDS = 0.3;
const PROGRESS_INTERVAL_MS = 200;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

export interface RunCellOptions {
  readonly onEvent: (event: CellEvent) => void;
  /** Wraps the engine before it is used. */
  readonly observe?: (engine: Engine) => Engine;
}

/** Runs a cell and tells of its progress. Failures of plugins and of the engine are thrown. */
export async function runCell(
  cell: Cell,
  surroundings: Surroundings,
  { onEvent, observe = (engine) => engine }: RunCellOptions,
): Promise<CellResult> {
  const clock = new PhaseClock();
  const { cacheDirectory: _, plugins, ...discovery } = surroundings;
  const registry = plugins === undefined ? await discover(discovery) : new Registry(plugins);

  onEvent({ type: 'phase', phase: 'load' });
  let setup: Setup;
  try {
    setup = await clock.time('load', () => setUp(cell, registry, surroundings));
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    return emptyResult('skipped', error.message, clock);
  }
  const engine = observe(await startEngine(cell, registry));
  const run = new CellRun(cell, setup, engine, clock, onEvent);
  try {
    return await run.run();
  } catch (error) {
    const reason = run.unsupported();
    if (reason === undefined) throw error;
    return emptyResult('skipped', reason, clock);
  } finally {
    await engine.dispose();
  }
}

/** Starts the engine of a cell. */
export async function startEngine({ engine }: Pick<Cell, 'engine'>, registry: Registry): Promise<Engine> {
  const plugin = await registry.load(registry.find('engine', engine.name));
  return plugin.create(engine.hyperparameters);
}

type Phase = 'load' | 'compile' | 'evaluate';

/** Wall-clock seconds by phase. */
class PhaseClock {
  readonly #start = performance.now();
  readonly seconds = { load: 0, compile: 0, evaluate: 0 };

  async time<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.seconds[phase] += (performance.now() - start) / 1000;
    }
  }

  total(): number {
    return (performance.now() - this.#start) / 1000;
  }
}

class CellRun {
  /** The training clock: seconds of native steps. */
  #trained = 0;
  readonly #stepSeconds: number[] = [];
  /** Work so far, in gradient-equivalents, and that of a step by the size of its mini-batch. */
  #work = 0;
  readonly #stepWork = new Map<number, StepWork>();
  readonly #curve: CurvePoint[] = [];
  #cgIterations = 0;
  #lastProgress = 0;
  /** Taken before an engine or a plugin has the arrays. */
  readonly #startHash: string;
  /** What the engine is to run. */
  readonly #programs: Program[] = [];

  constructor(
    private readonly cell: Cell,
    private readonly setup: Setup,
    private readonly engine: Engine,
    private readonly clock: PhaseClock,
    private readonly onEvent: (event: CellEvent) => void,
  ) {
    this.#startHash = startHash(setup.initial);
  }

  async run(): Promise<CellResult> {
    this.onEvent({ type: 'phase', phase: 'compile' });
    const { training, evaluation } = await this.clock.time('compile', () => this.prepare());
    this.onEvent({ type: 'phase', phase: 'train' });
    const outcome = await this.train(training, evaluation);
    const cg = await this.conjugateGradients(training);
    const sorted = this.#stepSeconds.toSorted((a, b) => a - b);
    const quantile = (p: number) => (sorted.length === 0 ? null : quantileSorted(sorted, p));
    return {
      ...outcome,
      facts: this.setup.facts,
      startHash: this.#startHash,
      engineInfo: this.engine.info,
      curve: this.#curve,
      steps: {
        count: sorted.length,
        secondsMedian: quantile(0.5),
        secondsTotal: this.#trained,
        secondsP10: quantile(0.1),
        secondsP90: quantile(0.9),
      },
      ...(cg === undefined ? {} : { cg }),
      seconds: { ...this.clock.seconds, train: this.#trained, total: this.clock.total() },
    };
  }

  /** Why the engine cannot run the steps, if it says so of itself. */
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
    const init = initProgram(optimizer, subject);
    this.#programs.push(init.program);
    const state = await initialState(engine, init, params);
    const data = uploadSplit(engine, subject, dataset.train);
    const unit = gradientFlops(subject, Math.min(cell.problem.batchSize, dataset.train.size));
    const training = await Training.prepare({
      engine,
      params,
      state,
      data,
      batchSize: cell.problem.batchSize,
      seed: cell.seed,
      lookEvery: this.#lookEvery(),
      step: (source, batchSize) => {
        const traced = stepProgram(optimizer, subject, init.state, source, batchSize);
        this.#stepWork.set(batchSize, new StepWork(traced, unit));
        this.#programs.push(traced.program);
        return traced;
      },
      several: (one, shape) => stepsProgram(optimizer, subject, init.state, one, shape),
    });
    const examples = uploadSplit(engine, subject, dataset.evaluated);
    return { training, evaluation: await Evaluation.prepare(engine, subject, examples) };
  }

  private async train(
    training: Training,
    evaluation: Evaluation,
  ): Promise<Pick<CellResult, 'status' | 'reason'>> {
    const { budget, target } = this.cell;
    const { stepsPerEpoch } = training;
    const limit = plannedSteps(budget, stepsPerEpoch) ?? Number.POSITIVE_INFINITY;
    const lookEvery = this.#lookEvery();
    const watched = ['loss', 'lossAfter'].map((name) => training.metrics.indexOf(name)).filter((i) => i >= 0);
    const cgPosition = training.metrics.indexOf('cgIterations');
    const means = new MetricMeans(training.metrics);

    for (let iteration = 1; iteration <= limit; iteration++) {
      const metrics = await training.step();
      this.#trained += training.lastSeconds;
      this.#stepSeconds.push(training.lastSeconds);
      this.#work += this.#stepWork.get(training.lastBatchSize)!.of(metrics);
      means.add(metrics);
      if (cgPosition >= 0) this.#countCgIterations(metrics[cgPosition]!);

      const broken = watched.find((i) => !Number.isFinite(metrics[i]));
      if (broken !== undefined) {
        const reason = `${training.metrics[broken]} became ${metrics[broken]} at step ${iteration}`;
        // A bad loss before the update was made by the step before; one after it, by this step.
        await training.revert(training.metrics[broken] === 'loss' && iteration > 1 ? 2 : 1);
        await this.point(training, evaluation, iteration, means);
        return { status: 'diverged', reason };
      }
      const spent = this.#spent();
      if (iteration % lookEvery === 0 || iteration === limit || spent !== undefined) {
        const point = await this.point(training, evaluation, iteration, means);
        if (evaluated(point).loss === null && (iteration === limit || spent !== undefined)) {
          // No further step will tell: the parameters that the last one made are no good.
          const split = this.cell.evaluateOn?.split ?? 'test';
          return { status: 'diverged', reason: `the ${split} loss is not finite after step ${iteration}` };
        }
        if (target?.stop === true && reaches(point, target.goals)) {
          const goals = Object.entries(target.goals).map(([name, goal]) => `${name} ${goal}`);
          return { status: 'target-reached', reason: `${goals.join(', ')} after step ${iteration}` };
        }
      }
      if (spent !== undefined) return { status: 'budget', reason: spent };
      this.progress(iteration, limit);
    }
    return { status: 'done' };
  }

  /** Steps between two evaluations. */
  #lookEvery(): number {
    const { steps, epochs = 1 } = this.cell.evaluateEvery ?? {};
    return steps ?? epochs * this.setup.facts.stepsPerEpoch;
  }

  /** Which budget is spent, of those that are not known in advance. */
  #spent(): string | undefined {
    const { seconds, gradientEquivalents } = this.cell.budget;
    if (seconds !== undefined && this.#trained >= seconds) return `${seconds} seconds of training`;
    if (gradientEquivalents !== undefined && this.#work >= gradientEquivalents)
      return `${gradientEquivalents} gradient-equivalents`;
    return undefined;
  }

  private async point(
    training: Training,
    evaluation: Evaluation,
    iterations: number,
    means: MetricMeans,
  ): Promise<CurvePoint> {
    await training.settle();
    const score = await this.clock.time('evaluate', () => evaluation.score(training.params));
    const { loss, ...metrics } = means.take();
    const point: CurvePoint = {
      epoch: iterations / training.stepsPerEpoch,
      iterations,
      seconds: this.#trained,
      trainLoss: loss ?? null,
      gradientEquivalents: this.#work,
      ...this.#measured(score),
      ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
    };
    this.#curve.push(point);
    this.onEvent({ type: 'point', point });
    return point;
  }

  /** A score under the name of the split that it is of. */
  #measured({
    loss,
    accuracy,
  }: Score): Pick<CurvePoint, 'testLoss' | 'testAccuracy' | 'validationLoss' | 'validationAccuracy'> {
    const share = accuracy === undefined ? undefined : finite(accuracy);
    return this.cell.evaluateOn === undefined
      ? { testLoss: finite(loss), ...(share === undefined ? {} : { testAccuracy: share }) }
      : {
          testLoss: null,
          validationLoss: finite(loss),
          ...(share === undefined ? {} : { validationAccuracy: share }),
        };
  }

  private progress(iterations: number, limit: number): void {
    const now = performance.now();
    if (now - this.#lastProgress < PROGRESS_INTERVAL_MS) return;
    this.#lastProgress = now;
    const { seconds, gradientEquivalents } = this.cell.budget;
    const fraction = Math.max(
      iterations / limit,
      seconds === undefined ? 0 : this.#trained / seconds,
      gradientEquivalents === undefined ? 0 : this.#work / gradientEquivalents,
    );
    this.onEvent({ type: 'progress', fraction: Math.min(fraction, 1), iterations });
  }

  #countCgIterations(iterations: number): void {
    if (!Number.isInteger(iterations) || iterations < 0) {
      throw new GaussmarkError(
        `the optimizer's metric 'cgIterations' is the number of CG iterations of a step: expected an integer of at ` +
          `least 0, got ${iterations}`,
      );
    }
    this.#cgIterations += iterations;
  }

  private async conjugateGradients(training: Training): Promise<CellResult['cg']> {
    const count = this.#stepSeconds.length;
    if (!training.metrics.includes('cgIterations') || count === 0) return undefined;
    const samples = await training.timeLoop(CG_LOOP, CG_TIMING_SECONDS);
    const sorted = [...samples].sort((a, b) => a - b);
    return {
      iterations: this.#cgIterations / count,
      iterationsTotal: this.#cgIterations,
      secondsPerIteration: sorted.length === 0 ? null : quantileSorted(sorted, 0.5),
    };
  }
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
