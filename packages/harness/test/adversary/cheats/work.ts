// Cheats that do work which is not to be counted.

import {
  billedAlike,
  type Cheat,
  demand,
  lastPoint,
  unmoved,
  unrolled,
  WORK,
  work,
  workPerStep,
} from '../cheat.js';
import { optimizer } from '../play.js';

export const WORK_CHEATS: readonly Cheat[] = [
  {
    name: 'hidden loop',
    against: 'work',
    trick: 'takes five gradient steps per mini-batch in a loop, without a metric',
    code: optimizer(`
      return { params: repeat(5, (p) => descend(problem, p), params), state, metrics: {} };`),
    honest: unrolled(5),
    run: WORK,
    verdict: billedAlike,
  },
  {
    name: 'nested loops',
    against: 'work',
    trick: 'nests two loops and reports one iteration in its metrics',
    code: optimizer(`
      const inner = (p) => repeat(3, (p) => descend(problem, p), p, { name: 'inner' });
      return { params: repeat(2, inner, params, { name: 'outer' }), state, metrics: { innerIterations: 1, outerIterations: 1 } };`),
    honest: unrolled(6),
    run: WORK,
    verdict: billedAlike,
  },
  {
    name: 'loop in a branch',
    against: 'work',
    trick: 'hides the loop in a branch inside a loop',
    code: optimizer(`
      const often = (p) => cond(less(0, problem.loss(p)),
        () => repeat(4, (p) => descend(problem, p), p),
        () => p);
      return { params: repeat(2, often, params), state, metrics: {} };`),
    // Each round evaluates the loss once besides.
    honest: optimizer(`
      let at = params;
      for (let k = 0; k < 2; k++) {
        const lossy = mul(0, problem.loss(at));
        for (let j = 0; j < 4; j++) at = descend(problem, at);
        at = tree.map((p) => add(p, lossy), at);
      }
      return { params: at, state, metrics: {} };`),
    run: WORK,
    verdict: ({ cheat }) => {
      const billed = workPerStep(cheat);
      demand(billed > 8 && billed < 9.5, `8 gradients and 2 losses are billed, got ${billed}`);
      return 'billed 8 gradients and 2 losses per step';
    },
  },
  {
    name: 'loop in a condition',
    against: 'work',
    trick: "hides the loop in another loop's condition",
    code: optimizer(`
      const searched = (p) => repeat(4, (p) => descend(problem, p), p);
      const { p } = whileLoop(({ k, p }) => less(problem.loss(searched(p)), sub(1e9, mul(1e9, cast(k, 'float64')))),
        ({ k, p }) => ({ k: add(k, 1), p: descend(problem, p) }), { k: int(0), p: params });
      return { params: p, state, metrics: {} };`),
    honest: unrolled(1),
    run: WORK,
    verdict: ({ cheat }) => {
      const billed = workPerStep(cheat);
      // One turn: the condition runs twice, with four gradients and a loss each time.
      demand(billed > 9 && billed < 10.5, `9 gradients and 2 losses are billed, got ${billed}`);
      return 'billed 9 gradients and 2 losses per step';
    },
  },
  {
    name: 'stopped gradient',
    against: 'work',
    trick: 'hides the work behind `stopGradient`, casts and gathers',
    code: optimizer(`
      let at = params;
      for (let k = 0; k < 5; k++) at = tree.map((p) => cast(cast(stopGradient(p), 'float64'), 'float64'), descend(problem, at));
      return { params: at, state, metrics: {} };`),
    honest: unrolled(5),
    run: WORK,
    verdict: billedAlike,
  },
  {
    name: 'dead metric',
    against: 'work',
    trick: 'takes extra steps for an unused metric and for one named `loss`',
    code: optimizer(`
      const ahead = descend(problem, descend(problem, params));
      return { params: descend(problem, params), state, metrics: { loss: problem.loss(ahead), ahead: vector.dot(ahead, ahead) } };`),
    honest: optimizer(`
      const ahead = descend(problem, descend(problem, params));
      return { params: descend(problem, params), state, metrics: { ahead: vector.dot(ahead, ahead) } };`),
    run: WORK,
    verdict: billedAlike,
  },
  {
    name: 'giant step',
    against: 'work',
    trick: 'takes a single step of a thousand gradients under a budget of 60',
    code: optimizer(`
      return { params: repeat(1000, (p) => descend(problem, p), params), state, metrics: {} };`),
    run: WORK,
    verdict: ({ cheat }) => {
      demand(cheat.status === 'budget' && lastPoint(cheat).iterations === 0, 'no step counts');
      return 'the step does not count';
    },
  },
  {
    name: 'giant step to NaN',
    against: 'work',
    trick: 'the same with a NaN `lossAfter`, because a diverging run keeps its last step',
    code: optimizer(`
      return { params: repeat(1000, (p) => descend(problem, p), params), state, metrics: { lossAfter: div(float(0), float(0)) } };`),
    run: WORK,
    verdict: ({ cheat }) => {
      demand(cheat.status === 'budget' && work(cheat) === 0, 'no step counts');
      return 'the step does not count';
    },
  },
  {
    name: 'work in init',
    against: 'work',
    trick: 'computes its initial state in a long loop',
    code: optimizer('return { params: descend(problem, params), state, metrics: {} };', {
      init: 'repeat(3000, (v) => tree.map((p) => mul(p, 0.999), v), params)',
    }),
    run: WORK,
    verdict: ({ cheat, honest }) => {
      const [own, due] = [cheat, honest].map((result) => lastPoint(result).iterations) as [number, number];
      demand(own < due && work(cheat) <= 60.6, `steps are left for its work in init: ${own} of ${due}`);
      return `billed before the first step, which leaves ${own} of ${due} steps`;
    },
  },
  {
    name: 'second trace',
    against: 'work',
    trick: 'returns a cheap step when first traced and an expensive one afterwards',
    code: optimizer(
      `
      calls += 1;
      let at = params;
      for (let k = 0; k < (calls === 1 ? 1 : 50); k++) at = descend(problem, at);
      return { params: at, state, metrics: {} };`,
      { before: 'let calls = 0;' },
    ),
    run: { ...WORK, batchSize: 50 },
    gains: 'allowed',
    verdict: ({ cheat }) => {
      // Of every nine steps, the short last one is traced apart; its mini-batch has 4 examples, not 50.
      const short = (50 * 4) / 50;
      const { iterations } = lastPoint(cheat);
      const due = iterations + Math.floor(iterations / 9) * (short - 1);
      demand(Math.abs(work(cheat) / due - 1) < 0.05, `${due} gradients are billed, got ${work(cheat)}`);
      return 'billed in full: many steps on the last 4 examples; all full steps use the first trace';
    },
  },
  {
    name: 'cheap side',
    against: 'work',
    trick: 'has a branch whose expensive side always runs',
    code: optimizer(
      `
      const five = () => { let at = params; for (let k = 0; k < 5; k++) at = descend(problem, at); return at; };
      return { params: cond(less(state.t, 1e9), five, () => params), state: { t: add(state.t, 1) }, metrics: {} };`,
      {
        init: '({ t: int(0) })',
      },
    ),
    honest: unrolled(5),
    run: WORK,
    verdict: billedAlike,
  },
  {
    name: 'nonsense counts',
    against: 'work, CG',
    trick: 'reports nonsense under known names: `cgIterations` is NaN, `lineSearchSteps` -1000',
    code: optimizer(
      `return { params: descend(problem, params), state, metrics: { cgIterations: float(NaN), lineSearchSteps: -1000 } };`,
    ),
    run: WORK,
    verdict: (outcome) => {
      demand(outcome.cheat.innerLoop === undefined, 'there are no inner iterations');
      return unmoved(outcome, 'charted as reported, and used for nothing');
    },
  },
  {
    name: 'CG by name',
    against: 'CG',
    trick: 'reports one CG iteration although its loop took seven',
    code: optimizer(`
      return { params: repeat(7, (p) => descend(problem, p), params, { name: 'cg' }), state, metrics: { cgIterations: 1 } };`),
    honest: unrolled(7),
    run: WORK,
    verdict: (outcome) => {
      demand(outcome.cheat.innerLoop?.iterations === 7, 'seven iterations are recorded');
      return `recorded: 7 iterations; ${billedAlike(outcome)}`;
    },
  },
  {
    name: 'unbilled polish',
    against: 'work',
    trick: 'takes 200 unbilled gradient steps on its last mini-batch at the evaluation point',
    code: `
import { exp, matmul, mean, neg, square, valueAndGrad, zeros } from '@gaussmark/autodiff';
const sigmoid = (x) => div(1, add(1, exp(neg(x))));
const loss = ({ layers: [first, last] }, { inputs, targets }) => {
  const hidden = sigmoid(add(matmul(inputs, first.weight), first.bias));
  return mean(square(sub(add(matmul(hidden, last.weight), last.bias), targets)));
};
export default { create: () => ({
  init: () => ({ inputs: zeros([101, 13], 'float64'), targets: zeros([101, 1], 'float64') }),
  step(problem, params) {
    const { inputs, targets } = problem;
    return { params: descend(problem, params), state: { inputs, targets }, metrics: {} };
  },
  evaluationPoint: (params, batch) =>
    repeat(200, (p) => vector.addScaled(p, -0.02, valueAndGrad((q) => loss(q, batch))(p).grad), params),
}) };`,
    run: WORK,
    gains: 'warned',
    verdict: ({ cheat }) => {
      demand(
        cheat.warnings?.some((each) => /evaluation point takes \d+ gradient-equivalents/.test(each)) === true,
        'it warns',
      );
      return 'the run gets a warning';
    },
  },
];
