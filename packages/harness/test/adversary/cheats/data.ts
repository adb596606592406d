// Cheats that want more of the data than the mini-batch of a step.

import { type Cheat, demand, EPOCHS, failed, lastPoint, SGD, unmoved, unrolled, work } from '../cheat.js';
import { optimizer } from '../play.js';

export const DATA_CHEATS: readonly Cheat[] = [
  {
    name: 'kept mini-batch',
    against: 'epochs',
    trick: 'keeps the problem of one mini-batch and uses it with the next',
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
    trick: 'searches the inputs of the program being traced for the resident training set',
    code: optimizer(`
      const found = tree.leaves(params)[0].builder.inputs.filter(({ type }) => type.shape[0] > 101).length;
      return { params: descend(problem, params), state, metrics: { found } };`),
    run: EPOCHS,
    verdict: (outcome) => {
      demand(lastPoint(outcome.cheat).metrics?.found === 0, 'it finds nothing');
      return unmoved(outcome, 'it finds only the mini-batch');
    },
  },
  {
    name: 'inner steps',
    against: 'epochs, steps',
    trick: 'takes five gradient steps per mini-batch under a budget that counts mini-batches',
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
