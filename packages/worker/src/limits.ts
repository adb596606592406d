// The limits of a worker process: wall-clock time and memory.

import os from 'node:os';

export interface Limits {
  /** Wall-clock seconds of the whole process. */
  readonly seconds: number;
  /** Resident bytes of the process and its descendants. */
  readonly bytes: number;
}

/** Enough to start a process, load data, compile and evaluate. */
export const BASE_SECONDS = 300;

/** Share of the machine's memory that all concurrent workers may take together. */
const MEMORY_SHARE = 0.8;

/** The bytes that each of `jobs` concurrent workers may take. */
export function memoryLimit(jobs = 1): number {
  return Math.floor((MEMORY_SHARE * availableBytes()) / jobs);
}

/** Memory of the machine, or of the enclosing control group if that is less. */
function availableBytes(): number {
  const total = os.totalmem();
  // Without a control group, 0 or a huge number.
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 && constrained < total ? constrained : total;
}

/**
 * Seconds that JavaScript may run without returning to the event loop: a quarter of the time limit, at most a minute. Tracing
 * a large network takes a few.
 *
 * @param isPatient nearly all of the time limit: what remains suffices to find the line
 */
export function spinLimit({ seconds }: Pick<Limits, 'seconds'>, isPatient = false): number {
  return isPatient ? Math.max(seconds - 5, 0.8 * seconds) : Math.min(60, seconds / 4);
}

/**
 * The size of V8's heap in MiB. V8 reports a full heap, while a process killed for its memory leaves no message. Typed arrays,
 * which hold the data, are not on this heap.
 */
export function heapMebibytes({ bytes }: Limits): number {
  return Math.max(32, Math.min(4096, Math.floor((0.75 * bytes) / 2 ** 20)));
}
