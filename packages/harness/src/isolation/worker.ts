// The child process: runs the one cell that it is sent, tells what happens, and ends.

import { GaussmarkError } from '@gaussmark/core';
import { Pulse } from './pulse.js';
import type { ToParent, ToWorker } from './run-in-process.js';

const parent = Number(process.argv[2]);
// A parent that was gone before this line will not be missed by the watchdog.
if (process.platform !== 'win32' && process.ppid !== parent) process.exit(1);

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

// A Ctrl-C reaches the whole process group where this process has none of its own: the parent decides what becomes of it.
process.on('SIGINT', () => {});

process.once('message', async ({ cell, surroundings }: ToWorker) => {
  try {
    const pulse = new Pulse();
    // Plugins are imported when the watchdog is there: they may never return.
    const [{ runCell }] = await Promise.all([import('../cell/run-cell.js'), pulse.start(parent)]);
    const result = await runCell(cell, surroundings, {
      onEvent: (event) => void tell({ type: 'event', event }),
      observe: (engine) => pulse.observe(engine),
    });
    const { user, system } = process.cpuUsage();
    await tell({ type: 'result', result: { ...result, cpuSeconds: (user + system) / 1e6 } });
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
