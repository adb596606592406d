// What a cell's process may take: wall-clock time and memory.

import os from 'node:os';
import { GaussmarkError } from '@gaussmark/core';
import type { Cell } from '../cell/cell.js';

export interface Limits {
  /** Wall-clock seconds of the whole process. */
  readonly seconds: number;
  /** Resident bytes of the process and of those that it starts. */
  readonly bytes: number;
}

/** Besides what a budget says: starting, loading, compiling, evaluating. */
export const BASE_SECONDS = 300;
/** Wall-clock seconds per second of training, which evaluation is not part of. */
const PER_SECOND = 10;
/** Seconds per step: slow enough for a Gauss-Newton step of a convolutional network on a single core. */
const PER_STEP = 30;

/** What a process with an engine needs to begin, and some data. */
const LEAST_SHARE = 256 * 2 ** 20;
/** Share of the machine's memory that all cells which run at once may take. */
const MEMORY_SHARE = 0.8;

/**
 * The limits of a cell: those that the user set, else by its budget, of which the tightest part counts:
 * 300 s + 10 s for each second of training, or + 30 s for each step (a gradient-equivalent counts as one). These are
 * meant to end what hangs, not what is slow. Memory: 80 % of the machine's, or of its control group's, shared by the cells
 * that run at once.
 *
 * @param stepsPerEpoch of the cell's problem
 * @param jobs cells that run at once
 */
export function limitsOf(
  { budget, limits }: Pick<Cell, 'budget' | 'limits'>,
  stepsPerEpoch: number,
  jobs: number,
): Limits {
  const allowed = [
    budget.seconds === undefined ? undefined : PER_SECOND * budget.seconds,
    budget.steps === undefined ? undefined : PER_STEP * budget.steps,
    budget.epochs === undefined ? undefined : PER_STEP * budget.epochs * stepsPerEpoch,
    budget.gradientEquivalents === undefined ? undefined : PER_STEP * budget.gradientEquivalents,
  ].filter((seconds) => seconds !== undefined);
  return {
    seconds: limits?.timeout ?? BASE_SECONDS + Math.min(...allowed),
    bytes: limits?.memory ?? memoryLimit(jobs),
  };
}

/**
 * How many runs take place at once: never more than there are.
 *
 * @throws GaussmarkError if so many would leave each of them too little memory to begin, and none of them a limit of its own
 */
export function jobsFor(asked: number, runs: readonly Pick<Cell, 'limits'>[]): number {
  const jobs = Math.max(1, Math.min(asked, runs.length));
  const share = memoryLimit(jobs);
  if (share >= LEAST_SHARE || runs.every(({ limits }) => limits?.memory !== undefined)) return jobs;
  throw new GaussmarkError(`${jobs} runs at once would have too little memory each`, {
    expected: `at least ${LEAST_SHARE / 2 ** 20} MiB each: at most ${Math.max(1, Math.floor((share * jobs) / LEAST_SHARE))} at once`,
    got: `${Math.floor(share / 2 ** 20)} MiB each (--jobs ${asked})`,
    remedy: 'give a smaller --jobs, or a --memory for each run',
  });
}

/** The share of the memory that each of several workers may take which run at once. */
export function memoryLimit(jobs = 1): number {
  return Math.floor((MEMORY_SHARE * availableBytes()) / jobs);
}

/** Memory of the machine, or of the control group around this process where that is less. */
function availableBytes(): number {
  const total = os.totalmem();
  // 0 or a huge number where there is no such limit.
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 && constrained < total ? constrained : total;
}

/**
 * Seconds for which JavaScript may go on without a turn of the event loop: a quarter of the time, at most a minute. The trace
 * of a big network takes a few.
 */
export function spinLimit({ seconds }: Pick<Limits, 'seconds'>): number {
  return Math.min(60, seconds / 4);
}

/**
 * V8's heap in MiB: it says so when it is full, while memory that is only measured ends a process without a word. Data are
 * in typed arrays, which are not in the heap.
 */
export function heapMebibytes({ bytes }: Limits): number {
  return Math.max(32, Math.min(4096, Math.floor((0.75 * bytes) / 2 ** 20)));
}
