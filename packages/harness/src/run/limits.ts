// The limits of a cell's process, and how many cells run at once.

import { GaussmarkError } from '@gaussmark/core';
import { BASE_SECONDS, type Limits, memoryLimit } from '@gaussmark/worker';
import type { Cell } from '../cell/cell.js';

/** Wall-clock seconds per second of training, which evaluation is not part of. */
const PER_SECOND = 10;
/** Seconds per step: slow enough for a Gauss-Newton step of a convolutional network on a single core. */
const PER_STEP = 30;

/** What a process with an engine needs to begin, and some data. */
const LEAST_SHARE = 256 * 2 ** 20;

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
