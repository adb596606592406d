// A small timing suite whose numbers can be checked by hand.

import type { TimingCost, TimingSuite } from '../src/schema/timing-schema.js';
import { CG } from './fixture.js';

const estimate = (value: number, spread = 0) =>
  spread === 0 ? { value, low: null, high: null } : { value, low: value - spread, high: value + spread };

/** A part whose time and operations are multiples of a gradient's (2 ms, 100 MFLOP, 20 MB). */
function cost(
  part: Partial<TimingCost> & Pick<TimingCost, 'name' | 'kind'>,
  gradients: number,
  work: number,
): TimingCost {
  const seconds = 0.002 * gradients;
  return {
    seconds: estimate(seconds, 0.1 * seconds),
    gradients: gradients === 1 ? { value: 1, low: 1, high: 1 } : estimate(gradients, 0.1 * gradients),
    flops: 1e8 * work,
    bytes: 2e7 * work,
    intensity: 5,
    flopsPerSecond: (1e8 * work) / seconds,
    bytesPerSecond: (2e7 * work) / seconds,
    peakShare: estimate((0.5 * work) / gradients, 0.01),
    limit: 'compute',
    limitShare: estimate((0.5 * work) / gradients, 0.01),
    ...part,
  };
}

export function timingSuite(): TimingSuite {
  const product = {
    name: '512x512x512',
    flops: 2.7e8,
    seconds: estimate(0.0027),
    flopsPerSecond: 1e11,
    own: false,
  };
  return {
    problem: 'boston',
    engine: 'onnxruntime[threads=2]',
    engineInfo: { engine: 'onnxruntime', threads: 2 },
    dtype: 'float64',
    batchSize: 1010,
    rounds: 40,
    seconds: 20,
    clock: 'wall',
    loadAverage: 0.1,
    othersBusy: 0,
    costs: [
      cost({ name: 'forward', kind: 'forward' }, 0.4, 0.35),
      cost({ name: 'gradient', kind: 'gradient' }, 1, 1),
      cost({ name: 'GGN product', kind: 'ggnProduct', peakShare: null, flopsPerSecond: null }, 1.1, 1.2),
      cost({ name: 'CG iteration', kind: 'innerIteration', optimizer: 'sgn' }, 1.5, 1.25),
      cost({ name: 'sgd step', kind: 'step', optimizer: 'sgd' }, 1.2, 1),
      cost(
        { name: 'sgn(1) step', kind: 'step', optimizer: 'sgn', innerIterations: 1, lineSearchSteps: 0 },
        3,
        2.6,
      ),
      cost(
        { name: 'sgn(10) step', kind: 'step', optimizer: 'sgn', innerIterations: 10, lineSearchSteps: 2 },
        16,
        14,
      ),
    ],
    peak: {
      product: product.name,
      flopsPerSecond: 1e11,
      bytesPerSecond: 2.5e10,
      callSeconds: estimate(15e-6),
      products: [product],
    },
    lines: [
      {
        optimizer: 'sgn',
        iteration: CG.iteration,
        baseline: 'sgd',
        intercept: estimate(1.25, 0.1),
        slope: estimate(1.2, 0.1),
        points: [
          { innerIterations: 1, ratio: estimate(2.5, 0.2) },
          { innerIterations: 10, ratio: estimate(13.2, 0.5) },
        ],
        published: {
          title: 'Someone 2020',
          intercept: 3.4,
          slope: 1.9,
          points: [
            { innerIterations: 1, ratio: 5.3 },
            { innerIterations: 10, ratio: 22.4 },
          ],
        },
      },
    ],
  };
}
