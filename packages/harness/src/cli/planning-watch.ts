// Plugins are called in this process while a plan is made: whether they come back is watched, by a timer and by a thread.

import { url as debuggerUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import { GaussmarkError } from '@gaussmark/core';
import { BASE_SECONDS, spinLimit } from '../isolation/limits.js';
import { CALLED, lastCalled } from '../plan/last-called.js';

/** What the watching thread is started with. */
export interface PlanningWatchData {
  /** Grows as long as the event loop turns. */
  readonly turns: Int32Array;
  readonly called: typeof CALLED;
  /** Seconds without a turn after which the process is ended. */
  readonly seconds: number;
}

const TURN_MS = 100;

/**
 * Makes a plan. A plugin that keeps the event loop from turning (for a minute, or a quarter of `timeout`, as in a run) ends the
 * process with exit code 2 and a word on which it is and where.
 *
 * @param timeout seconds that a run may take, where the user said so: nor may a plugin take longer here
 * @throws GaussmarkError if a plugin promises an answer and does not give it in time
 */
export async function watchPlanning<T>(timeout: number | undefined, work: () => Promise<T>): Promise<T> {
  // Whoever debugs a plugin stops it for as long as they like.
  if (debuggerUrl() !== undefined) return work();
  const seconds = timeout ?? BASE_SECONDS;
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const workerData: PlanningWatchData = { turns, called: CALLED, seconds: spinLimit({ seconds }) };
  const watchdog = new Worker(new URL('./planning-watchdog.js', import.meta.url), {
    workerData,
    execArgv: [],
  });
  // A watch that cannot be kept, for want of a thread, say, is no reason not to plan.
  watchdog.on('error', () => {});
  watchdog.unref();
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    let [calls, since] = [-1, 0];
    timer = setInterval(() => {
      Atomics.add(turns, 0, 1);
      const now = Atomics.load(CALLED.count, 0);
      if (now !== calls) [calls, since] = [now, performance.now()];
      if (performance.now() - since >= 1000 * seconds) reject(unanswered(seconds));
    }, TURN_MS);
  });
  try {
    return await Promise.race([work(), silence]);
  } finally {
    clearInterval(timer);
    await watchdog.terminate();
  }
}

function unanswered(seconds: number): GaussmarkError {
  const plugin = lastCalled(CALLED);
  return new GaussmarkError(`${plugin} has not answered for ${seconds} s, while the plan was made`, {
    plugin,
    remedy: 'mend it, or give it more time with --timeout',
  });
}
