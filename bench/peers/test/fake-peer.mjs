// A peer that answers from its arguments: `{ values, seconds, prepare }`, the seconds of one step.

import { serve, Unsupported } from '../src/serve.mjs';

const { values = [1, 2, 3], seconds = 0.01, refuses, dies } = JSON.parse(process.argv[2] ?? '{}');

await serve({
  hello: async () => ({ info: { name: 'fake' } }),
  prepare: async ({ step }) => {
    if (refuses === step.kind) throw new Unsupported(`no ${refuses} here`);
    console.log('what a library prints does not break the protocol');
    return { seconds: 0 };
  },
  run: async ({ count }) => {
    if (dies) process.exit(3);
    return { seconds: seconds * count, values, cgIterations: 10 * count, lineSearchSteps: 0 };
  },
});
