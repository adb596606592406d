// Hosted executables: the host drives a program's outermost loops, and times their iterations.

import { type Atom, Constant, type Program, type Variable } from '@gaussmark/autodiff';
import type { Buffer, CompileOptions, Executable } from '@gaussmark/core';
import { HostBuffer } from './buffer.js';
import { Caller, checkBuffers } from './call.js';
import { fuse } from './fuse.js';
import { demandOpen, type Lease, type SessionPool } from './session.js';
import { type Block, type HostedLoop, type SplitProgram, splitProgram } from './split.js';

type OnIteration = NonNullable<CompileOptions['onIteration']>;

/** The buffers that hold the values of one run. */
type Values = Map<Atom, HostBuffer>;

export class HostedExecutable implements Executable {
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly program: Program,
    private readonly leases: readonly Lease[],
    private readonly blocks: readonly HostedBlock[],
    private readonly loops: readonly LoopDriver[],
    private readonly constants: Values,
  ) {}

  static async compile(
    program: Program,
    pool: SessionPool,
    onIteration?: OnIteration,
  ): Promise<HostedExecutable> {
    const parts = splitProgram(fuse(program));
    const programs = [...parts.blocks.map((block) => block.program), ...parts.loops.map((loop) => loop.step)];
    const leases = await acquireAll(programs, pool);
    const callers = programs.map((part, i) => new Caller(part, leases[i]!.session));
    const blocks = parts.blocks.map((block, i) => new HostedBlock(block, callers[i]!));
    const loops = parts.loops.map(
      (loop, i) => new LoopDriver(loop, callers[parts.blocks.length + i]!, onIteration ?? (() => undefined)),
    );
    return new HostedExecutable(program, leases, blocks, loops, constantsOf(parts));
  }

  /** Runs of one executable take turns: what passes between its parts has one place. */
  run(inputs: readonly Buffer[], outputs?: readonly Buffer[]): Promise<readonly Buffer[]> {
    const turn = this.last.then(() => this.execute(inputs, outputs));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async execute(given: readonly Buffer[], into?: readonly Buffer[]): Promise<readonly Buffer[]> {
    for (const lease of this.leases) demandOpen(lease);
    const results = into ?? this.program.outputs.map((output) => new HostBuffer(output.type));
    const { inputs, outputs } = checkBuffers(this.program, given, results);
    const values: Values = new Map(this.constants);
    for (const [i, input] of this.program.inputs.entries()) values.set(input, inputs[i]!);
    for (const [i, loop] of this.loops.entries()) {
      const enters = await this.blocks[i]!.run(values);
      await loop.run(values, enters);
    }
    await this.blocks.at(-1)!.runInto(values, outputs);
    return outputs;
  }

  async dispose(): Promise<void> {
    await this.last;
    await Promise.all(this.leases.map((lease) => lease.release()));
  }
}

/** Compiles all, or lets go of what was compiled before one failed. */
async function acquireAll(programs: readonly Program[], pool: SessionPool): Promise<Lease[]> {
  const results = await Promise.allSettled(programs.map((program) => pool.acquire(program)));
  const leases = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return leases;
  await Promise.all(leases.map((lease) => lease.release()));
  throw failed.reason;
}

/** Buffers for the constants that loops start from. */
function constantsOf(parts: SplitProgram): Values {
  const constants: Values = new Map();
  for (const atom of parts.loops.flatMap((loop) => loop.init)) {
    if (atom instanceof Constant) constants.set(atom, new HostBuffer(atom.type, atom.data));
  }
  return constants;
}

class HostedBlock {
  private readonly results: readonly HostBuffer[];

  constructor(
    private readonly block: Block,
    private readonly caller: Caller,
  ) {
    const kept = block.entersLoop ? block.program.outputs : [];
    this.results = kept.map((output) => new HostBuffer(output.type));
  }

  /** Runs a block before a loop; its results join the values. Returns whether to enter the loop. */
  async run(values: Values): Promise<boolean> {
    await this.runInto(values, this.results);
    for (const [i, output] of this.block.outputs.entries()) values.set(output, this.results[i]!);
    return this.results.at(-1)!.peek() !== 0;
  }

  async runInto(values: Values, results: readonly HostBuffer[]): Promise<void> {
    await this.caller.run(read(values, this.block.inputs), results);
  }
}

class LoopDriver {
  /** The carry is read from one set and written to the other, in turns; the last buffer of each is the condition. */
  private readonly sets: readonly [readonly HostBuffer[], readonly HostBuffer[]];

  constructor(
    private readonly loop: HostedLoop,
    private readonly caller: Caller,
    private readonly onIteration: OnIteration,
  ) {
    const set = () => loop.step.outputs.map((output) => new HostBuffer(output.type));
    this.sets = [set(), set()];
  }

  /** Runs the loop; the last carry joins the values. */
  async run(values: Values, enters: boolean): Promise<void> {
    const { name, captures, init, outputs } = this.loop;
    const captured = read(values, captures);
    let carry: readonly HostBuffer[] = read(values, init);
    let going = enters;
    for (let k = 0; going; k++) {
      const next = this.sets[(k % 2) as 0 | 1];
      const start = performance.now();
      await this.caller.run([...captured, ...carry], next);
      carry = next.slice(0, -1);
      going = next.at(-1)!.peek() !== 0;
      this.onIteration(name, k, (performance.now() - start) / 1000);
    }
    for (const [i, output] of outputs.entries()) values.set(output, carry[i]!);
  }
}

function read(values: Values, atoms: readonly (Variable | Constant)[]): HostBuffer[] {
  return atoms.map((atom) => values.get(atom)!);
}
