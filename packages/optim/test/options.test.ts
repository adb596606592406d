// Unknown options of the building blocks: refused where a rule is made, before anything is traced.

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
