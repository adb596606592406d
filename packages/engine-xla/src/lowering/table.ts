// The lowering table: without a form in StableHLO for every primitive, this file does not compile.

import { shiftRight, threefry2x32 } from './bits.js';
import { condLowering, type LowerProgram, scanLowering, whileLowering } from './control-flow.js';
import { conv2d, conv2dFilterAdjoint, conv2dInputAdjoint } from './convolution.js';
import { alias, cast, comparison, direct, finite, pow, relu, select } from './elementwise.js';
import { scatterAdd, take } from './indexing.js';
import { broadcast, concat, pad, reshape, slice, transpose } from './layout.js';
import { maxPool2d, maxPool2dScatter, maxPool2dTake } from './pooling.js';
import { matmul } from './products.js';
import { argMax, logSoftmax, reduceMax, reduceSum, softmax } from './reductions.js';
import type { LoweringTable } from './rule.js';

/** @param lower lowers the programs inside loops and branches */
export function loweringTable(lower: LowerProgram): LoweringTable {
  return {
    neg: direct('negate'),
    abs: direct('abs'),
    sign: direct('sign'),
    exp: direct('exponential'),
    log: direct('log'),
    sqrt: direct('sqrt'),
    sin: direct('sine'),
    cos: direct('cosine'),
    tanh: direct('tanh'),
    sigmoid: direct('logistic'),
    relu,
    isFinite: finite,
    not: direct('not'),
    cast,
    stopGradient: alias,

    add: direct('add'),
    sub: direct('subtract'),
    mul: direct('multiply'),
    div: direct('divide'),
    pow,
    maximum: direct('maximum'),
    minimum: direct('minimum'),
    equal: comparison('EQ'),
    less: comparison('LT'),
    lessEqual: comparison('LE'),
    and: direct('and'),
    or: direct('or'),
    select,

    xor: direct('xor'),
    shiftRight,
    threefry2x32,

    reduceSum,
    reduceMax,
    argMax,
    softmax,
    logSoftmax,

    matmul,
    conv2d,
    conv2dInputAdjoint,
    conv2dFilterAdjoint,
    maxPool2d,
    maxPool2dTake,
    maxPool2dScatter,

    reshape,
    transpose,
    broadcast,
    concat,
    slice,
    pad,
    take,
    scatterAdd,

    while: whileLowering(lower),
    scan: scanLowering(lower),
    cond: condLowering(lower),
  };
}
