// How a worker ended, in the words of a record: a status and its reason.

/** An end that the process could not tell of itself. */
export interface Ending {
  readonly status: 'failed' | 'timeout' | 'out-of-memory';
  readonly reason: string;
}

/** What was seen of a process that ended without a result. */
export interface Traces {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to stderr. */
  readonly stderr: string;
  /** Processes that the kernel ended for want of memory meanwhile; `null` where it does not say. */
  readonly outOfMemoryKills: number | null;
}

/** What V8, the C++ library, ONNX Runtime and the system say when memory runs out. */
const OUT_OF_MEMORY =
  /JavaScript heap out of memory|Array buffer allocation failed|Failed to allocate memory|bad_alloc|Cannot allocate memory|ENOMEM/i;

/** The end of a process that crashed, was killed by somebody else, or left early. */
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
        reason: 'the system ended the process for want of memory',
      };
    }
    const hint = outOfMemoryKills === null ? ' (out of memory?)' : ', by somebody else';
    return { status: 'failed', reason: `the process was ended by SIGKILL${hint}${tail}` };
  }
  if (signal !== null) {
    return { status: 'failed', reason: `the process was ended by ${signal}${tail}` };
  }
  const early = code === 0 ? ' and without a result (did a plugin call process.exit?)' : tail;
  return { status: 'failed', reason: `the process ended with exit code ${code}${early}` };
}

/** The end of work that an error ended: one of memory, or any other. */
export function endingOfError(reason: string): Ending {
  return { status: OUT_OF_MEMORY.test(reason) ? 'out-of-memory' : 'failed', reason };
}
