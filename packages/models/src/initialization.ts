// Initial weights of dense layers: named distributions over numpy's legacy generator.

import { RandomState } from './numpy-legacy.js';

/** Draws one weight of a layer with `fanIn` inputs and `fanOut` outputs. */
type Draw = (random: RandomState, fanIn: number, fanOut: number) => number;

interface Distribution {
  readonly draw: Draw;
  /** The generator's seed when none is given; `null` takes the run's. */
  readonly seed: number | null;
}

const unitNormal: Draw = (random) => random.standardNormal();

/**
 * - `paper`: N(0, 1), unscaled, from seed 10 in every run, as in the archived experiments of arXiv 2006.02409.
 * - `normal`: N(0, 1), unscaled, from the run's seed.
 * - `glorot`: U(-s, s), s = sqrt(6 / (fanIn + fanOut)). Glorot and Bengio, AISTATS 2010.
 * - `he`: N(0, 2 / fanIn). He et al., arXiv 1502.01852.
 * - `lecun`: N(0, 1 / fanIn). LeCun et al., Efficient BackProp, 1998.
 */
const DISTRIBUTIONS = {
  paper: { draw: unitNormal, seed: 10 },
  normal: { draw: unitNormal, seed: null },
  glorot: {
    draw: (random, fanIn, fanOut) => {
      const s = Math.sqrt(6 / (fanIn + fanOut));
      return random.uniform(-s, s);
    },
    seed: null,
  },
  he: { draw: (random, fanIn) => Math.sqrt(2 / fanIn) * random.standardNormal(), seed: null },
  lecun: { draw: (random, fanIn) => Math.sqrt(1 / fanIn) * random.standardNormal(), seed: null },
} as const satisfies Readonly<Record<string, Distribution>>;

export type Initialization = keyof typeof DISTRIBUTIONS;

export const INITIALIZATIONS = Object.keys(DISTRIBUTIONS) as readonly Initialization[];

/**
 * A source of weight matrices: each call draws the next layer's (fanIn, fanOut) values in row-major order, one stream
 * through all layers.
 *
 * @param runSeed the run's seed, used unless `seed` or the initialization itself fixes one.
 * @param seed the generator's seed, or `null` for the initialization's own choice.
 * @throws RangeError if the seed is not an integer from 0 to 2^32 - 1.
 */
export function weightSource(
  initialization: Initialization,
  runSeed: number,
  seed: number | null,
): (fanIn: number, fanOut: number) => Float64Array {
  const distribution: Distribution = DISTRIBUTIONS[initialization];
  const random = new RandomState(seed ?? distribution.seed ?? runSeed);
  return (fanIn, fanOut) => {
    const weights = new Float64Array(fanIn * fanOut);
    for (let i = 0; i < weights.length; i++) weights[i] = distribution.draw(random, fanIn, fanOut);
    return weights;
  };
}
