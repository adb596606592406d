// Hosted executables: the host drives a program's loops; ONNX Runtime runs what is between and inside them.

import type { Program } from '@gaussmark/autodiff';
import { HostedExecutable, type HostedOptions, type Part } from '@gaussmark/engine-kit';
import { fuse } from './fuse.js';
import { checkBuffers, type Memory } from './memory.js';
import { demandOpen, type SessionPool } from './session.js';

export function compileHosted(
  program: Program,
  pool: SessionPool,
  memory: Memory,
  options: Pick<HostedOptions, 'onIteration' | 'nested'>,
): Promise<HostedExecutable> {
  const compile = async (part: Program): Promise<Part> => {
    const lease = await pool.acquire(part);
    const caller = memory.caller(part, lease.session);
    return {
      run: (inputs, outputs) => caller.run(inputs, outputs),
      demandOpen: () => demandOpen(lease),
      dispose: () => lease.release(),
    };
  };
  const buffers = {
    allocate: memory.allocate.bind(memory),
    adopt: memory.adopt.bind(memory),
    check: checkBuffers.bind(undefined, memory.kind),
  };
  return HostedExecutable.compile(program, { ...options, memory: buffers, compile }, fuse(program));
}
