// Ctrl-C: the first one stops what is at hand and lets it end in order, the second one leaves at once.

import { STOPPED } from './exit-codes.js';

/**
 * Does work that the user may stop (SIGINT, SIGTERM).
 *
 * @param work is given the signal that aborts then
 * @param onStop called before it aborts
 */
export async function stoppable<T>(
  work: (signal: AbortSignal) => Promise<T>,
  onStop: () => void = () => {},
): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(STOPPED);
    onStop();
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}
