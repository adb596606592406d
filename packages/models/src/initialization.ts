// Initial weights: named distributions over numpy's legacy generator.

import { type Shape, sizeOf, type TensorType, type TensorValue, type Tree, tree } from '@gaussmark/autodiff';
import { RandomState } from '@gaussmark/random';

/** A weight to draw, or to fill with a constant. */
export interface WeightShape {
  readonly shape: Shape;
  /** Numbers summed for each output. */
  readonly fanIn: number;
  /** Outputs that each input contributes to. */
  readonly fanOut: number;
  /** The constant, if nothing is drawn. */
  readonly value?: number;
}

/** A weight filled with a constant. */
export function constant(shape: Shape, value: number): WeightShape {
  return { shape, fanIn: 0, fanOut: 0, value };
}

/** Draws the next weight, in row-major order, as float64. */
export type WeightSource = (weight: WeightShape) => TensorValue;

/**
 * Initial values of a network and, from the same code, their types without drawing them.
 *
 * @param values all initial values; every array must come from the source
 */
export function start<V extends Tree<TensorValue>>(
  values: (draw: WeightSource) => V,
  source: (seed: number) => WeightSource,
): { init(seed: number): V; types(): Tree<TensorType> } {
  return {
    init: (seed) => values(source(seed)),
    types: () => tree.map(({ type }: TensorValue): TensorType => type, values(typesAlone)),
  };
}

const typesAlone: WeightSource = ({ shape }) => ({
  type: { dtype: 'float64', shape },
  data: new Float64Array(0),
});

/** Draws the numbers of a weight one by one. */
type Draw = (random: RandomState, weight: WeightShape) => () => number;

interface Distribution {
  readonly draw: Draw;
  /** The generator's default seed; `null` for the run's. */
  readonly seed: number | null;
}

const normal =
  (variance: (weight: WeightShape) => number): Draw =>
  (random, weight) => {
    const deviation = Math.sqrt(variance(weight));
    return () => deviation * random.standardNormal();
  };

/**
 * - `paper`: N(0, 1), unscaled, from seed 10 in every run, as in the archived MLP experiments of arXiv 2006.02409.
 * - `normal`: N(0, 1), unscaled, from the run's seed.
 * - `glorot`: U(-s, s), s = sqrt(6 / (fanIn + fanOut)). Glorot and Bengio, AISTATS 2010.
 * - `he`: N(0, 2 / fanIn). He et al., arXiv 1502.01852.
 * - `lecun`: N(0, 1 / fanIn). LeCun et al., Efficient BackProp, 1998.
 */
const DISTRIBUTIONS = {
  paper: { draw: normal(() => 1), seed: 10 },
  normal: { draw: normal(() => 1), seed: null },
  glorot: {
    draw: (random, { fanIn, fanOut }) => {
      const s = Math.sqrt(6 / (fanIn + fanOut));
      return () => random.uniform(-s, s);
    },
    seed: null,
  },
  he: { draw: normal(({ fanIn }) => 2 / fanIn), seed: null },
  lecun: { draw: normal(({ fanIn }) => 1 / fanIn), seed: null },
} as const satisfies Readonly<Record<string, Distribution>>;

export type Initialization = keyof typeof DISTRIBUTIONS;

export const INITIALIZATIONS = Object.keys(DISTRIBUTIONS) as readonly Initialization[];

/** Initializations whose scale depends on the size of the layer. */
export const SCALED_INITIALIZATIONS = ['glorot', 'he', 'lecun'] as const satisfies readonly Initialization[];

export type ScaledInitialization = (typeof SCALED_INITIALIZATIONS)[number];

/**
 * A source of weights, all drawn from one stream.
 *
 * @param runSeed the run's seed, used unless `seed` or the initialization itself fixes one.
 * @param seed the generator's seed, or `null` for the initialization's own choice.
 * @throws RangeError if the seed is not an integer from 0 to 2^32 - 1.
 */
export function weightSource(
  initialization: Initialization,
  runSeed: number,
  seed: number | null,
): WeightSource {
  const distribution: Distribution = DISTRIBUTIONS[initialization];
  const random = new RandomState(seed ?? distribution.seed ?? runSeed);
  return orConstant((weight) => filled(weight.shape, distribution.draw(random, weight)));
}

/**
 * A source of uniform weights, U(-s, s) with s = `bound(weight)`.
 *
 * @throws RangeError if the seed is not an integer from 0 to 2^32 - 1.
 */
export function uniformSource(seed: number, bound: (weight: WeightShape) => number): WeightSource {
  const random = new RandomState(seed);
  return orConstant((weight) => {
    const s = bound(weight);
    return filled(weight.shape, () => random.uniform(-s, s));
  });
}

/**
 * A source of sparse weights (fanIn, fanOut): each unit has `connections` inputs (or all, if there are fewer) with weights N(0, 1);
 * the others are 0. The size of a unit's input thus does not depend on its fan-in, and units differ.
 *
 * J. Martens, *Deep learning via Hessian-free optimization*, ICML 2010, section 5.
 *
 * @throws RangeError if the seed is not an integer from 0 to 2^32 - 1.
 */
export function sparseSource(seed: number, connections = 15): WeightSource {
  const random = new RandomState(seed);
  return orConstant(({ shape, fanIn, fanOut }) => {
    const data = new Float64Array(sizeOf(shape));
    for (let unit = 0; unit < fanOut; unit++) {
      for (const input of choice(random, fanIn, Math.min(connections, fanIn))) {
        data[input * fanOut + unit] = random.standardNormal();
      }
    }
    return { type: { dtype: 'float64', shape }, data };
  });
}

/** `count` distinct integers below `n`, uniformly over all sets. R. W. Floyd, in: Bentley, CACM 30 (1987), 754. */
function choice(random: RandomState, n: number, count: number): Iterable<number> {
  const chosen = new Set<number>();
  for (let last = n - count; last < n; last++) {
    const candidate = Math.floor(random.randomSample() * (last + 1));
    chosen.add(chosen.has(candidate) ? last : candidate);
  }
  return chosen;
}

/** Constants do not advance the stream. */
const orConstant =
  (draw: WeightSource): WeightSource =>
  (weight) =>
    weight.value === undefined ? draw(weight) : filled(weight.shape, () => weight.value!);

function filled(shape: Shape, next: () => number): TensorValue {
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = next();
  return { type: { dtype: 'float64', shape }, data };
}
