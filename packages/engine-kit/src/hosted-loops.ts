// Hosted executables: the host drives a program's outermost loops and times their iterations.

import {
  type Atom,
  Constant,
  loopsOf,
  type Program,
  type TensorType,
  type TensorValue,
  type Variable,
} from '@gaussmark/autodiff';
import type { Buffer, CompileOptions, DisposableBuffer, Executable } from '@gaussmark/core';
import { type Block, type HostedLoop, type SplitProgram, splitProgram } from './split-loops.js';

type OnIteration = NonNullable<CompileOptions['onIteration']>;

/** A buffer whose first element the host can look at. */
export interface EngineBuffer extends DisposableBuffer {
  /** The first element; synchronous if it is on the host. */
  first(): number | Promise<number>;
}

/** Where an engine's buffers live. */
export interface BufferMemory {
  /** Zero-filled. */
  allocate(type: TensorType): EngineBuffer;
  /** A buffer with these values; may keep their array. */
  adopt(value: TensorValue): EngineBuffer;
  /** The buffers as the engine's own. @throws TypeError as `ownBuffers` and `demandDistinct` of core do */
  check(
    program: Program,
    inputs: readonly Buffer[],
    outputs: readonly Buffer[],
  ): { readonly inputs: readonly EngineBuffer[]; readonly outputs: readonly EngineBuffer[] };
}

/** A compiled block or loop step. */
export interface Part {
  run(inputs: readonly Buffer[], outputs: readonly Buffer[]): Promise<unknown>;
  /** @throws Error if its native program has been released. */
  demandOpen(): void;
  dispose(): Promise<void>;
}

export interface HostedOptions {
  readonly memory: BufferMemory;
  /** Compiles a part. */
  readonly compile: (program: Program) => Promise<Part>;
  readonly onIteration?: OnIteration | undefined;
  /** Whether the host also drives nested loops. If not, they stay in the native program. Default false. */
  readonly nested?: boolean;
}

/** The buffers with the values of a run. */
type Values = Map<Atom, EngineBuffer>;

export class HostedExecutable implements Executable, Part {
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly program: Program,
    private readonly memory: BufferMemory,
    private readonly parts: readonly Part[],
    private readonly blocks: readonly HostedBlock[],
    private readonly loops: readonly LoopDriver[],
    private readonly constants: Values,
  ) {}

  /**
   * @param program as the caller knows it
   * @param rewritten the same program as the engine runs it; by default itself
   */
  static async compile(
    program: Program,
    options: HostedOptions,
    rewritten: Program = program,
  ): Promise<HostedExecutable> {
    const { blocks, loops } = splitProgram(rewritten);
    const { memory } = options;
    const compilePart = async (part: Program): Promise<Part> =>
      options.nested === true && loopsOf(part).length > 0
        ? HostedExecutable.compile(part, options)
        : options.compile(part);
    const programs = [...blocks.map((block) => block.program), ...loops.map((loop) => loop.step)];
    const parts = await compileAll(programs, compilePart);
    const onIteration = options.onIteration ?? (() => undefined);
    return new HostedExecutable(
      program,
      memory,
      parts,
      blocks.map((block, i) => new HostedBlock(block, parts[i]!, memory)),
      loops.map((loop, i) => new LoopDriver(loop, parts[blocks.length + i]!, memory, onIteration)),
      constantsOf({ blocks, loops }, memory),
    );
  }

  /** Runs of one executable take turns, since they share the buffers between its parts. */
  run(inputs: readonly Buffer[], outputs?: readonly Buffer[]): Promise<readonly Buffer[]> {
    const turn = this.last.then(() => this.execute(inputs, outputs));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async execute(given: readonly Buffer[], into?: readonly Buffer[]): Promise<readonly Buffer[]> {
    this.demandOpen();
    const results = into ?? this.program.outputs.map((output) => this.memory.allocate(output.type));
    const { inputs, outputs } = this.memory.check(this.program, given, results);
    const values: Values = new Map(this.constants);
    for (const [i, input] of this.program.inputs.entries()) values.set(input, inputs[i]!);
    for (const [i, loop] of this.loops.entries()) {
      const enters = await this.blocks[i]!.run(values);
      await loop.run(values, enters);
    }
    await this.blocks.at(-1)!.runInto(values, outputs);
    return outputs;
  }

  demandOpen(): void {
    for (const part of this.parts) part.demandOpen();
  }

  async dispose(): Promise<void> {
    await this.last;
    await Promise.all(this.parts.map((part) => part.dispose()));
    const kept = [...this.blocks, ...this.loops].flatMap(({ buffers }) => buffers);
    for (const buffer of [...kept, ...this.constants.values()]) buffer.dispose();
  }
}

/** Compiles all parts; if one fails, releases those already compiled. */
async function compileAll(
  programs: readonly Program[],
  compile: (program: Program) => Promise<Part>,
): Promise<Part[]> {
  const results = await Promise.allSettled(programs.map(compile));
  const parts = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return parts;
  await Promise.all(parts.map((part) => part.dispose()));
  throw failed.reason;
}

/** Buffers for constants that loops start from. */
function constantsOf(parts: SplitProgram, memory: BufferMemory): Values {
  const constants: Values = new Map();
  for (const atom of parts.loops.flatMap((loop) => loop.init)) {
    if (atom instanceof Constant && !constants.has(atom))
      constants.set(atom, memory.adopt({ type: atom.type, data: atom.data }));
  }
  return constants;
}

class HostedBlock {
  /** The values computed for the following loop, and whether to enter it. */
  readonly buffers: readonly EngineBuffer[];

  constructor(
    private readonly block: Block,
    private readonly part: Part,
    memory: BufferMemory,
  ) {
    const kept = block.entersLoop ? block.program.outputs : [];
    this.buffers = kept.map((output) => memory.allocate(output.type));
  }

  /** Runs the block before a loop and adds its results to the values. Returns whether to enter the loop. */
  async run(values: Values): Promise<boolean> {
    await this.runInto(values, this.buffers);
    for (const [i, output] of this.block.outputs.entries()) values.set(output, this.buffers[i]!);
    return isSet(this.buffers.at(-1)!);
  }

  async runInto(values: Values, results: readonly EngineBuffer[]): Promise<void> {
    await this.part.run(read(values, this.block.inputs), results);
  }
}

class LoopDriver {
  /** The carry alternates between two sets of buffers; the last buffer of each is the condition. */
  private readonly sets: readonly [readonly EngineBuffer[], readonly EngineBuffer[]];

  constructor(
    private readonly loop: HostedLoop,
    private readonly part: Part,
    memory: BufferMemory,
    private readonly onIteration: OnIteration,
  ) {
    const set = () => loop.step.outputs.map((output) => memory.allocate(output.type));
    this.sets = [set(), set()];
  }

  get buffers(): readonly EngineBuffer[] {
    return this.sets.flat();
  }

  /** Runs the loop and adds the last carry to the values. */
  async run(values: Values, enters: boolean): Promise<void> {
    const { name, captures, init, outputs } = this.loop;
    const captured = read(values, captures);
    let carry: readonly EngineBuffer[] = read(values, init);
    let going = enters;
    for (let k = 0; going; k++) {
      const next = this.sets[(k % 2) as 0 | 1];
      const start = performance.now();
      await this.part.run([...captured, ...carry], next);
      carry = next.slice(0, -1);
      const flag = isSet(next.at(-1)!);
      going = typeof flag === 'boolean' ? flag : await flag;
      this.onIteration(name, k, (performance.now() - start) / 1000);
    }
    for (const [i, output] of outputs.entries()) values.set(output, carry[i]!);
  }
}

/** Whether a bool is true; synchronous if the value is on the host. */
function isSet(condition: EngineBuffer): boolean | Promise<boolean> {
  const flag = condition.first();
  return typeof flag === 'number' ? flag !== 0 : flag.then((value) => value !== 0);
}

function read(values: Values, atoms: readonly (Variable | Constant)[]): EngineBuffer[] {
  return atoms.map((atom) => values.get(atom)!);
}
