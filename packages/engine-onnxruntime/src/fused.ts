// Fused executables: a program including its loops, in one native call.

import type { Program } from '@gaussmark/autodiff';
import type { Buffer, Executable } from '@gaussmark/core';
import { fuse } from './fuse.js';
import type { Caller, Memory } from './memory.js';
import { demandOpen, type Lease, type SessionPool } from './session.js';

export class FusedExecutable implements Executable {
  private constructor(
    readonly program: Program,
    private readonly lease: Lease,
    private readonly caller: Caller,
  ) {}

  static async compile(program: Program, pool: SessionPool, memory: Memory): Promise<FusedExecutable> {
    const lease = await pool.acquire(fuse(program));
    return new FusedExecutable(program, lease, memory.caller(program, lease.session));
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
