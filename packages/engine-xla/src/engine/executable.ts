// Runs a compiled program on buffers of its device.

import type { Program } from '@gaussmark/autodiff';
import type { Buffer, Executable } from '@gaussmark/core';
import { type Part, Remembered } from '@gaussmark/engine-kit';
import type { DeviceBuffer } from './buffer.js';
import type { Device, OwnBuffers } from './device.js';
import { explain } from './errors.js';
import type { Lease, Programs } from './programs.js';

/** Arguments of a call: its buffers, and arrays for their handles. */
interface Prepared extends OwnBuffers {
  /** With the constants' at the end. */
  readonly handles: number[];
  readonly results: number[];
  readonly tokens: number[];
  /** Inputs that the program may replace and this call does not. */
  readonly kept: readonly number[];
  /** Outputs that replace no input: their memory is freed before the run. */
  readonly fresh: readonly DeviceBuffer[];
}

export class FusedExecutable implements Executable, Part {
  private readonly remembered = new Remembered<DeviceBuffer, Prepared>();
  /** Runs that have not ended. */
  private readonly pending = new Set<Promise<void>>();

  private constructor(
    readonly program: Program,
    private readonly device: Device,
    private readonly lease: Lease,
    private readonly inPlace: ReadonlyMap<number, number>,
  ) {}

  /** @param inPlace outputs that may replace an input: their positions by those of the inputs */
  static async compile(
    program: Program,
    programs: Programs,
    device: Device,
    inPlace: ReadonlyMap<number, number> = new Map(),
  ): Promise<FusedExecutable> {
    return new FusedExecutable(program, device, await programs.acquire(program, inPlace), inPlace);
  }

  demandOpen(): void {
    this.lease.demandOpen();
  }

  async run(inputs: readonly Buffer[], outputs?: readonly Buffer[]): Promise<readonly Buffer[]> {
    this.demandOpen();
    if (outputs !== undefined) {
      const known = this.remembered.find(inputs, outputs);
      const ended = this.start(known ?? this.remembered.add(this.prepare(inputs, outputs)));
      if (ended !== undefined) await ended;
      return outputs;
    }
    const created = this.program.outputs.map(({ type }) => this.device.allocate(type));
    try {
      await this.start(this.prepare(inputs, created));
    } catch (error) {
      for (const buffer of created) buffer.dispose();
      throw error;
    }
    return created;
  }

  private prepare(inputs: readonly Buffer[], outputs: readonly Buffer[]): Prepared {
    const own = this.device.check(this.program, inputs, outputs, this.inPlace);
    const pairs = [...this.inPlace];
    const kept = pairs.filter(([i, o]) => inputs[i] !== outputs[o]).map(([i]) => i);
    const fresh = own.outputs.filter((output) => !own.inputs.includes(output));
    return { ...own, handles: [], results: [], tokens: [], kept, fresh };
  }

  /**
   * Starts a run: a short one has ended when this returns. The results belong to the outputs at once, so that a next run may
   * start from them.
   */
  private start({
    inputs,
    outputs,
    handles,
    results,
    tokens,
    kept,
    fresh,
  }: Prepared): Promise<void> | undefined {
    const { executable, constants } = this.lease.compiled;
    const { plugin } = this.device.client;
    try {
      for (let i = 0; i < inputs.length; i++) handles[i] = inputs[i]!.forInput();
      for (let i = 0; i < constants.length; i++) handles[inputs.length + i] = constants[i]!.forInput();
      for (const output of fresh) output.release();
      const event = executable.start(handles, results, kept);
      for (let i = 0; i < outputs.length; i++) tokens[i] = outputs[i]!.take(results[i]!);
      const ended = plugin.wait(event);
      if (ended !== undefined) return this.follow(ended, outputs, tokens.slice());
      for (let i = 0; i < outputs.length; i++) outputs[i]!.settle(tokens[i]!);
      return undefined;
    } catch (error) {
      throw explain(FAILED, error);
    }
  }

  private follow(
    ended: Promise<void>,
    outputs: readonly DeviceBuffer[],
    tokens: readonly number[],
  ): Promise<void> {
    const followed = ended.then(
      () => {
        for (const [i, output] of outputs.entries()) output.settle(tokens[i]!);
      },
      (error) => Promise.reject(explain(FAILED, error)),
    );
    const tracked = followed.then(
      () => void this.pending.delete(tracked),
      () => void this.pending.delete(tracked),
    );
    this.pending.add(tracked);
    return followed;
  }

  /** Frees the program once its runs have ended. */
  async dispose(): Promise<void> {
    await Promise.all(this.pending);
    await this.lease.release();
  }
}

const FAILED = 'XLA failed to run a program';
