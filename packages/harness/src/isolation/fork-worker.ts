// Starting a process that runs native steps, and keeping the end of what it says.

import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { NO_TELEMETRY } from '../telemetry.js';

/** Characters of stderr that are kept for the reason of a crash. */
const STDERR_TAIL = 2000;

/**
 * glibc returns big blocks to the system when they are freed, and the next step pays for their page faults again (30 ms
 * for 12 MB were measured). With these thresholds it keeps them.
 */
export const ALLOCATOR = {
  MALLOC_MMAP_THRESHOLD_: '4294967296',
  MALLOC_TRIM_THRESHOLD_: '8589934592',
  MALLOC_TOP_PAD_: '268435456',
};

export interface ForkedWorker {
  readonly child: ChildProcess;
  /** The end of what it wrote to stderr so far. */
  readonly stderr: () => string;
}

/**
 * Forks a module. What it prints is dropped.
 *
 * @param channels further pipes, from file descriptor 4 on
 */
export function forkWorker(
  module: URL,
  args: readonly string[] = [],
  {
    channels = 0,
    ...options
  }: Pick<ForkOptions, 'execArgv' | 'detached' | 'cwd'> & { readonly channels?: number } = {},
): ForkedWorker {
  const child = fork(module, args, {
    ...options,
    env: { ...ALLOCATOR, ...process.env, ...NO_TELEMETRY },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...Array.from({ length: channels }, () => 'pipe' as const)],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL);
  });
  return { child, stderr: () => stderr };
}
