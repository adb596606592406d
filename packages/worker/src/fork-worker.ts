// Forking a module of another checkout, which speaks Node's own channel whatever its version: to be measured beside this one.

import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { NO_TELEMETRY } from './child-environment.js';
import { ProcessTree } from './process-tree.js';
import { MARK } from './protocol.js';

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

/** A group of its own lets a process be ended with all that it started; it also keeps a terminal's Ctrl-C from it. */
export const OWN_GROUP = process.platform !== 'win32';

export interface ForkedWorker {
  readonly child: ChildProcess;
  /** The end of what it wrote to stderr so far. */
  readonly stderr: () => string;
  /** Ends it and all that it started. */
  readonly kill: () => void;
}

/** Forks a module in a directory. What it prints is dropped. */
export function forkWorker(module: URL, cwd: string): ForkedWorker {
  const mark = randomBytes(12).toString('hex');
  const child = fork(module, [], {
    cwd,
    detached: OWN_GROUP,
    env: { ...ALLOCATOR, ...process.env, ...NO_TELEMETRY, [MARK]: mark },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL);
  });
  const tree = child.pid === undefined || !OWN_GROUP ? undefined : new ProcessTree(child.pid, mark);
  const kill = () => {
    if (tree === undefined) child.kill('SIGKILL');
    else tree.kill();
  };
  return { child, stderr: () => stderr, kill };
}
