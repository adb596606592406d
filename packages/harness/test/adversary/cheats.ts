// Optimizers that try to cheat: each a plugin of a few lines, beside an honest one that does the same openly.

import type { CellResult } from '../../src/cell/cell.js';
import { optimizer, type PlayOptions } from './play.js';

/** Trains, and tells each of the 91 parameters that it was given. */
export const TRAINER = optimizer(
  `
  const flat = tree.leaves(params).flatMap((p) => {
    const vector = reshape(p, [sizeOf(p.shape)]);
    return Array.from({ length: sizeOf(p.shape) }, (_, i) => reshape(slice(vector, [i], [i + 1]), []));
  });
  const last = select(less(state.k, 599), float(0), float(600));
  return {
    params: descend(problem, params),
    state: { k: add(state.k, 1) },
    metrics: Object.fromEntries(flat.map((value, i) => ['w' + i, mul(last, value)])),
  };`,
  { init: '({ k: int(0) })' },
);

/** The parameters in the metrics of {@link TRAINER}: means over all 600 steps, of which the last one counts. */
export const weightsOf = ({ curve }: CellResult): number[] =>
  Array.from({ length: 91 }, (_, i) => curve.at(-1)!.metrics![`w${i}`]!);

/** How a cheat came out beside its honest twin. */
export interface Outcome {
  readonly cheat: CellResult;
  readonly honest: CellResult;
}

export interface Cheat {
  readonly name: string;
  /** What it is after. */
  readonly against: string;
  /** What it does, for the table in docs/protocol.md. */
  readonly trick: string;
  /** The text of its module, after the imports; `create` is its default export's. */
  readonly code: string;
  /** The same for the honest optimizer that it is compared with. Default: {@link SGD}. */
  readonly honest?: string;
  readonly run: PlayOptions;
  /** Which number it wants to be small. Default: the loss that it is evaluated on, at the end. */
  readonly score?: (result: CellResult) => number | null;
  /** It may gain: the run has a warning, or what it does is no cheat under such a budget. */
  readonly gains?: 'warned' | 'allowed';
  /** What the harness did about it; throws where that is not so. */
  readonly verdict: (outcome: Outcome) => string;
}

/** One gradient step. */
export const SGD = optimizer('return { params: descend(problem, params), state, metrics: {} };');

const unrolled = (steps: number) =>
  optimizer(`
    let at = params;
    for (let k = 0; k < ${steps}; k++) at = descend(problem, at);
    return { params: at, state, metrics: {} };`);

const WORK: PlayOptions = { budget: { gradientEquivalents: 60 } };
const EPOCHS: PlayOptions = { budget: { epochs: 3 } };

const lastPoint = ({ curve }: CellResult) => curve.at(-1)!;
const trainLoss = (result: CellResult) => lastPoint(result).trainLoss;
export const finalLoss = (result: CellResult) =>
  lastPoint(result).validationLoss ?? lastPoint(result).testLoss;

const work = (result: CellResult) => lastPoint(result).gradientEquivalents!;
const workPerStep = (result: CellResult) => work(result) / lastPoint(result).iterations;

function demand(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not so: ${what}`);
}

/** Billed as its twin is, step by step; the counting alone makes a difference. */
function billedAlike({ cheat, honest }: Outcome): string {
  const [billed, due] = [workPerStep(cheat), workPerStep(honest)];
  demand(
    billed >= due * 0.999 && billed <= due * 1.01,
    `${billed} gradients a step are billed, ${due} were due`,
  );
  return `billed ${due.toFixed(1)} gradients a step`;
}

const unmoved = ({ cheat, honest }: Outcome, told: string): string => {
  demand(
    JSON.stringify(cheat.curve.map(untold)) === JSON.stringify(honest.curve.map(untold)),
    'the curve is that of the honest run',
  );
  return told;
};
const untold = ({
  seconds: _,
  metrics: __,
  gradientEquivalents: ___,
  ...point
}: CellResult['curve'][number]) => point;

function failed({ cheat }: Outcome, pattern: RegExp): string {
  demand(cheat.status === 'failed' && pattern.test(cheat.reason ?? ''), `it failed with ${pattern}`);
  return 'the run fails';
}

/** A step that returns what it brought along. */
const broughtAlong = (make: string): string =>
  optimizer(`
    const own = trained(params, ${make});
    return { params: vector.addScaled(own, 0, params), state, metrics: {} };`);

function warned({ cheat }: Outcome): string {
  demand(/brings along about \d+ numbers/.test(cheat.warnings?.[0] ?? ''), 'there is a warning');
  return 'a warning on the run';
}

export const CHEATS: readonly Cheat[] = [
  {
    name: 'hidden loop',
    against: 'work',
    trick: 'five gradient steps on a mini-batch in a loop, no metric',
    code: optimizer(`
      return { params: repeat(5, (p) => descend(problem, p), params), state, metrics: {} };`),
    honest: unrolled(5),
    run: WORK,
    verdict: billedAlike,
  },
  {
    name: 'nested loops',
    against: 'work',
    trick: 'a loop in a loop, and metrics that say there was one turn',
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
    trick: 'the loop stands in a branch, which stands in a loop',
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
      return 'billed 8 gradients and 2 losses a step';
    },
  },
  {
    name: 'loop in a condition',
    against: 'work',
    trick: "the loop stands in another loop's condition",
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
      return 'billed 9 gradients and 2 losses a step';
    },
  },
  {
    name: 'stopped gradient',
    against: 'work',
    trick: 'the work runs behind `stopGradient`, casts and gathers',
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
    trick: 'extra steps are made for a metric that nobody reads, and for one named `loss`',
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
    trick: 'a single step of a thousand gradients, under a budget of 60',
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
    trick: 'the same, and `lossAfter` is NaN: a run that diverges keeps its last step',
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
    trick: 'the initial state is the result of a long loop',
    code: optimizer('return { params: descend(problem, params), state, metrics: {} };', {
      init: 'repeat(3000, (v) => tree.map((p) => mul(p, 0.999), v), params)',
    }),
    run: WORK,
    verdict: ({ cheat, honest }) => {
      const [own, due] = [cheat, honest].map((result) => lastPoint(result).iterations) as [number, number];
      demand(own < due && work(cheat) <= 60.6, `steps are left for its work in init: ${own} of ${due}`);
      return `billed before the first step: ${own} steps are left of ${due}`;
    },
  },
  {
    name: 'second trace',
    against: 'work',
    trick: 'the step is cheap when it is first asked for, and dear afterwards',
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
      return 'billed as what it is: many steps on the last 4 examples; full steps are all made of the first trace';
    },
  },
  {
    name: 'cheap side',
    against: 'work',
    trick: 'a branch whose dear side always runs',
    code: optimizer(
      `
      const five = () => { let at = params; for (let k = 0; k < 5; k++) at = descend(problem, at); return at; };
      return { params: cond(less(state.t, 1e9), five, () => params), state: { t: add(state.t, 1) }, metrics: {} };`,
      {
        init: '({ t: float(0) })',
      },
    ),
    honest: unrolled(5),
    run: WORK,
    verdict: billedAlike,
  },
  {
    name: 'nonsense counts',
    against: 'work, CG',
    trick: 'metrics of magic names: `cgIterations` is NaN, `lineSearchSteps` is -1000',
    code: optimizer(
      `return { params: descend(problem, params), state, metrics: { cgIterations: float(NaN), lineSearchSteps: -1000 } };`,
    ),
    run: WORK,
    verdict: (outcome) => {
      demand(outcome.cheat.cg === undefined, 'there are no CG iterations');
      return unmoved(outcome, 'drawn as it is, and used for nothing');
    },
  },
  {
    name: 'CG by name',
    against: 'CG',
    trick: 'a metric says that CG took one iteration; its loop took seven',
    code: optimizer(`
      return { params: repeat(7, (p) => descend(problem, p), params, { name: 'cg' }), state, metrics: { cgIterations: 1 } };`),
    honest: unrolled(7),
    run: WORK,
    verdict: (outcome) => {
      demand(outcome.cheat.cg?.iterations === 7, 'seven iterations are recorded');
      return `recorded: 7 iterations; ${billedAlike(outcome)}`;
    },
  },
  {
    name: 'lying loss',
    against: 'training loss',
    trick: '`metrics.loss` is 1e-12',
    code: optimizer('return { params: descend(problem, params), state, metrics: { loss: float(1e-12) } };'),
    run: EPOCHS,
    score: trainLoss,
    verdict: (outcome) => unmoved(outcome, 'the loss is the harness’s own'),
  },
  {
    name: 'lying target',
    against: 'targets',
    trick: '`metrics.loss` is below the target, which ends the run when it is reached',
    code: optimizer('return { params: descend(problem, params), state, metrics: { loss: float(1e-12) } };'),
    run: { ...EPOCHS, target: { goals: { trainLoss: 1e-6 }, stop: true } },
    verdict: (outcome) => {
      demand(outcome.cheat.status === 'done', 'the target is not reached');
      return unmoved(outcome, 'not reached');
    },
  },
  {
    name: 'lucky loss',
    against: 'training loss',
    trick: 'the smallest loss of any mini-batch so far is told as the loss',
    code: optimizer(
      `
      const { loss, grad } = problem.valueAndGrad(params);
      const best = select(less(loss, state.best), loss, state.best);
      return { params: vector.addScaled(params, -0.02, grad), state: { best }, metrics: { loss: best } };`,
      { init: '({ best: float(1e30) })' },
    ),
    run: EPOCHS,
    score: trainLoss,
    verdict: (outcome) => unmoved(outcome, 'the loss is the harness’s own'),
  },
  {
    name: 'lucky point',
    against: 'training loss',
    trick: 'trains on in its state, and returns the point that was best on any mini-batch so far',
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
      return 'judged on mini-batches that it has not chosen by';
    },
  },
  {
    name: 'patched problem',
    against: 'training loss',
    trick: "the problem's functions are replaced while the step is traced",
    code: optimizer(`
      const params2 = descend(problem, params);
      problem.loss = () => float(0);
      problem.valueAndGrad = () => ({ loss: float(0), grad: params });
      return { params: params2, state, metrics: {} };`),
    run: EPOCHS,
    score: trainLoss,
    verdict: (outcome) => unmoved(outcome, 'the harness has a problem of its own'),
  },
  {
    name: 'hidden NaN',
    against: 'status',
    trick: '`loss` and `lossAfter` stay at 0.1 when the parameters have become NaN',
    code: optimizer(`
      const next = tree.map((p) => mul(p, div(float(0), float(0))), params);
      return { params: next, state, metrics: { loss: float(0.1), lossAfter: float(0.1) } };`),
    run: EPOCHS,
    verdict: ({ cheat }) => {
      demand(cheat.status === 'diverged' && /^loss became NaN/.test(cheat.reason ?? ''), 'it has diverged');
      return 'the run has diverged';
    },
    score: () => null,
  },
  {
    name: 'told validation',
    against: 'tuning',
    trick: 'metrics named as the criterion: `validationLoss`, `testLoss`',
    code: optimizer(
      'return { params: descend(problem, params), state, metrics: { validationLoss: float(0), testLoss: float(0) } };',
    ),
    run: { ...EPOCHS, evaluateOn: { split: 'validation', share: 0.2, seed: 1 } },
    verdict: (outcome) => unmoved(outcome, 'evaluated by the harness'),
  },
  {
    name: 'other types',
    against: 'status',
    trick: 'the parameters come back in another precision',
    code: optimizer(
      "return { params: tree.map((p) => cast(p, 'float32'), descend(problem, params)), state, metrics: {} };",
    ),
    run: EPOCHS,
    verdict: (outcome) => failed(outcome, /changed the type of params/),
  },
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
  {
    name: 'trained constants',
    against: 'all',
    trick: 'weights that were trained elsewhere are constants of the step',
    code: broughtAlong('(p, values) => reshape(vectorOf(values), p.shape)'),
    run: EPOCHS,
    gains: 'warned',
    verdict: warned,
  },
  {
    name: 'constants in pairs',
    against: 'all',
    trick: 'the same, two by two',
    code: broughtAlong(`(p, values) => {
      const pairs = Array.from({ length: Math.ceil(values.length / 2) }, (_, i) => vectorOf(values.slice(2 * i, 2 * i + 2)));
      return reshape(pairs.length === 1 ? pairs[0] : concat(pairs), p.shape);
    }`),
    run: EPOCHS,
    gains: 'warned',
    verdict: warned,
  },
  {
    name: 'numbers in places',
    against: 'all',
    trick: 'the same, rounded: each is where a slice of a long count begins',
    code: broughtAlong(`(p, values) => {
      const count = add(mul(0.001, sub(cast(iota(20001), 'float64'), 10000)), mul(0, problem.loss(params)));
      const places = values.map((value) => Math.max(0, Math.min(20000, Math.round(1000 * value) + 10000)));
      const parts = places.map((at) => slice(count, [at], [at + 1]));
      return reshape(parts.length === 1 ? parts[0] : concat(parts), p.shape);
    }`),
    run: EPOCHS,
    gains: 'warned',
    verdict: warned,
  },
  {
    name: 'signs',
    against: 'all',
    trick: '961 weights, each 0.1 or -0.1 as was decided before, are constants of the step',
    code: broughtAlong(
      '(p, values) => reshape(vectorOf(values.map((_, i) => (Math.sin(1e5 * (i + 1)) > 0 ? 0.1 : -0.1))), p.shape)',
    ),
    run: { ...EPOCHS, hidden: 64 },
    gains: 'warned',
    verdict: warned,
  },
  {
    name: 'long step',
    against: 'seconds',
    trick: 'a single step that takes many times the budget',
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
    trick: '`performance.now` is replaced by one that goes a thousandth as fast',
    code: optimizer('return { params: descend(problem, params), state, metrics: {} };', {
      before: 'const now = performance.now.bind(performance); performance.now = () => now() / 1000;',
    }),
    run: { budget: { seconds: 0.02 }, apart: true },
    verdict: (outcome) => failed(outcome, /TypeError: Cannot .*\bnow\b/),
  },
  {
    name: 'free arithmetic',
    against: 'work',
    trick: '`Array.prototype.reduce` is replaced, by which operations are added up',
    code: optimizer('return { params: descend(problem, params), state, metrics: {} };', {
      before: 'Array.prototype.reduce = () => 0;',
    }),
    run: { ...WORK, apart: true },
    verdict: (outcome) => failed(outcome, /changed the global Array\.prototype\.reduce/),
  },
  {
    name: 'patched loss',
    against: 'all',
    trick: 'the loss that the harness exports is multiplied by 1e-6',
    code: optimizer('return { params: descend(problem, params), state, metrics: {} };', {
      before: `
        import { losses } from '@gaussmark/core';
        const { evaluate } = losses.squaredError;
        losses.squaredError.evaluate = (outputs, targets) => mul(1e-6, evaluate(outputs, targets));`,
    }),
    run: EPOCHS,
    verdict: (outcome) => failed(outcome, /Cannot assign to read only property 'evaluate'/),
  },
  {
    name: 'tapped files',
    against: 'all',
    trick: 'functions of `fs` are replaced by ones that keep what is read',
    code: optimizer('return { params: descend(problem, params), state, metrics: { read } };', {
      before: `
        import fs from 'node:fs';
        import { syncBuiltinESMExports } from 'node:module';
        let read = 0;
        for (const owner of [fs, fs.promises]) for (const [name, original] of Object.entries(owner)) {
          if (/^read|^open/.test(name) && typeof original === 'function')
            owner[name] = (...args) => { read += 1; return original(...args); };
        }
        syncBuiltinESMExports();`,
    }),
    run: { ...EPOCHS, apart: true },
    verdict: (outcome) => {
      demand(lastPoint(outcome.cheat).metrics?.read === 0, 'nothing is read after its import');
      return unmoved(outcome, 'all was read before its import');
    },
  },
  {
    name: 'tapped unpacking',
    against: 'all',
    trick: 'functions of `zlib`, by which data are unpacked and constants are weighed, are replaced',
    code: optimizer('return { params: descend(problem, params), state, metrics: {} };', {
      before: `
        import zlib from 'node:zlib';
        import { syncBuiltinESMExports } from 'node:module';
        zlib.deflateRawSync = () => new Uint8Array(0);
        syncBuiltinESMExports();`,
    }),
    run: { ...EPOCHS, apart: true },
    verdict: (outcome) => failed(outcome, /changed the global node:zlib\.deflateRawSync/),
  },
];
