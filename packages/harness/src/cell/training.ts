// The training loop of one run: epochs of shuffled mini-batches through a compiled step, on the training clock.

import { allocate, type TensorData, type TensorType, type Tree, toData, tree } from '@gaussmark/autodiff';
import type { Buffer, Engine, Executable } from '@gaussmark/core';
import type { BatchSource, StepProgram } from './programs.js';
import { Shuffle } from './shuffle.js';

/**
 * Sets of buffers that parameters and state go around in. A step reads one and writes the next, and the third keeps the
 * values before: a loss that turns out bad was computed at parameters that the step before had made.
 */
const SETS = 3;

/** One way through a step, from a set of buffers to the next. */
interface Passage {
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
}

interface CompiledStep {
  readonly executable: Executable;
  readonly rows: Buffer;
  readonly rowData: Int32Array;
  readonly passages: readonly Passage[];
}

export interface TrainingData {
  readonly inputs: Buffer;
  readonly targets: Buffer;
  readonly size: number;
}

/** Parameters and state on the engine, and the compiled step that advances them. */
export class Training {
  readonly #sets: readonly (readonly Buffer[])[];
  readonly #metricsBuffer: Buffer;
  readonly #full: CompiledStep;
  readonly #last: CompiledStep;
  readonly #shuffle: Shuffle;
  readonly #paramCount: number;
  readonly #batchSize: number;
  readonly #size: number;
  #current = 0;
  #position = 0;

  /** Names of the values that {@link step} returns. */
  readonly metrics: readonly string[];
  readonly stepsPerEpoch: number;
  /** Wall-clock seconds of the last step's native call. */
  lastSeconds = 0;
  /** Examples of the last step. */
  lastBatchSize = 0;

  private constructor(options: {
    readonly sets: readonly (readonly Buffer[])[];
    readonly metricsBuffer: Buffer;
    readonly full: CompiledStep;
    readonly last: CompiledStep;
    readonly metrics: readonly string[];
    readonly paramCount: number;
    readonly data: TrainingData;
    readonly batchSize: number;
    readonly seed: number;
  }) {
    this.#sets = options.sets;
    this.#metricsBuffer = options.metricsBuffer;
    this.#full = options.full;
    this.#last = options.last;
    this.#paramCount = options.paramCount;
    this.#batchSize = options.batchSize;
    this.#size = options.data.size;
    this.#shuffle = new Shuffle(options.data.size, options.seed);
    this.#position = options.data.size;
    this.metrics = options.metrics;
    this.stepsPerEpoch = Math.ceil(options.data.size / options.batchSize);
  }

  /**
   * Compiles the step for full batches, and for the short one at the end of an epoch if there is one.
   *
   * @param values parameters and state at the start; the training takes them over
   */
  static async prepare(options: {
    readonly engine: Engine;
    readonly params: readonly Buffer[];
    readonly state: readonly Buffer[];
    readonly data: TrainingData;
    readonly batchSize: number;
    readonly seed: number;
    readonly step: (source: BatchSource, batchSize: number) => StepProgram;
  }): Promise<Training> {
    const { engine, params, state, data, step } = options;
    const batchSize = Math.min(options.batchSize, data.size);
    const first = [...params, ...state];
    const copy = () => first.map((buffer) => engine.allocate(buffer.type));
    const sets = [first, ...Array.from({ length: SETS - 1 }, copy)];
    const source: BatchSource = { kind: 'rows', splitSize: data.size };

    const program = step(source, batchSize);
    const metricsBuffer = engine.allocate(program.program.outputs.at(-1)!.type);
    const compile = async ({ program }: StepProgram, size: number): Promise<CompiledStep> => {
      const rows = engine.allocate({ dtype: 'int32', shape: [size] });
      const examples = [data.inputs, data.targets, rows];
      const passage = (from: readonly Buffer[], to: readonly Buffer[]): Passage => ({
        inputs: [...from, ...examples],
        outputs: [...to, metricsBuffer],
      });
      return {
        executable: await engine.compile(program),
        rows,
        rowData: new Int32Array(size),
        passages: sets.map((from, i) => passage(from, sets[(i + 1) % SETS]!)),
      };
    };
    const full = await compile(program, batchSize);
    const rest = data.size % batchSize;
    const last = rest === 0 ? full : await compile(step(source, rest), rest);
    return new Training({
      ...options,
      batchSize,
      sets,
      metricsBuffer,
      full,
      last,
      metrics: program.metrics,
      paramCount: params.length,
    });
  }

  /** The parameters before the next step. */
  get params(): readonly Buffer[] {
    return this.#sets[this.#current]!.slice(0, this.#paramCount);
  }

  /** Takes one step on the next mini-batch; returns its metrics, valid until the next step. */
  async step(): Promise<ArrayLike<number>> {
    if (this.#position >= this.#size) {
      this.#shuffle.next();
      this.#position = 0;
    }
    const length = Math.min(this.#batchSize, this.#size - this.#position);
    const compiled = length === this.#batchSize ? this.#full : this.#last;
    compiled.rowData.set(this.#shuffle.order.subarray(this.#position, this.#position + length));
    compiled.rows.write(compiled.rowData);
    this.#position += length;
    this.lastBatchSize = length;

    const { inputs, outputs } = compiled.passages[this.#current]!;
    const start = performance.now();
    await compiled.executable.run(inputs, outputs);
    this.lastSeconds = (performance.now() - start) / 1000;
    this.#current = (this.#current + 1) % SETS;
    return this.#metricsBuffer.read();
  }

  /** Goes back to the parameters and state before the last step, or the last two. */
  revert(steps: 1 | 2): void {
    this.#current = (this.#current + SETS - steps) % SETS;
  }

  /**
   * Seconds of single iterations of the step's loop `name`, the host driving it: steps from the current parameters
   * whose results are dropped, until `seconds` have passed.
   */
  async timeLoop(engine: Engine, name: string, seconds: number): Promise<readonly number[]> {
    const samples: number[] = [];
    let warm = false;
    const onIteration = (loop: string, _iteration: number, duration: number) => {
      if (warm && loop === name) samples.push(duration);
    };
    const hosted = await engine.compile(this.#full.executable.program, { loops: 'hosted', onIteration });
    try {
      const { inputs, outputs } = this.#full.passages[this.#current]!;
      const start = performance.now();
      await hosted.run(inputs, outputs);
      warm = true;
      do await hosted.run(inputs, outputs);
      while (performance.now() - start < 1000 * seconds);
    } finally {
      await hosted.dispose();
    }
    return samples;
  }
}

/**
 * Puts values on the engine in the types of a tree's leaves. Values that have that type already are not copied here; with
 * `adopt`, the engine may keep them.
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
