// The child process of a suite: measures the one that it is sent, tells how far it is, and ends.

import { tieToParent } from '../isolation/tie-to-parent.js';
import { measureSuite } from './measure.js';
import type { FromStepsWorker, ToStepsWorker } from './suite.js';

const tell = tieToParent<FromStepsWorker>();

process.once('message', async ({ suite, method, surroundings }: ToStepsWorker) => {
  const measurement = await measureSuite(suite, method, surroundings, (event) => void tell(event));
  await tell({ type: 'result', measurement });
  process.exit(0);
});
