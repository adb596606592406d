// The limits of a cell's process, and how many cells run at once.

import type { Cell } from '@gaussmark/cell';
import { GaussmarkError } from '@gaussmark/core';
import { BASE_SECONDS, type Limits, memoryLimit } from '@gaussmark/worker';

/** Wall-clock seconds per second of training; evaluation comes on top. */
const PER_SECOND = 10;
/** Seconds per step: enough for a Gauss-Newton step of a convolutional network on a single core. */
const PER_STEP = 30;

/** Memory for a process, an engine and some data. */
const LEAST_SHARE = 256 * 2 ** 20;

/**
 * The limits of a cell: the user's, else from the tightest part of its budget: 300 s plus 10 s per second of training, or plus
 * 30 s per step (or gradient-equivalent). They end what hangs, not what is slow. Memory: 80 % of the machine's or its control
 * group's, shared among concurrent cells.
 *
 * @param stepsPerEpoch of the cell's problem
 * @param jobs concurrent cells
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
 * The number of concurrent runs, at most the number of runs.
 *
 * @throws GaussmarkError if each would have too little memory to start, and some run has no limit of its own
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
