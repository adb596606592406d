// Runs a session on buffers in the process's memory; checks and prepares each set of buffers once.

import type { Program } from '@gaussmark/autodiff';
import type { Buffer } from '@gaussmark/core';
import { Remembered } from '@gaussmark/engine-kit';
import { type Caller, checkBuffers } from '../memory.js';
import type { Feeds, Fetches, Session } from '../session.js';
import { HostBuffer } from './buffer.js';

interface Prepared {
  readonly inputs: readonly HostBuffer[];
  readonly outputs: readonly HostBuffer[];
  readonly feeds: Feeds;
  readonly fetches: Fetches;
}

/** Caches the arguments of calls by set of buffers. */
export class HostCaller implements Caller {
  private readonly remembered = new Remembered<HostBuffer, Prepared>();

  constructor(
    readonly program: Program,
    private readonly session: Session,
  ) {}

  run(inputs: readonly Buffer[], outputs: readonly Buffer[]): Promise<void> {
    const { feeds, fetches } =
      this.remembered.find(inputs, outputs) ?? this.remembered.add(this.prepare(inputs, outputs));
    return this.session.run(feeds, fetches);
  }

  async runNew(inputs: readonly Buffer[]): Promise<readonly HostBuffer[]> {
    const outputs = this.program.outputs.map((output) => new HostBuffer(output.type));
    const { feeds, fetches } = this.prepare(inputs, outputs);
    await this.session.run(feeds, fetches);
    return outputs;
  }

  private prepare(inputs: readonly Buffer[], outputs: readonly Buffer[]): Prepared {
    const own = checkBuffers(HostBuffer, this.program, inputs, outputs);
    const feeds = this.session.feeds(own.inputs.map(({ tensor }) => tensor));
    const fetches = this.session.fetches(own.outputs.map(({ tensor }) => tensor));
    return { ...own, feeds, fetches };
  }
}
