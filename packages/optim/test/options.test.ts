// Unknown options and impossible values of the building blocks: refused where a rule is made, before anything is traced.

import { scalar, type Tensor, trace } from '@gaussmark/autodiff';
import { expect, it } from 'vitest';
import * as optim from '../src/index.js';

const gain = (ratio: Tensor) => ({ ratio, isNoise: ratio }) as never;
const line = (loss: Tensor) => ({ loss, slope: loss, lossAt: () => loss, at: () => ({ loss, slope: loss }) });

/** Each call gets its valid options with a misspelled one. */
const CALLS: Readonly<
  Record<string, readonly [valid: object, call: (options: never, x: Tensor) => unknown]>
> = {
  scaleByAdam: [{}, (options) => optim.scaleByAdam(options)],
  scaleByRms: [{}, (options) => optim.scaleByRms(options)],
  scaleByAdagrad: [{}, (options) => optim.scaleByAdagrad(options)],
  scaleByLion: [{}, (options) => optim.scaleByLion(options)],
  scaleByMuon: [{ iterations: 3 }, (options) => optim.scaleByMuon(options)],
  orthogonalize: [{}, (options, x) => optim.orthogonalize(x, options)],
  clipAdaptively: [{ clipping: 1 }, (options) => optim.clipAdaptively(options)],
  momentum: [{}, (options) => optim.momentum(0.9, options)],
  exponentialMean: [{ decay: 0.9 }, (options) => optim.exponentialMean(options)],
  lbfgs: [{}, (options) => optim.lbfgs(options)],
  linear: [{}, (options) => optim.linear(options)],
  cosine: [{ warmup: 0.1 }, (options) => optim.cosine(options)],
  polynomial: [{ power: 2 }, (options) => optim.polynomial(options)],
  exponential: [{ factor: 0.1 }, (options) => optim.exponential(options)],
  staircase: [{ factor: 0.1 }, (options) => optim.staircase(options)],
  inverseSquareRoot: [{ warmup: 1 }, (options) => optim.inverseSquareRoot(options)],
  warmUp: [{ length: 1 }, (options) => optim.warmUp(optim.constant(1), options)],
  milestones: [{ at: [] }, (options) => optim.milestones(options)],
  warmupStableDecay: [{ decay: 0.2 }, (options) => optim.warmupStableDecay(options)],
  lineSearch: [
    { stepSize: 1, sufficientDecrease: 1e-4, backtrackingFactor: 0.5, maxLineSearchSteps: 1 },
    (options, x) => optim.lineSearch(line(x), options),
  ],
  grownStepSize: [{ growth: 2, maxStepSize: 1 }, (options, x) => optim.grownStepSize(x, options)],
  strongWolfe: [{}, (options, x) => optim.strongWolfe(line(x), options)],
  trustRadius: [{ maxRadius: 1 }, (options, x) => optim.trustRadius(x, gain(x), x, options)],
  predictedChange: [{}, (options, x) => optim.predictedChange(x, x, x, options)],
  levenbergMarquardt: [
    { damping: 1, minDamping: 0.1 },
    (options, x) => optim.levenbergMarquardt(x, gain(x), options),
  ],
  diagonalPreconditioner: [
    { exponent: 1, least: 1 },
    (options, x) => optim.diagonalPreconditioner(x, options),
  ],
  conjugateGradient: [
    { maxIterations: 1, tolerance: 0 },
    (options, x) => optim.conjugateGradient((v: Tensor) => v, x, options),
  ],
  minres: [{ maxIterations: 1, tolerance: 0 }, (options, x) => optim.minres((v: Tensor) => v, x, options)],
  steihaug: [{ maxIterations: 1 }, (options, x) => optim.steihaug((v: Tensor) => v, x, 1, options)],
};

it.each(Object.entries(CALLS))('%s refuses an option that it does not have', (name, [valid, call]) => {
  const run = () =>
    trace(
      (x: Tensor) => {
        call({ ...valid, weigthDecay: 1 } as never, x);
        return scalar(0, 'float64');
      },
      { dtype: 'float64', shape: [] },
    );
  expect(run).toThrow(TypeError);
  expect(run).toThrow(`${name}: unknown option 'weigthDecay'`);
});

it('looks into nested options too', () => {
  expect(() => optim.milestones({ at: [{ at: 0.5, factr: 0.1 } as never] })).toThrow(
    "did you mean 'factor'?",
  );
  expect(() => optim.scaleByAdam({ eps: 1 } as never)).toThrow("did you mean 'epsilon'?");
});

/** Values that no rule can work with. */
const BAD: readonly (readonly [string, (x: Tensor) => unknown])[] = [
  ['momentum of 1', () => optim.momentum(1)],
  ['momentum of NaN', () => optim.momentum(Number.NaN)],
  ['weight decay of NaN', () => optim.addDecayedWeights(Number.NaN)],
  ['negative weight decay', () => optim.addDecayedWeights(-0.1)],
  ['epsilon of NaN', () => optim.scaleByAdam({ epsilon: Number.NaN })],
  ['negative epsilon', () => optim.scaleByRms({ epsilon: -1 })],
  ['epsilon of infinity', () => optim.scaleByAdagrad({ epsilon: Number.POSITIVE_INFINITY })],
  ['rate of NaN', () => optim.inverseSquareRoot({ from: Number.NaN, warmup: 10 })],
  ['warm-up without end', () => optim.inverseSquareRoot({ warmup: Number.POSITIVE_INFINITY })],
  ['factor of infinity', () => optim.exponential({ factor: Number.POSITIVE_INFINITY })],
  ['power of NaN', () => optim.polynomial({ power: Number.NaN })],
  ['budget of half an iteration', (x) => optim.steihaug((v: Tensor) => v, x, 1, { maxIterations: 0.5 })],
  ['radius that is not above 0', (x) => optim.trustRadius(x, gain(x), x, { maxRadius: 0 })],
  ['damping of NaN', (x) => optim.levenbergMarquardt(x, gain(x), { damping: Number.NaN, minDamping: 0 })],
  [
    'factor that lengthens steps',
    (x) =>
      optim.lineSearch(line(x), {
        stepSize: 1,
        sufficientDecrease: 1e-4,
        backtrackingFactor: 2,
        maxLineSearchSteps: 1,
      }),
  ],
];

it.each(BAD)('refuses a %s', (_, call) => {
  const run = () =>
    trace(
      (x: Tensor) => {
        call(x);
        return x;
      },
      { dtype: 'float64', shape: [] },
    );
  expect(run).toThrow(RangeError);
});
