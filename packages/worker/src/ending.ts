// How a worker ended: a status and its reason, as recorded.

/** An end that the process could not report itself. */
export interface Ending {
  readonly status: 'failed' | 'timeout' | 'out-of-memory';
  readonly reason: string;
}

/** The evidence left by a process that ended without a result. */
export interface Traces {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of its stderr. */
  readonly stderr: string;
  /** Processes that the kernel's out-of-memory killer ended meanwhile; `null` if unknown. */
  readonly outOfMemoryKills: number | null;
}

/** What V8, the C++ library, ONNX Runtime, XLA and the system print when memory runs out. */
const OUT_OF_MEMORY =
  /JavaScript heap out of memory|Out of memory (?:while trying to )?allocat|Array buffer allocation failed|Failed to allocate memory|bad_alloc|Cannot allocate memory|ENOMEM/i;

/** The end of a process that crashed, was killed from outside, or exited early. */
export function endingOf({ code, signal, stderr, outOfMemoryKills }: Traces): Ending {
  const line = stderr
    .split('\n')
    .find((text) => /error|fatal|abort|terminate/i.test(text))
    ?.trim();
  const tail = line === undefined ? '' : `: ${line}`;
  if (OUT_OF_MEMORY.test(stderr)) {
    return { status: 'out-of-memory', reason: `the process ran out of memory${tail}` };
  }
  if (signal === 'SIGKILL') {
    if (outOfMemoryKills !== null && outOfMemoryKills > 0) {
      return {
        status: 'out-of-memory',
        reason: 'the system killed the process for lack of memory',
      };
    }
    const hint = outOfMemoryKills === null ? ' (out of memory?)' : ', from outside';
    return { status: 'failed', reason: `the process was killed by SIGKILL${hint}${tail}` };
  }
  if (signal !== null) {
    return { status: 'failed', reason: `the process was killed by ${signal}${tail}` };
  }
  const early = code === 0 ? ' but no result (did a plugin call process.exit?)' : tail;
  return { status: 'failed', reason: `the process ended with exit code ${code}${early}` };
}

/** The end of a task that threw: out of memory, or any other failure. */
export function endingOfError(reason: string): Ending {
  return { status: OUT_OF_MEMORY.test(reason) ? 'out-of-memory' : 'failed', reason };
}
