// How close to the reference an engine must be, by primitive and dtype, with the reason.

import type { Primitive } from '@gaussmark/autodiff';

/** What an error is measured against. */
export type Scale =
  /** The element itself. */
  | 'element'
  /** The element, or 1 if it is smaller: for functions whose natural range is about 1. */
  | 'unit'
  /** The same sum over absolute values, sum |a||b|: the rounding of a sum is proportional to it, despite cancellation. */
  | 'magnitude'
  /** The largest element of the tensor, or of its change if it updates an input. */
  | 'tensor';

export interface Tolerance {
  readonly scale: Scale;
  /** The largest error in machine epsilons (2^-23, 2^-52) of the scale; 0 means equal. Integers and booleans are always exact. */
  readonly float32: number;
  readonly float64: number;
  readonly reason: string;
}

const exact = (reason: string): Tolerance => ({ scale: 'element', float32: 0, float64: 0, reason });

const COPIES = exact('copies or selects values without computing any');
const SIGN_BITS = exact('changes or reads only the sign');
const ROUNDED: Tolerance = {
  scale: 'element',
  float32: 1,
  float64: 1,
  reason: 'one operation, rounded once; either neighbour of the exact result passes',
};
const LIBRARY: Tolerance = {
  scale: 'unit',
  float32: 8,
  float64: 8,
  reason: 'a library function: vectorized approximations are accurate to a few units in the last place',
};
const SUMMED: Tolerance = {
  scale: 'magnitude',
  float32: 16,
  float64: 16,
  reason: 'at most a few hundred terms in any order: the error is a few epsilons of sum |a||b|',
};

const MANY_OPERATIONS: Tolerance = {
  scale: 'tensor',
  float32: 256,
  float64: 256,
  reason: 'dozens of consecutive operations, each rounded',
};

/** Of programs that draw random numbers. */
export const RANDOM_TOLERANCE = exact('random bits, and one rounding that all engines share');

/** Exhaustive: it does not compile if a primitive has no tolerance. */
export const TOLERANCES: { readonly [P in Primitive]: Tolerance } = {
  neg: SIGN_BITS,
  abs: SIGN_BITS,
  sign: SIGN_BITS,
  exp: {
    scale: 'element',
    float32: 64,
    float64: 8,
    reason: 'rounding an argument of 30 to float32 shifts it by 16 epsilons, and exp(x) by as many of itself',
  },
  log: LIBRARY,
  sqrt: {
    ...ROUNDED,
    float32: 4,
    reason: 'rounded once by IEEE 754; GPUs compute 1/rsqrt(x), within a few epsilons',
  },
  sin: LIBRARY,
  cos: LIBRARY,
  tanh: LIBRARY,
  sigmoid: LIBRARY,
  relu: COPIES,
  isFinite: exact('a boolean'),
  not: exact('a boolean'),
  cast: {
    scale: 'element',
    float32: 1,
    float64: 0,
    reason: 'rounded once to a narrower float, otherwise exact',
  },
  stopGradient: COPIES,

  add: ROUNDED,
  sub: ROUNDED,
  mul: ROUNDED,
  div: {
    ...ROUNDED,
    float32: 4,
    reason: 'rounded once by IEEE 754; GPUs are within 2.5 units in the last place',
  },
  pow: {
    scale: 'element',
    float32: 64,
    float64: 8,
    reason: 'exp(b log a): the exponent multiplies the error of log',
  },
  maximum: COPIES,
  minimum: COPIES,
  equal: exact('a boolean'),
  less: exact('a boolean'),
  lessEqual: exact('a boolean'),
  and: exact('a boolean'),
  or: exact('a boolean'),
  xor: exact('bits'),
  shiftRight: exact('bits'),
  threefry2x32: exact('bits'),
  select: COPIES,

  reduceSum: SUMMED,
  reduceMax: COPIES,
  argMax: exact('an index'),
  softmax: {
    ...LIBRARY,
    float32: 16,
    float64: 16,
    reason: 'an exponential divided by a sum of exponentials, at most 1',
  },
  logSoftmax: {
    ...LIBRARY,
    float32: 16,
    float64: 16,
    reason: 'x - max - log(sum of exponentials): each term is rounded',
  },

  matmul: SUMMED,
  conv2d: SUMMED,
  conv2dInputAdjoint: SUMMED,
  conv2dFilterAdjoint: SUMMED,

  maxPool2d: COPIES,
  maxPool2dTake: COPIES,
  maxPool2dScatter: SUMMED,

  reshape: COPIES,
  transpose: COPIES,
  broadcast: COPIES,
  concat: COPIES,
  slice: COPIES,
  pad: COPIES,
  take: COPIES,
  scatterAdd: SUMMED,

  while: MANY_OPERATIONS,
  scan: MANY_OPERATIONS,
  cond: {
    scale: 'tensor',
    float32: 64,
    float64: 64,
    reason: 'a few consecutive operations, each rounded',
  },
};
