// Type rules: the output types of a primitive applied to operands, or an error that explains the mismatch.

import { WINDOW_RULES } from './infer-windows.js';
import type { Primitive, PrimitiveParams, Program } from './program.js';
import { loopOperands, scanOperands, scanResults } from './sub-programs.js';
import { demand, demandDType, expectOperands, type Group, TypeMismatch, type TypeRule } from './type-rule.js';
import {
  broadcastShapes,
  type DType,
  formatType,
  type Shape,
  sameShape,
  sameType,
  sizeOf,
  type TensorType,
} from './types.js';

/**
 * The types of a primitive's outputs.
 *
 * @param what names the operation in the error message
 * @throws TypeError if the operands or parameters do not fit; the message names the operation and the operand types.
 * @example
 * inferTypes('add', {}, [{ dtype: 'int32', shape: [3] }, { dtype: 'int32', shape: [] }]); // = [{ dtype: 'int32', shape: [3] }]
 */
export function inferTypes<P extends Primitive>(
  primitive: P,
  params: PrimitiveParams[P],
  operands: readonly TensorType[],
  what: string = primitive,
): readonly TensorType[] {
  try {
    return (RULES[primitive] as TypeRule<P>)(operands, params);
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    throw new TypeError(`${what}(${operands.map(formatType).join(', ')}): ${error.message}`);
  }
}

function unary(group: Group, result?: DType): TypeRule<Primitive> {
  return (operands) => {
    const x = expectOperands(operands, 1)[0]!;
    demandDType(x, group);
    return [result === undefined ? x : { dtype: result, shape: x.shape }];
  };
}

function binary(group: Group, result?: DType): TypeRule<Primitive> {
  return (operands) => {
    const [a, b] = expectOperands(operands, 2) as [TensorType, TensorType];
    demand(a.dtype === b.dtype, 'dtypes differ; cast() one of them');
    demandDType(a, group);
    return [{ dtype: result ?? a.dtype, shape: commonShape(a.shape, b.shape) }];
  };
}

function commonShape(...shapes: readonly Shape[]): Shape {
  const shape = broadcastShapes(...shapes);
  demand(shape !== undefined, 'shapes do not broadcast: sizes must be equal or 1, aligned at the last axis');
  return shape;
}

function demandAxis(axis: number, shape: Shape): void {
  demand(
    Number.isInteger(axis) && axis >= 0 && axis < shape.length,
    `axis ${axis} does not exist in ${shape.length} axes`,
  );
}

function reduced(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  for (const [i, axis] of axes.entries()) {
    demandAxis(axis, shape);
    demand(i === 0 || axes[i - 1]! < axis, `axes [${axes.join(',')}] are not ascending`);
  }
  return keepDims
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));
}

function demandShape(shape: Shape): void {
  demand(
    shape.every((size) => Number.isInteger(size) && size >= 0),
    `[${shape.join(',')}] is not a shape`,
  );
}

function demandTypes(what: string, got: readonly TensorType[], expected: readonly TensorType[]): void {
  demand(
    got.length === expected.length && got.every((type, i) => sameType(type, expected[i]!)),
    () =>
      `${what}: expected (${expected.map(formatType).join(', ')}), got (${got.map(formatType).join(', ')})`,
  );
}

const typesOf = (atoms: readonly { readonly type: TensorType }[]) => atoms.map((atom) => atom.type);

function callTypes(what: string, program: Program, operands: readonly TensorType[]): readonly TensorType[] {
  demandTypes(`inputs of the ${what}`, operands, typesOf(program.inputs));
  return typesOf(program.outputs);
}

const BOOL: TensorType = { dtype: 'bool', shape: [] };

const RULES: { readonly [P in Primitive]: TypeRule<P> } = {
  neg: unary('number'),
  abs: unary('number'),
  sign: unary('float'),
  exp: unary('float'),
  log: unary('float'),
  sqrt: unary('float'),
  sin: unary('float'),
  cos: unary('float'),
  tanh: unary('float'),
  sigmoid: unary('float'),
  relu: unary('float'),
  isFinite: unary('float', 'bool'),
  not: unary('bool'),
  cast: (operands, { dtype }) => [{ dtype, shape: expectOperands(operands, 1)[0]!.shape }],
  stopGradient: unary('any'),

  add: binary('number'),
  sub: binary('number'),
  mul: binary('number'),
  div: binary('number'),
  pow: binary('float'),
  maximum: binary('number'),
  minimum: binary('number'),
  equal: binary('any', 'bool'),
  less: binary('number', 'bool'),
  lessEqual: binary('number', 'bool'),
  and: binary('bool'),
  or: binary('bool'),
  xor: binary('int32'),
  shiftRight: (operands, { bits }) => {
    demand(Number.isInteger(bits) && bits >= 0 && bits < 32, `expected a shift of 0 to 31 bits, got ${bits}`);
    return unary('int32')(operands, {});
  },
  threefry2x32: (operands) => {
    for (const operand of expectOperands(operands, 4)) demandDType(operand, 'int32');
    const word: TensorType = { dtype: 'int32', shape: commonShape(...operands.map(({ shape }) => shape)) };
    return [word, word];
  },

  select: (operands) => {
    const [predicate, a, b] = expectOperands(operands, 3) as [TensorType, TensorType, TensorType];
    demand(predicate.dtype === 'bool', 'the predicate is not bool');
    demand(a.dtype === b.dtype, 'the dtypes of the alternatives differ; cast() one of them');
    return [{ dtype: a.dtype, shape: commonShape(predicate.shape, a.shape, b.shape) }];
  },

  reduceSum: (operands, { axes, keepDims }) => {
    const x = expectOperands(operands, 1)[0]!;
    demandDType(x, 'number');
    return [{ dtype: x.dtype, shape: reduced(x.shape, axes, keepDims) }];
  },
  reduceMax: (operands, { axes, keepDims }) => {
    const x = expectOperands(operands, 1)[0]!;
    demandDType(x, 'number');
    demand(
      axes.every((axis) => x.shape[axis] !== 0),
      'the maximum over an empty axis is undefined',
    );
    return [{ dtype: x.dtype, shape: reduced(x.shape, axes, keepDims) }];
  },
  argMax: (operands, { axis }) => {
    const x = expectOperands(operands, 1)[0]!;
    demandDType(x, 'float');
    demand(x.shape[axis] !== 0, 'the maximum over an empty axis is undefined');
    return [{ dtype: 'int32', shape: reduced(x.shape, [axis], false) }];
  },
  softmax: alongAxis,
  logSoftmax: alongAxis,

  matmul: (operands, { transposeA, transposeB }) => {
    const [a, b] = expectOperands(operands, 2) as [TensorType, TensorType];
    demand(a.dtype === b.dtype, 'dtypes differ; cast() one of them');
    demandDType(a, 'float');
    demand(a.shape.length >= 2 && b.shape.length >= 2, 'expected matrices, or batches of them');
    const batch = a.shape.slice(0, -2);
    demand(sameShape(batch, b.shape.slice(0, -2)), 'the leading axes differ');
    const [rows, inner] = transposeA
      ? [a.shape.at(-1)!, a.shape.at(-2)!]
      : [a.shape.at(-2)!, a.shape.at(-1)!];
    const [innerB, columns] = transposeB
      ? [b.shape.at(-1)!, b.shape.at(-2)!]
      : [b.shape.at(-2)!, b.shape.at(-1)!];
    demand(inner === innerB, `the inner sizes differ: ${inner} and ${innerB}`);
    return [{ dtype: a.dtype, shape: [...batch, rows, columns] }];
  },

  ...WINDOW_RULES,

  reshape: (operands, { shape }) => {
    const x = expectOperands(operands, 1)[0]!;
    demandShape(shape);
    demand(
      sizeOf(x.shape) === sizeOf(shape),
      `[${shape.join(',')}] has ${sizeOf(shape)} elements, expected ${sizeOf(x.shape)}`,
    );
    return [{ dtype: x.dtype, shape }];
  },
  transpose: (operands, { permutation }) => {
    const x = expectOperands(operands, 1)[0]!;
    const sorted = [...permutation].sort((a, b) => a - b);
    demand(
      sorted.length === x.shape.length && sorted.every((axis, i) => axis === i),
      `[${permutation.join(',')}] is not a permutation of the axes`,
    );
    return [{ dtype: x.dtype, shape: permutation.map((axis) => x.shape[axis]!) }];
  },
  broadcast: (operands, { shape }) => {
    const x = expectOperands(operands, 1)[0]!;
    demandShape(shape);
    demand(sameShape(commonShape(x.shape, shape), shape), `cannot be broadcast to [${shape.join(',')}]`);
    return [{ dtype: x.dtype, shape }];
  },
  concat: (operands, { axis }) => {
    const first = operands[0];
    demand(first !== undefined, 'expected at least one operand');
    demandAxis(axis, first.shape);
    for (const other of operands) {
      demand(other.dtype === first.dtype, 'dtypes differ; cast() some of them');
      demand(
        other.shape.length === first.shape.length &&
          other.shape.every((n, i) => i === axis || n === first.shape[i]),
        `shapes may differ only along axis ${axis}`,
      );
    }
    const total = operands.reduce((size, operand) => size + operand.shape[axis]!, 0);
    return [{ dtype: first.dtype, shape: first.shape.map((size, i) => (i === axis ? total : size)) }];
  },
  slice: (operands, { starts, stops }) => {
    const x = expectOperands(operands, 1)[0]!;
    const fits =
      starts.length === x.shape.length &&
      stops.length === x.shape.length &&
      [...starts, ...stops].every(Number.isInteger) &&
      x.shape.every((size, i) => 0 <= starts[i]! && starts[i]! <= stops[i]! && stops[i]! <= size);
    demand(fits, `[${starts.join(',')}]..[${stops.join(',')}] is out of range`);
    return [{ dtype: x.dtype, shape: starts.map((start, i) => stops[i]! - start) }];
  },
  pad: (operands, { before, after }) => {
    const x = expectOperands(operands, 1)[0]!;
    demandDType(x, 'number');
    const fits =
      before.length === x.shape.length &&
      after.length === x.shape.length &&
      [...before, ...after].every((n) => Number.isInteger(n) && n >= 0);
    demand(
      fits,
      `[${before.join(',')}] and [${after.join(',')}] are not valid padding for ${x.shape.length} axes`,
    );
    return [{ dtype: x.dtype, shape: x.shape.map((size, i) => before[i]! + size + after[i]!) }];
  },
  take: (operands) => {
    const [x, indices] = expectOperands(operands, 2) as [TensorType, TensorType];
    demand(x.shape.length >= 1, 'a scalar has no rows');
    demand(indices.dtype === 'int32' && indices.shape.length === 1, 'expected int32 indices along one axis');
    return [{ dtype: x.dtype, shape: [indices.shape[0]!, ...x.shape.slice(1)] }];
  },
  scatterAdd: (operands, { size }) => {
    const [rows, indices] = expectOperands(operands, 2) as [TensorType, TensorType];
    demandDType(rows, 'float');
    demand(rows.shape.length >= 1, 'a scalar has no rows');
    demand(indices.dtype === 'int32' && indices.shape.length === 1, 'expected int32 indices along one axis');
    demand(rows.shape[0] === indices.shape[0], 'expected one index per row');
    demand(Number.isInteger(size) && size >= 0, `${size} is not a number of rows`);
    return [{ dtype: rows.dtype, shape: [size, ...rows.shape.slice(1)] }];
  },

  while: (operands, params) => {
    const { condition, body, carry } = loopOperands(params, operands);
    const test = callTypes('condition', params.condition, [...condition, ...carry]);
    demandTypes('output of the condition', test, [BOOL]);
    demandTypes('outputs of the body', callTypes('body', params.body, [...body, ...carry]), carry);
    return carry;
  },
  scan: (operands, params) => {
    const { length, body, carries } = params;
    demand(Number.isInteger(length) && length >= 1, `expected a length of at least 1, got ${length}`);
    const { captures, carry, xs } = scanOperands(params, operands);
    const elements = xs.map(({ dtype, shape }): TensorType => {
      demand(
        shape[0] === length,
        `expected [${length}, ...] for every scanned input, got [${shape.join(',')}]`,
      );
      return { dtype, shape: shape.slice(1) };
    });
    const outputs = callTypes('body', body, [...captures, ...carry, ...elements]);
    demandTypes('carry of the body', outputs.slice(0, carries), carry);
    const { ys } = scanResults(params, outputs);
    return [...carry, ...ys.map(({ dtype, shape }) => ({ dtype, shape: [length, ...shape] }))];
  },
  cond: (operands, { ifTrue, ifFalse }) => {
    const [predicate, ...captures] = operands;
    demand(predicate !== undefined && sameType(predicate, BOOL), 'the predicate is not a bool scalar');
    const outputs = callTypes('true branch', ifTrue, captures);
    demandTypes('outputs of the false branch', callTypes('false branch', ifFalse, captures), outputs);
    return outputs;
  },
};

function alongAxis(
  operands: readonly TensorType[],
  { axis }: { readonly axis: number },
): readonly TensorType[] {
  const x = expectOperands(operands, 1)[0]!;
  demandDType(x, 'float');
  demandAxis(axis, x.shape);
  return [x];
}
