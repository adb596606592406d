// Ctrl-C: the first stops the work in an orderly way, the second exits at once.

import { STOPPED } from './exit-codes.js';

/**
 * Runs work that the user may stop with SIGINT or SIGTERM.
 *
 * @param work gets a signal that aborts then
 * @param onStop called before the signal aborts
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
