// The child process: runs the one cell that it is sent, tells what happens, and ends.

import { GaussmarkError } from '@gaussmark/core';
import type { ToParent, ToWorker } from './execute.js';
import { runCell } from './run-cell.js';

function tell(message: ToParent): Promise<void> {
  return new Promise((resolve) => process.send!(message, () => resolve()));
}

process.once('disconnect', () => process.exit(1));

// What a plugin throws outside a step (a timer, a forgotten promise) is told like any other error.
const fail = (error: unknown) => {
  const reason = error instanceof Error ? errorText(error) : String(error);
  void tell({ type: 'error', reason }).then(() => process.exit(1));
};
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

// A Ctrl-C reaches the whole process group: the parent decides what becomes of this cell.
process.on('SIGINT', () => {});

process.once('message', async ({ cell, surroundings }: ToWorker) => {
  try {
    const result = await runCell(cell, surroundings, (event) => void tell({ type: 'event', event }));
    await tell({ type: 'result', result });
  } catch (error) {
    const reason =
      error instanceof GaussmarkError || !(error instanceof Error) ? String(error) : errorText(error);
    await tell({ type: 'error', reason });
  }
  process.exit(0);
});

function errorText(error: Error): string {
  const place = error.stack?.split('\n').find((line) => /^\s+at /.test(line) && !line.includes('node:'));
  return `${error.name}: ${error.message}${place === undefined ? '' : ` (${place.trim()})`}`;
}
