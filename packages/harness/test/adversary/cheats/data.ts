// Cheats that want more of the data than the mini-batch of a step.

import { type Cheat, demand, EPOCHS, failed, lastPoint, SGD, unmoved, unrolled, work } from '../cheat.js';
import { optimizer } from '../play.js';

export const DATA_CHEATS: readonly Cheat[] = [
  {
    name: 'kept mini-batch',
    against: 'epochs',
    trick: 'the problem of one mini-batch is kept and used with the next',
    code: optimizer(
      `
      kept ??= problem;
      return { params: descend(kept, descend(problem, params)), state, metrics: {} };`,
      { before: 'let kept;' },
    ),
    run: { ...EPOCHS, batchSize: 50 },
    verdict: (outcome) => failed(outcome, /used outside the function that was traced with it/),
  },
  {
    name: 'whole training set',
    against: 'epochs',
    trick: 'the resident training set is looked for among the inputs of the program that is being traced',
    code: optimizer(`
      const found = tree.leaves(params)[0].builder.inputs.filter(({ type }) => type.shape[0] > 101).length;
      return { params: descend(problem, params), state, metrics: { found } };`),
    run: EPOCHS,
    verdict: (outcome) => {
      demand(lastPoint(outcome.cheat).metrics?.found === 0, 'it finds nothing');
      return unmoved(outcome, 'there is only the mini-batch');
    },
  },
  {
    name: 'inner steps',
    against: 'epochs, steps',
    trick: 'five gradient steps on each mini-batch, where only mini-batches are counted',
    code: unrolled(5),
    honest: SGD,
    run: { budget: { steps: 18 } },
    gains: 'allowed',
    verdict: ({ cheat, honest }) => {
      const ratio = work(cheat) / work(honest);
      demand(ratio > 4.95 && ratio < 5.05, `five times the work is recorded, got ${ratio}`);
      return 'allowed; the record shows five times the work';
    },
  },
];
