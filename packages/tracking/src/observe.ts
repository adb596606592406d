// The hard measures of a cell: losses after some steps, work, operators, buffers. Equal code gives equal numbers.

import { FLOAT_LIMITS, programCost, type TensorData, toData } from '@gaussmark/autodiff';
import {
  type Cell,
  Evaluation,
  EvaluationPoint,
  evaluationPointProgram,
  initialState,
  initProgram,
  iterationCost,
  type Locations,
  MetricMeans,
  onRows,
  progressOfSteps,
  reaches,
  type Setup,
  setUp,
  startEngine,
  Training,
  traceStep,
  turnsOf,
  uploadAll,
  uploadSplit,
  withoutCounts,
} from '@gaussmark/cell';
import type { Buffer, Engine, InnerLoop, Registry } from '@gaussmark/core';
import { xoroshiro128plus } from '@gaussmark/random';
import { bytesLeftBehind, countingEngine } from './counting-engine.js';
import type { TrackedCell } from './plan-tracking.js';
import { type Direction, type Measure, measureId } from './snapshot.js';

/** Steps after which the loss is a measure, up to the last step taken. */
const CHECKPOINTS = [0, 1, 3, 10, 30, 100];

/** Steps per native call: runs both the program of one step and that of several. */
const STEPS_PER_CALL = 4;

/**
 * The tolerance of a loss, as a multiple of its change when the start is perturbed by one rounding: summing in another order
 * does not change the method.
 */
const ROUNDINGS = 100;
/** The tolerance of a loss that such a perturbation hardly changes. */
const LEAST_TOLERANCE = { float32: 1e-5, float64: 1e-10 } as const;
/**
 * A loss that needs more depends on rounding and is not a measure. Ten iterations of a linear solver can turn the 16th digit
 * into the fourth within one step.
 */
const MOST_TOLERANCE = 0.05;

type Quantity = Pick<Measure, 'quantity' | 'unit' | 'better' | 'value'> & Pick<Partial<Measure>, 'tolerance'>;

const counted = (
  quantity: string,
  value: number | null,
  unit = '',
  better: Direction = 'lower',
): Quantity => ({
  quantity,
  unit,
  better,
  value,
});

/**
 * The hard measures of a cell:
 *
 * - loss of the mini-batch after 0, 1, 3, 10, 30 and 100 steps, and of the test split after the last of these. Each has a
 *   tolerance of its own, 100 times its change in a second run from parameters perturbed by one rounding. If that exceeds 5 %, the
 *   loss is not a measure.
 * - inner iterations of all these steps, and iterations until the problem's target is reached, checked after every epoch.
 * - operations and bytes of a step outside its loops, and of one iteration of each; its operators as the engine lists them,
 *   with those that only move values listed by kind.
 * - bytes of the buffers that the engine creates for a training (an adopted training set is not copied), and of those that a step
 *   leaves to the garbage collector.
 *
 * @throws GaussmarkError if the cell cannot be set up or compiled
 */
export async function observeCell(
  { cell, optimizer, steps }: TrackedCell,
  registry: Registry,
  locations: Locations,
): Promise<Measure[]> {
  const setup = await setUp(cell, registry, locations);
  const engine = countingEngine(await startEngine(cell, registry));
  try {
    const { innerLoop } = registry.find('optimizer', cell.optimizer.name).manifest;
    const observed = new Observation(setup, innerLoop, engine, cell, steps);
    const goals = cell.target?.goals;
    const quantities = [
      ...(await observed.losses(Math.min(steps, CHECKPOINTS.at(-1)! + 1))),
      ...(goals === undefined ? [] : [await observed.iterationsTo(goals, steps)]),
      ...(await observed.program()),
    ];
    return quantities.map(({ quantity, ...rest }) => ({
      id: measureId({ problem: cell.problem.name, optimizer, quantity }),
      problem: cell.problem.name,
      optimizer,
      quantity,
      tier: 'hard',
      ...rest,
    }));
  } finally {
    await engine.dispose();
  }
}

/** Observations of a few steps. */
interface Trajectory {
  readonly losses: readonly number[];
  /** Turns of the inner loop, by step; empty without one. */
  readonly innerIterations: readonly number[];
  /** After the steps. */
  readonly testLoss: number;
}

class Observation {
  constructor(
    private readonly setup: Setup,
    private readonly innerLoop: InnerLoop | undefined,
    private readonly engine: ReturnType<typeof countingEngine>,
    private readonly cell: Pick<Cell, 'problem' | 'seed'>,
    /** Steps after which the progress that schedules see is 1. */
    private readonly planned: number,
  ) {}

  async losses(steps: number): Promise<Quantity[]> {
    const plain = await this.trajectory(steps, 0);
    const other = await this.trajectory(steps, 1);
    const least = LEAST_TOLERANCE[this.setup.subject.dtype];
    let moved = 0;
    const loss = (quantity: string, value: number, perturbed: number): Quantity[] => {
      // Precision lost to rounding does not return, though two numbers may agree by chance.
      moved = Math.max(moved, Number.isFinite(value) ? Math.abs(perturbed / value - 1) : 0);
      const relative = Math.max(least, ROUNDINGS * moved);
      if (!(relative <= MOST_TOLERANCE)) return [];
      const finite = Number.isFinite(value) ? value : null;
      return [{ ...counted(quantity, finite), tolerance: { relative, absolute: 0 } }];
    };
    const [count, otherCount] = [plain, other].map(({ innerIterations }) =>
      innerIterations.reduce((sum, iterations) => sum + iterations, 0),
    ) as [number, number];
    return [
      ...CHECKPOINTS.filter((k) => k < steps).flatMap((k) =>
        loss(`loss after ${k} ${k === 1 ? 'step' : 'steps'}`, plain.losses[k]!, other.losses[k]!),
      ),
      ...loss(`test loss after ${steps} steps`, plain.testLoss, other.testLoss),
      ...(this.innerLoop === undefined || plain.innerIterations.length === 0
        ? []
        : [
            {
              ...counted(`${this.innerLoop.iteration.many} of ${steps} steps`, count),
              tolerance: { relative: 0, absolute: Math.abs(otherCount - count) },
            },
          ]),
    ];
  }

  /** Steps until an epoch ends with all goals reached; null if none of the epochs does. */
  async iterationsTo(goals: Parameters<typeof reaches>[1], steps: number): Promise<Quantity> {
    const training = await this.start(this.initial(0));
    const evaluation = await this.evaluation();
    let reached: number | null = null;
    const means = new MetricMeans(training.metrics, this.cell.problem.trainLossMean);
    for (let step = 1; step <= steps && reached === null; step++) {
      const metrics = await training.step();
      means.add(metrics, training.lastBatchSize / training.batchSize);
      if (step % training.stepsPerEpoch !== 0) continue;
      const { loss, accuracy } = await evaluation(training);
      const trainLoss = means.take().loss!;
      const point = {
        epoch: 0,
        iterations: step,
        seconds: 0,
        trainLoss,
        testLoss: loss,
        testAccuracy: accuracy ?? null,
      };
      if (reaches(point, goals)) reached = step;
      if (trainLoss === null) break;
    }
    const wanted = Object.entries(goals).map(([key, value]) => `${key} ${value}`);
    return {
      ...counted(`iterations to ${wanted.join(', ')}`, reached),
      // Rounding may decide whether an epoch just reaches or just misses it.
      tolerance: { relative: 0, absolute: training.stepsPerEpoch },
    };
  }

  async program(): Promise<Quantity[]> {
    const { engine, setup } = this;
    const before = engine.bytes();
    await this.start(this.initial(0));
    const buffers = engine.bytes() - before;
    // One call per step.
    const single = await this.start(this.initial(0), 1);
    const left = await bytesLeftBehind(() => single.step());
    const step = this.step();
    const program = onRows({ ...step, program: withoutCounts(step) }, setup.dataset.train.size);
    const { flops, bytes, loops } = programCost(program);
    const operators = await engine.operators?.(program);
    return [
      counted('flops of a step outside loops', flops, 'flop'),
      counted('bytes of a step outside loops', bytes, 'B'),
      ...loops.flatMap((loop, index) => {
        const one = iterationCost(loop);
        // If two loops share a name, the first keeps it unnumbered.
        const before = loops.slice(0, index).filter(({ name }) => name === loop.name).length;
        const name = before === 0 ? loop.name : `${loop.name} ${before + 1}`;
        return [
          counted(`flops of a ${name} iteration`, one.flops, 'flop'),
          counted(`bytes of a ${name} iteration`, one.bytes, 'B'),
        ];
      }),
      ...(operators === undefined
        ? []
        : [
            counted('operators of a step outside loops', operators.total),
            counted('operators inside loops', operators.inLoops),
            ...Object.entries(operators.moving).map(([kind, count]) => counted(`${kind} operators`, count)),
          ]),
      counted('buffers made for a training', buffers, 'B'),
      counted('memory that a step leaves behind', left, 'B'),
      counted('parameters', setup.facts.parameterCount, '', 'same'),
    ];
  }

  /** @param roundings by which every parameter is perturbed, up or down */
  private async trajectory(steps: number, roundings: number): Promise<Trajectory> {
    const training = await this.start(this.initial(roundings));
    const losses: number[] = [];
    const innerIterations: number[] = [];
    for (let i = 0; i < steps; i++) {
      const metrics = await training.step();
      losses.push(metrics[0]!);
      const turns = this.innerLoop && turnsOf(this.innerLoop.name, training.sites, training.lastCounts);
      if (turns !== undefined) innerIterations.push(turns);
    }
    await training.settle();
    const { loss: testLoss } = await (await this.evaluation())(training);
    return { losses, innerIterations, testLoss };
  }

  private initial(roundings: number): Buffer[] {
    const { initial, subject } = this.setup;
    const generator = xoroshiro128plus(1);
    const values = initial.map(({ data }): TensorData => {
      if (roundings === 0) return data;
      const off = roundings * FLOAT_LIMITS[subject.dtype].epsilon;
      return toData(
        subject.dtype,
        Float64Array.from(
          data as ArrayLike<number>,
          (value) => value * (generator.next() < 0 ? 1 - off : 1 + off),
        ),
      );
    });
    return uploadAll(this.engine, values, subject.params);
  }

  /** The step on a mini-batch. */
  private step() {
    const { optimizer, batches, subject, dataset } = this.setup;
    const size = Math.min(this.cell.problem.batchSize, dataset.train.size);
    const { state } = initProgram(optimizer, subject);
    return traceStep(optimizer, subject, state, size, batches);
  }

  private async start(params: readonly Buffer[], stepsPerCall = STEPS_PER_CALL): Promise<Training> {
    const { optimizer, batches, subject, dataset } = this.setup;
    const engine: Engine = this.engine;
    const init = initProgram(optimizer, subject);
    return Training.prepare({
      engine,
      params,
      state: (await initialState(engine, init, params)).buffers,
      data: uploadSplit(engine, subject, dataset.train),
      batchSize: this.cell.problem.batchSize,
      seed: this.cell.seed,
      stepsPerCall,
      step: (size) => traceStep(optimizer, subject, init.state, size, batches),
      progress: progressOfSteps(this.planned),
    });
  }

  /** Scores a training at its evaluation point. */
  private async evaluation() {
    const { engine } = this;
    const { optimizer, subject, dataset } = this.setup;
    const split = await Evaluation.prepare(engine, subject, uploadSplit(engine, subject, dataset.evaluated));
    const { state } = initProgram(optimizer, subject);
    const program = evaluationPointProgram(optimizer, subject, state);
    const point = await EvaluationPoint.prepare(engine, program, subject);
    return async (training: Training) => split.score(await point.of(training));
  }
}
