// Cheats that tell better numbers of themselves: losses, targets, a status.

import { type Cheat, demand, EPOCHS, failed, trainLoss, unmoved } from '../cheat.js';
import { optimizer } from '../play.js';

export const SCORE_CHEATS: readonly Cheat[] = [
  {
    name: 'lying loss',
    against: 'training loss',
    trick: 'reports a `metrics.loss` of 1e-12',
    code: optimizer('return { params: descend(problem, params), state, metrics: { loss: float(1e-12) } };'),
    run: EPOCHS,
    score: trainLoss,
    verdict: (outcome) => unmoved(outcome, 'the harness computes the loss itself'),
  },
  {
    name: 'lying target',
    against: 'targets',
    trick: 'reports a `metrics.loss` below the target, which would end the run',
    code: optimizer('return { params: descend(problem, params), state, metrics: { loss: float(1e-12) } };'),
    run: { ...EPOCHS, target: { goals: { trainLoss: 1e-6 }, stop: true } },
    verdict: (outcome) => {
      demand(outcome.cheat.status === 'done', 'the target is not reached');
      return unmoved(outcome, 'the target is not reached');
    },
  },
  {
    name: 'lucky loss',
    against: 'training loss',
    trick: 'reports the smallest loss of any mini-batch so far',
    code: optimizer(
      `
      const { loss, grad } = problem.valueAndGrad(params);
      const best = select(less(loss, state.best), loss, state.best);
      return { params: vector.addScaled(params, -0.02, grad), state: { best }, metrics: { loss: best } };`,
      { init: '({ best: float(1e30) })' },
    ),
    run: EPOCHS,
    score: trainLoss,
    verdict: (outcome) => unmoved(outcome, 'the harness computes the loss itself'),
  },
  {
    name: 'lucky point',
    against: 'training loss',
    trick: 'trains in its state and returns the best point on any mini-batch so far',
    code: optimizer(
      `
      const { loss, grad } = problem.valueAndGrad(state.at);
      const lucky = less(loss, state.best);
      return {
        params: tree.map((a, b) => select(lucky, a, b), state.at, params),
        state: { at: vector.addScaled(state.at, -0.02, grad), best: select(lucky, loss, state.best) },
        metrics: {},
      };`,
      { init: '({ at: params, best: float(1e30) })' },
    ),
    run: EPOCHS,
    score: trainLoss,
    verdict: ({ cheat }) => {
      demand(cheat.status === 'done', 'it runs to its end');
      return 'judged on mini-batches that played no part in its choice';
    },
  },
  {
    name: 'patched problem',
    against: 'training loss',
    trick: "replaces the problem's functions during tracing",
    code: optimizer(`
      const params2 = descend(problem, params);
      problem.loss = () => float(0);
      problem.valueAndGrad = () => ({ loss: float(0), grad: params });
      return { params: params2, state, metrics: {} };`),
    run: EPOCHS,
    score: trainLoss,
    verdict: (outcome) => unmoved(outcome, 'the harness uses its own problem'),
  },
  {
    name: 'hidden NaN',
    against: 'status',
    trick: 'keeps reporting 0.1 as `loss` and `lossAfter` after the parameters become NaN',
    code: optimizer(`
      const next = tree.map((p) => mul(p, div(float(0), float(0))), params);
      return { params: next, state, metrics: { loss: float(0.1), lossAfter: float(0.1) } };`),
    run: EPOCHS,
    verdict: ({ cheat }) => {
      demand(cheat.status === 'diverged' && /^loss became NaN/.test(cheat.reason ?? ''), 'it has diverged');
      return 'the run counts as diverged';
    },
    score: () => null,
  },
  {
    name: 'faked validation',
    against: 'tuning',
    trick: 'reports metrics named after the criterion: `validationLoss`, `testLoss`',
    code: optimizer(
      'return { params: descend(problem, params), state, metrics: { validationLoss: float(0), testLoss: float(0) } };',
    ),
    run: { ...EPOCHS, evaluateOn: { split: 'validation', share: 0.2, seed: 1 } },
    verdict: (outcome) => unmoved(outcome, 'the harness evaluates the criterion itself'),
  },
  {
    name: 'other types',
    against: 'status',
    trick: 'returns the parameters in another precision',
    code: optimizer(
      "return { params: tree.map((p) => cast(p, 'float32'), descend(problem, params)), state, metrics: {} };",
    ),
    run: EPOCHS,
    verdict: (outcome) => failed(outcome, /changed the type of params/),
  },
];
