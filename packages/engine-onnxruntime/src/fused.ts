// Fused executables: a program with its loops inside, in one native call.

import type { Program } from '@gaussmark/autodiff';
import type { Buffer, Executable } from '@gaussmark/core';
import { Caller } from './call.js';
import { fuse } from './fuse.js';
import { demandOpen, type Lease, type SessionPool } from './session.js';

export class FusedExecutable implements Executable {
  private readonly caller: Caller;

  private constructor(
    readonly program: Program,
    private readonly lease: Lease,
  ) {
    this.caller = new Caller(program, lease.session);
  }

  static async compile(program: Program, pool: SessionPool): Promise<FusedExecutable> {
    return new FusedExecutable(program, await pool.acquire(fuse(program)));
  }

  async run(inputs: readonly Buffer[], outputs?: readonly Buffer[]): Promise<readonly Buffer[]> {
    demandOpen(this.lease);
    if (outputs === undefined) return this.caller.runNew(inputs);
    await this.caller.run(inputs, outputs);
    return outputs;
  }

  dispose(): Promise<void> {
    return this.lease.release();
  }
}
