// The lowering table: without an ONNX form for every primitive, this file does not compile.

import { shiftRight, threefry2x32, xor } from './bits.js';
import { condLowering, type LowerProgram, scanLowering, whileLowering } from './control-flow.js';
import { conv2d, conv2dFilterAdjoint, conv2dInputAdjoint } from './convolution.js';
import { alias, cast, direct, finite, pow, select, sigmoid } from './elementwise.js';
import { scatterAdd, take } from './indexing.js';
import { broadcast, concat, pad, reshape, slice, transpose } from './layout.js';
import type { LoweringTable } from './lowering.js';
import { matmul } from './matmul.js';
import { maxPool2d, maxPool2dScatter, maxPool2dTake } from './pooling.js';
import { alongAxis, argMax, reduceMax, reduceSum } from './reductions.js';
import { webgpuLowerings } from './webgpu.js';

/** Where models run. `any`: on providers that have every operator, or can fall back on the CPU. */
export type Target = 'any' | 'webgpu';

/** @param lower lowers the programs inside loops and branches */
export function loweringTable(lower: LowerProgram, target: Target): LoweringTable {
  const table = standardTable(lower);
  return target === 'webgpu' ? { ...table, ...webgpuLowerings(table) } : table;
}

function standardTable(lower: LowerProgram): LoweringTable {
  return {
    neg: direct('Neg'),
    abs: direct('Abs'),
    sign: direct('Sign'),
    exp: direct('Exp'),
    log: direct('Log'),
    sqrt: direct('Sqrt'),
    sin: direct('Sin'),
    cos: direct('Cos'),
    tanh: direct('Tanh'),
    sigmoid,
    relu: direct('Relu'),
    isFinite: finite,
    not: direct('Not'),
    cast,
    stopGradient: alias,

    add: direct('Add'),
    sub: direct('Sub'),
    mul: direct('Mul'),
    div: direct('Div'),
    pow,
    maximum: direct('Max'),
    minimum: direct('Min'),
    equal: direct('Equal'),
    less: direct('Less'),
    lessEqual: direct('LessOrEqual'),
    and: direct('And'),
    or: direct('Or'),
    select,

    xor,
    shiftRight,
    threefry2x32,

    reduceSum,
    reduceMax,
    argMax,
    softmax: alongAxis('Softmax'),
    logSoftmax: alongAxis('LogSoftmax'),

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
