// The child process of a suite: measures the one that it is sent, tells how far it is, and ends.

import { GaussmarkError } from '@gaussmark/core';
import { measureSuite } from './measure.js';
import type { FromStepsWorker, ToStepsWorker } from './suite.js';

function tell(message: FromStepsWorker): Promise<void> {
  return new Promise((resolve) => process.send!(message, () => resolve()));
}

process.once('disconnect', () => process.exit(1));
// A Ctrl-C reaches the whole process group: the parent decides what becomes of this process.
process.on('SIGINT', () => {});

const fail = (error: unknown) => {
  const reason =
    error instanceof GaussmarkError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  void tell({ type: 'error', reason }).then(() => process.exit(1));
};
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

process.once('message', async ({ suite, method, surroundings }: ToStepsWorker) => {
  const measurement = await measureSuite(suite, method, surroundings, (event) => void tell(event));
  await tell({ type: 'result', measurement });
  process.exit(0);
});
