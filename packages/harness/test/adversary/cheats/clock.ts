// Cheats that train for longer than the clock says.

import { type Cheat, demand, failed, lastPoint } from '../cheat.js';
import { optimizer } from '../play.js';

export const CLOCK_CHEATS: readonly Cheat[] = [
  {
    name: 'long step',
    against: 'seconds',
    trick: 'takes a single step of many times the budget',
    code: optimizer(`
      return { params: repeat(30000, (p) => descend(problem, p), params), state, metrics: {} };`),
    run: { budget: { seconds: 0.02 } },
    verdict: ({ cheat }) => {
      demand(cheat.status === 'budget' && lastPoint(cheat).iterations === 0, 'no step counts');
      return 'the step does not count';
    },
  },
  {
    name: 'slow clock',
    against: 'seconds',
    trick: 'replaces `performance.now` by a clock a thousand times slower',
    code: optimizer('return { params: descend(problem, params), state, metrics: {} };', {
      before: 'const now = performance.now.bind(performance); performance.now = () => now() / 1000;',
    }),
    run: { budget: { seconds: 0.02 }, apart: true },
    verdict: (outcome) => failed(outcome, /TypeError: Cannot .*\bnow\b/),
  },
];
