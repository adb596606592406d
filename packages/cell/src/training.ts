// The training loop of one run: epochs of shuffled mini-batches through a compiled step, on the training clock.

import {
  allocate,
  loopsOf,
  type Program,
  type Site,
  sizeOf,
  type TensorData,
  type TensorType,
  type Tree,
  toData,
  tree,
} from '@gaussmark/autodiff';
import { type Buffer, type Engine, type Executable, GaussmarkError } from '@gaussmark/core';
import { PythonShuffle } from '@gaussmark/random';
import { type Call, CallHistory } from './call-history.js';
import { clockSeconds } from './clock.js';
import { stepsOfEpochs } from './epochs.js';
import type { Progress } from './progress.js';
import { SecondStream } from './second-stream.js';
import { onRows, type StepProgram, severalSteps } from './step.js';
import { type ClockInput, type ClockReading, clockValue } from './step-clock.js';
import { costOfRun } from './work.js';

/**
 * Sets of buffers that parameters and state rotate through. A call reads one and writes the next; the third keeps the previous
 * values, since a bad loss was computed at parameters that the previous step made. Where the engine runs programs in place,
 * only the first call of a span of them takes another set: the rest write over the values they read.
 */
const SETS = 3;

/**
 * Larger parameters and state take turns in three sets. What a step shifts, XLA copies before it overwrites it: with a history
 * of L-BFGS of 84 MB, a step in place takes twice the processor time; with 0.1 to 2 MB, steps take 4 to 9 % less.
 */
const MOST_BYTES_IN_PLACE = 4 * 2 ** 20;

/** Longer steps run one per call, which costs 0.1 to 0.8 ms of processor time: turns of the event loop, and cold caches. */
const SHORT_STEP_SECONDS = 5e-3;
/** The approximate duration of a call of several steps. */
const CALL_SECONDS = 10e-3;
const MOST_STEPS = 64;
/** Seconds of training before a second program is worth compiling. */
const SETTLED_SECONDS = 0.2;

/** The buffers of a step, from one set to the next. */
interface StepBuffers {
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
}

/** A compiled program of one or several steps, with its buffers. */
interface CompiledStep {
  readonly executable: Executable;
  readonly steps: number;
  readonly batchSize: number;
  /** Rows of the training set that a step reads: those of its mini-batches. */
  readonly rowsOfStep: number;
  readonly rows: Buffer;
  readonly clock: readonly ClockBuffer[];
  readonly metrics: Readout;
  /** Of loops and branches; undefined without any. */
  readonly counts: Readout | undefined;
  /** By the set that is read. */
  readonly buffers: readonly StepBuffers[];
  /** The same in place. */
  readonly inPlace: readonly StepBuffers[];
}

/** A buffer with a row of values per step of a call. */
interface Readout {
  readonly buffer: Buffer;
  /** What was last read, and its rows. */
  last: { readonly data: TensorData; readonly rows: readonly TensorData[] } | undefined;
}

/** An input of the clock. */
interface ClockBuffer {
  readonly input: ClockInput;
  readonly buffer: Buffer;
}

export interface TrainingData {
  readonly inputs: Buffer;
  readonly targets: Buffer;
  readonly size: number;
}

export interface TrainingOptions {
  readonly engine: Engine;
  /** The initial parameters and state; the training takes ownership. */
  readonly params: readonly Buffer[];
  readonly state: readonly Buffer[];
  readonly data: TrainingData;
  readonly batchSize: number;
  readonly seed: number;
  /** The step for a mini-batch size; called once per size. */
  readonly step: (batchSize: number) => StepProgram;
  readonly progress: Progress;
  /**
   * Steps per native call: a number, or `auto` (the default), which combines short steps into calls of some milliseconds. The
   * results are the same to the bit.
   */
  readonly stepsPerCall?: number | 'auto';
  /** Steps between evaluations, which no call spans. By default an epoch's. */
  readonly evaluateEvery?: number;
}

/**
 * Parameters and state on the engine, and the compiled steps that advance them.
 *
 * A call runs several short steps, whose metrics are still returned one by one. If a run ends between two steps of a call,
 * {@link settle} repeats the steps up to that point.
 */
export class Training {
  readonly #options: TrainingOptions;
  readonly #sets: readonly (readonly Buffer[])[];
  readonly #one: StepProgram;
  readonly #full: CompiledStep;
  readonly #last: CompiledStep;
  readonly #shuffle: PythonShuffle;
  /** The stream of second mini-batches, if the step takes two. */
  readonly #second: SecondStream | undefined;
  readonly #size: number;
  readonly #fullPerEpoch: number;
  readonly #evaluateEvery: number;
  readonly #history = new CallHistory<CompiledStep>();
  #several: CompiledStep | undefined;
  readonly #runsInPlace: boolean;
  #current = 0;
  /** A set with values of the past, the kept ones, and the clock then. */
  #past: { readonly set: number; readonly clock: ClockReading } | undefined;
  #position = 0;
  /** Steps in all calls so far. */
  #made = 0;
  /** Of those, already returned. */
  #returned = 0;
  /** Of those, before the last call. */
  #before = 0;
  /** The metrics and counts of the last call, one view per step. */
  #metrics: readonly TensorData[] = [];
  #counts: readonly TensorData[] = [];
  /** Its seconds, by step. */
  #seconds: readonly number[] = [];
  #trained = 0;
  #ended = false;
  #shortest = Number.POSITIVE_INFINITY;

  /** Names of the values that {@link step} returns. */
  readonly metrics: readonly string[];
  /** Of the counts. */
  readonly sites: readonly Site[];
  /** Rounded up, if a step takes two mini-batches. */
  readonly stepsPerEpoch: number;
  /** Examples of a full mini-batch. */
  readonly batchSize: number;
  /** Wall-clock seconds of the last step: its share of the native call, by its counts. */
  lastSeconds = 0;
  /** Examples of the last step. */
  lastBatchSize = 0;
  /** The counts of the last step; valid until the next. */
  lastCounts: ArrayLike<number> = NO_COUNTS;
  /** Wall-clock seconds of all native calls, with steps that were never returned. */
  nativeSeconds = 0;
  /** Seconds between native calls: compiling programs of several steps; drawing mini-batches and reading metrics. */
  readonly betweenCalls = { compile: 0, record: 0 };

  private constructor(
    options: TrainingOptions,
    sets: readonly (readonly Buffer[])[],
    one: StepProgram,
    full: CompiledStep,
    last: CompiledStep,
  ) {
    this.#options = options;
    this.#sets = sets;
    this.#runsInPlace = runsInPlace(options.engine, sets[0]!);
    this.#one = one;
    this.#full = full;
    this.#last = last;
    this.batchSize = full.batchSize;
    this.#size = options.data.size;
    this.#fullPerEpoch = Math.floor(this.#size / this.batchSize);
    this.#shuffle = new PythonShuffle(this.#size, options.seed);
    this.#second = one.batches === 1 ? undefined : new SecondStream(this.#size, options.seed);
    this.#position = this.#size;
    this.metrics = one.metrics;
    this.sites = one.sites;
    this.stepsPerEpoch = stepsOfEpochs(1, Math.ceil(this.#size / this.batchSize), one.batches);
    this.#evaluateEvery = options.evaluateEvery ?? this.stepsPerEpoch;
  }

  /** Compiles the step for full mini-batches, and for the short last one of an epoch if there is one. */
  static async prepare(options: TrainingOptions): Promise<Training> {
    const { engine, params, state, data, step, stepsPerCall } = options;
    const batchSize = Math.min(options.batchSize, data.size);
    const first = [...params, ...state];
    const copy = () => first.map((buffer) => engine.allocate(buffer.type));
    const sets = [first, ...Array.from({ length: SETS - 1 }, copy)];
    const compile = (traced: StepProgram, size: number) =>
      compileSteps(options, sets, onRows(traced, data.size), traced, { steps: 1, batchSize: size });
    const one = step(batchSize);
    const full = await compile(one, batchSize);
    const rest = data.size % batchSize;
    let last = full;
    if (rest > 0) {
      const short = step(rest);
      demandSameMetrics(one, short);
      last = await compile(short, rest);
    }
    const training = new Training(options, sets, one, full, last);
    if (typeof stepsPerCall === 'number') await training.#compileSeveral(stepsPerCall);
    return training;
  }

  /**
   * The parameters before the next step.
   *
   * @throws Error between two steps of one call; {@link settle} first
   */
  get params(): readonly Buffer[] {
    return this.#carried.slice(0, this.#options.params.length);
  }

  /** The state before the next step. @throws as {@link params} */
  get state(): readonly Buffer[] {
    return this.#carried.slice(this.#options.params.length);
  }

  get #carried(): readonly Buffer[] {
    if (this.#returned < this.#made) throw new Error('internal: the parameters are not settled');
    return this.#sets[this.#current]!;
  }

  /** Takes one step on the next mini-batch; returns its metrics, valid until the next step. */
  async step(): Promise<ArrayLike<number>> {
    if (this.#ended) throw new Error('internal: a step after the end of a training');
    if (this.#returned === this.#made) await this.#nextCall();
    const step = this.#returned++ - this.#before;
    this.lastCounts = this.#counts[step] ?? NO_COUNTS;
    this.lastSeconds = this.#seconds[step]!;
    return this.#metrics[step]!;
  }

  async #nextCall(): Promise<void> {
    const began = clockSeconds();
    if (this.#position >= this.#size) {
      this.#shuffle.next();
      this.#position = 0;
    }
    const compiled = this.#choose();
    const history = this.#history;
    const overwrites = this.#runsInPlace && history.mayOverwrite;
    if (!overwrites) history.keep(this.#current, this.#made);
    const call = history.add(compiled, {
      progress: this.#options.progress.next(this.#made, compiled.steps),
      step: this.#made,
    });
    this.#drawRows(call);
    this.#position += compiled.steps * compiled.batchSize;
    compiled.rows.write(call.rows);
    writeClock(compiled, call.clock);
    const { inputs, outputs } = (overwrites ? compiled.inPlace : compiled.buffers)[this.#current]!;
    const start = clockSeconds();
    await compiled.executable.run(inputs, outputs);
    const end = clockSeconds();
    const seconds = end - start;
    this.nativeSeconds += seconds;
    history.spend(seconds);
    this.#past = history.kept;
    if (!overwrites) this.#current = (this.#current + 1) % SETS;
    this.#before = this.#made;
    this.#made += compiled.steps;
    this.#metrics = await rowsOf(compiled.metrics, compiled.steps);
    if (compiled.counts !== undefined) this.#counts = await rowsOf(compiled.counts, compiled.steps);
    else this.#counts = [];
    this.#seconds = this.#divide(seconds, compiled.steps);
    this.lastBatchSize = compiled.batchSize;
    const ready = clockSeconds();
    this.betweenCalls.record += start - began + (ready - end);
    if (await this.#adapt(seconds)) this.betweenCalls.compile += clockSeconds() - ready;
  }

  /** The rows of a call's steps, each followed by those of its second mini-batch, if any. */
  #drawRows({ compiled: { steps, batchSize }, rows }: Call<CompiledStep>): void {
    const first = this.#shuffle.order.subarray(this.#position, this.#position + steps * batchSize);
    if (this.#second === undefined) {
      rows.set(first);
      return;
    }
    for (let step = 0; step < steps; step++) {
      const at = 2 * step * batchSize;
      rows.set(first.subarray(step * batchSize, (step + 1) * batchSize), at);
      this.#second.draw(rows.subarray(at + batchSize, at + 2 * batchSize));
    }
  }

  /**
   * Divides the seconds of a call among its steps, by their work. With equal shares, a run that ends within a call could pay
   * too little for a slow step.
   */
  #divide(seconds: number, steps: number): readonly number[] {
    const { cost, sites } = this.#one;
    if (steps === 1 || this.#counts.length === 0) return Array.from({ length: steps }, () => seconds / steps);
    const weights = this.#counts.map((counts) => {
      const { flops, bytes } = costOfRun(cost, sites, counts);
      return flops + bytes;
    });
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => seconds * (whole === 0 ? 1 / steps : weight / whole));
  }

  /** Several steps, if enough full mini-batches are left in the epoch and before the next evaluation. */
  #choose(): CompiledStep {
    const left = this.#size - this.#position;
    const several = this.#several;
    const untilEvaluation = this.#evaluateEvery - (this.#made % this.#evaluateEvery);
    const fits =
      several !== undefined && several.steps * this.batchSize <= left && several.steps <= untilEvaluation;
    if (fits) return several;
    return left < this.batchSize ? this.#last : this.#full;
  }

  /** Switches to several steps per call once steps prove short. Returns whether it compiled them. */
  async #adapt(seconds: number): Promise<boolean> {
    if (this.#trained >= SETTLED_SECONDS || typeof this.#options.stepsPerCall === 'number') return false;
    this.#shortest = Math.min(this.#shortest, seconds);
    this.#trained += seconds;
    if (this.#trained < SETTLED_SECONDS || this.#shortest > SHORT_STEP_SECONDS) return false;
    await this.#compileSeveral(Math.min(MOST_STEPS, Math.round(CALL_SECONDS / this.#shortest)));
    return true;
  }

  async #compileSeveral(wanted: number): Promise<void> {
    if (this.#one.clock.includes('progress') && !this.#options.progress.isKnownAhead) return;
    const span = Math.min(this.#fullPerEpoch, this.#evaluateEvery);
    const most = Math.min(wanted, span);
    if (most < 2) return;
    // As many calls as with `most` steps each, but of equal length if the epoch allows it.
    const steps = Math.ceil(span / Math.ceil(span / most));
    const program = severalSteps(this.#one, { splitSize: this.#size, steps });
    const shape = { steps, batchSize: this.batchSize };
    this.#several = await compileSteps(this.#options, this.#sets, program, this.#one, shape);
  }

  /**
   * Brings the parameters to the last returned step. If the call went further, this ends the training; at an evaluation it
   * never has.
   */
  async settle(): Promise<void> {
    if (this.#returned < this.#made) await this.#goBackTo(this.#returned);
  }

  /** Reverts the last step, or the last two, and ends the training. */
  async revert(steps: 1 | 2): Promise<void> {
    await this.#goBackTo(this.#returned - steps);
  }

  /** Repeats steps, one by one, from values that are kept to those after `count` steps. */
  async #goBackTo(count: number): Promise<void> {
    const { set, clock: first, steps } = this.#history.wayTo(count);
    this.#current = set;
    this.#past = { set, clock: first };
    for (const { compiled, rows, clock } of steps) {
      const one = compiled.steps === 1 ? compiled : this.#full;
      one.rows.write(rows);
      writeClock(one, clock);
      const { inputs, outputs } = one.buffers[this.#current]!;
      await one.executable.run(inputs, outputs);
      this.#past = { set: this.#current, clock };
      this.#current = (this.#current + 1) % SETS;
    }
    this.#made = count;
    this.#returned = count;
    this.#ended = true;
  }

  /**
   * Seconds of single iterations of the step's loop `name`, driven by the host. Repeats a step from values of the past, without
   * keeping results, until `seconds` have passed. Empty if the step has no such loop.
   */
  async timeLoop(name: string, seconds: number): Promise<readonly number[]> {
    const { program } = this.#full.executable;
    if (!loopsOf(program).some(({ params }) => params.name === name)) return [];
    const samples: number[] = [];
    let warm = false;
    const onIteration = (loop: string, _iteration: number, duration: number) => {
      if (warm && loop === name) samples.push(duration);
    };
    const hosted = await this.#options.engine.compile(program, { loops: 'hosted', onIteration });
    try {
      // Start from a past state: after the last step, the loop may behave differently.
      const { set, clock } = this.#past!;
      const { inputs } = this.#full.buffers[set]!;
      const { outputs } = this.#full.buffers[this.#current]!;
      writeClock(this.#full, clock);
      const start = clockSeconds();
      await hosted.run(inputs, outputs);
      warm = true;
      do await hosted.run(inputs, outputs);
      while (clockSeconds() - start < seconds);
    } finally {
      await hosted.dispose();
    }
    return samples;
  }
}

const NO_COUNTS: ArrayLike<number> = [];

/** A view of the values per step, reused while an engine reads into the same memory. */
async function rowsOf(readout: Readout, steps: number): Promise<readonly TensorData[]> {
  const data = await readout.buffer.read();
  if (readout.last?.data === data) return readout.last.rows;
  const width = data.length / steps;
  const rows = Array.from({ length: steps }, (_, i) => data.subarray(i * width, (i + 1) * width));
  readout.last = { data, rows };
  return rows;
}

/** The optimizer is traced again for the short mini-batch, and must report the same metrics. */
function demandSameMetrics({ metrics: full }: StepProgram, { metrics: short }: StepProgram): void {
  if (full.join('\n') === short.join('\n')) return;
  throw new GaussmarkError("the optimizer's step reports other metrics on a shorter mini-batch", {
    expected: full.join(', '),
    got: short.join(', '),
    remedy: 'report the same metrics in the same order for every mini-batch size',
  });
}

async function compileSteps(
  { engine, data }: Pick<TrainingOptions, 'engine' | 'data'>,
  sets: readonly (readonly Buffer[])[],
  program: Program,
  { batches, sites, clock: clockInputs }: Pick<StepProgram, 'batches' | 'sites' | 'clock'>,
  { steps, batchSize }: { readonly steps: number; readonly batchSize: number },
): Promise<CompiledStep> {
  // Rows and the clock are the last inputs. Metrics are the last output, and counts the one before.
  const [rows, ...times] = program.inputs
    .slice(program.inputs.length - clockInputs.length - 1)
    .map(({ type }) => engine.allocate(type)) as [Buffer, ...Buffer[]];
  const clock = clockInputs.map((input, i) => ({ input, buffer: times[i]! }));
  const readout = (position: number): Readout => ({
    buffer: engine.allocate(program.outputs.at(position)!.type),
    last: undefined,
  });
  const metrics = readout(-1);
  const counts = sites.length === 0 ? undefined : readout(-2);
  const readouts = counts === undefined ? [metrics.buffer] : [counts.buffer, metrics.buffer];
  const between = (from: readonly Buffer[], to: readonly Buffer[]): StepBuffers => ({
    inputs: [...from, data.inputs, data.targets, rows, ...times],
    outputs: [...to, ...readouts],
  });
  // Parameters and state come first on both sides.
  const carried = new Map(sets[0]!.map((_, i) => [i, i]));
  const how = runsInPlace(engine, sets[0]!) ? { inPlace: carried } : {};
  const executable = await engine.compile(program, how);
  return {
    executable,
    steps,
    batchSize,
    rowsOfStep: batches * batchSize,
    rows,
    clock,
    metrics,
    counts,
    buffers: sets.map((from, i) => between(from, sets[(i + 1) % SETS]!)),
    inPlace: sets.map((set) => between(set, set)),
  };
}

function runsInPlace(engine: Engine, carried: readonly Buffer[]): boolean {
  return engine.inPlace === true && bytesOf(carried) <= MOST_BYTES_IN_PLACE;
}

const bytesOf = (buffers: readonly Buffer[]): number =>
  buffers.reduce((sum, { type }) => sum + sizeOf(type.shape) * allocate(type.dtype, 0).BYTES_PER_ELEMENT, 0);

function writeClock({ clock }: Pick<CompiledStep, 'clock'>, reading: ClockReading): void {
  for (const { input, buffer } of clock) buffer.write(clockValue(input, buffer.type, reading).data);
}

/**
 * Uploads values in the types of a tree's leaves. Values of that type are not converted; with `adopt`, the engine may keep
 * their arrays.
 */
export function uploadAll(
  engine: Engine,
  values: readonly TensorData[],
  types: Tree<TensorType>,
  how: 'copy' | 'adopt' = 'copy',
): Buffer[] {
  return tree.leaves<TensorType>(types).map((type, i) => {
    const given = values[i]!;
    const data =
      given.constructor === allocate(type.dtype, 0).constructor ? given : toData(type.dtype, given);
    return how === 'adopt' && engine.adopt !== undefined
      ? engine.adopt({ type, data })
      : engine.upload({ type, data });
  });
}
