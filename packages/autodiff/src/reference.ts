// The reference evaluator: every primitive in the simplest way, element by element. It folds small constants, and is the reference
// for testing engines and derivative rules. Use an engine to run programs.

import type {
  Atom,
  ControlFlow,
  Equation,
  EquationOf,
  Primitive,
  PrimitiveParams,
  Program,
  Variable,
} from './program.js';
import { Constant } from './program.js';
import type { Kernel, KernelInput } from './reference-kernel.js';
import { WINDOW_KERNELS } from './reference-windows.js';
import { loopOperands, scanOperands, scanResults } from './sub-programs.js';
import { threefryBlock } from './threefry.js';
import {
  allocate,
  formatType,
  type Shape,
  sameType,
  sizeOf,
  type TensorType,
  type TensorValue,
} from './types.js';

/**
 * Runs a program. float64 values are exact up to the rounding of each operation; float32 values are rounded after each.
 *
 * @throws TypeError if the inputs do not match the program
 * @example
 * const { program } = trace((x: Tensor) => mul(x, x), { dtype: 'float64', shape: [3] });
 * evaluate(program, [tensorValue('float64', [3], [1, 2, 3])])[0].data; // = [1, 4, 9]
 */
export function evaluate(program: Program, inputs: readonly TensorValue[]): TensorValue[] {
  const fits =
    inputs.length === program.inputs.length &&
    inputs.every((input, i) => sameType(input.type, program.inputs[i]!.type));
  if (!fits) {
    const list = (values: readonly { readonly type: TensorType }[]) =>
      values.map((value) => formatType(value.type)).join(', ');
    throw new TypeError(`evaluate: the program takes (${list(program.inputs)}), got (${list(inputs)})`);
  }
  const values = new Map<Variable, TensorValue>();
  const define = (variables: readonly Variable[], results: readonly TensorValue[]) => {
    for (const [i, variable] of variables.entries()) values.set(variable, results[i]!);
  };
  const read = (atom: Atom): TensorValue => (atom instanceof Constant ? atom : values.get(atom)!);
  define(program.inputs, inputs);
  for (const equation of program.equations) {
    define(equation.outputs, evaluateEquation(equation, equation.inputs.map(read)));
  }
  return program.outputs.map(read);
}

/**
 * The outputs of one equation for given operands.
 *
 * @internal
 */
export function evaluateEquation(equation: Equation, operands: readonly TensorValue[]): TensorValue[] {
  switch (equation.primitive) {
    case 'while':
      return evaluateWhile(equation, operands);
    case 'scan':
      return evaluateScan(equation, operands);
    case 'cond': {
      const [predicate, ...captures] = operands;
      const { ifTrue, ifFalse } = equation.params;
      return evaluate(predicate!.data[0] ? ifTrue : ifFalse, captures);
    }
    default: {
      const outputs = equation.outputs.map(({ type }) => ({
        type,
        data: allocate(type.dtype, sizeOf(type.shape)),
      }));
      const kernel = KERNELS[equation.primitive] as Kernel<Primitive>;
      kernel({ operands, output: outputs[0]!, outputs, params: equation.params });
      return outputs;
    }
  }
}

function evaluateWhile({ params }: EquationOf<'while'>, operands: readonly TensorValue[]): TensorValue[] {
  const captures = loopOperands(params, operands);
  let { carry } = captures;
  while (evaluate(params.condition, [...captures.condition, ...carry])[0]!.data[0])
    carry = evaluate(params.body, [...captures.body, ...carry]);
  return [...carry];
}

function evaluateScan(
  { params, outputs }: EquationOf<'scan'>,
  operands: readonly TensorValue[],
): TensorValue[] {
  const { length, reverse, body } = params;
  const { captures, carry: init, xs } = scanOperands(params, operands);
  const ys = scanResults(params, outputs).ys.map(({ type }) => ({
    type,
    data: allocate(type.dtype, sizeOf(type.shape)),
  }));
  let carry = init;
  for (let turn = 0; turn < length; turn++) {
    const i = reverse ? length - 1 - turn : turn;
    const elements = xs.map(({ type, data }) => {
      const shape = type.shape.slice(1);
      return {
        type: { dtype: type.dtype, shape },
        data: data.slice(i * sizeOf(shape), (i + 1) * sizeOf(shape)),
      };
    });
    const results = scanResults(params, evaluate(body, [...captures, ...carry, ...elements]));
    carry = results.carry;
    for (const [k, { data }] of results.ys.entries()) ys[k]!.data.set(data as never, i * data.length);
  }
  return [...carry, ...ys];
}

const stridesOf = (shape: Shape): number[] => {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
};

/** Calls back with every multi-index of a shape, in row-major order; the index array is reused. */
function forEachIndex(shape: Shape, callback: (index: readonly number[], position: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const size = sizeOf(shape);
  for (let position = 0; position < size; position++) {
    callback(index, position);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** The position of a multi-index of a broadcast result in an operand. */
function broadcastPosition(index: readonly number[], shape: Shape, strides: readonly number[]): number {
  const lead = index.length - shape.length;
  let position = 0;
  for (const [axis, size] of shape.entries())
    if (size !== 1) position += index[lead + axis]! * strides[axis]!;
  return position;
}

function elementwise(f: (...values: number[]) => number): Kernel<Primitive> {
  return ({ operands, output }) => {
    const strides = operands.map((operand) => stridesOf(operand.type.shape));
    forEachIndex(output.type.shape, (index, position) => {
      const values = operands.map(
        ({ type, data }, i) => data[broadcastPosition(index, type.shape, strides[i]!)]!,
      );
      output.data[position] = f(...values);
    });
  };
}

/** Integer division truncates towards zero, as natively. */
const quotient: Kernel<Primitive> = (input) => {
  const integer = input.output.type.dtype === 'int32';
  elementwise((a, b) => (integer ? Math.trunc(a! / b!) : a! / b!))(input);
};

function reduction(
  initial: number,
  combine: (a: number, b: number) => number,
): Kernel<'reduceSum' | 'reduceMax'> {
  return ({ operands: [x], output, params: { axes } }) => {
    const { shape } = x!.type;
    const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const strides = stridesOf(kept);
    // Sums are accumulated in double precision and rounded once.
    const totals = new Float64Array(output.data.length).fill(initial);
    forEachIndex(shape, (index, position) => {
      const target = broadcastPosition(index, kept, strides);
      totals[target] = combine(totals[target]!, x!.data[position]!);
    });
    output.data.set(totals);
  };
}

/** Calls back with the positions of each line of elements along an axis. */
function forEachLine(
  shape: Shape,
  axis: number,
  callback: (positions: number[], line: number) => void,
): void {
  const strides = stridesOf(shape);
  const rest = shape.map((size, i) => (i === axis ? 1 : size));
  forEachIndex(rest, (index, line) => {
    const start = index.reduce((position, i, j) => position + i * strides[j]!, 0);
    callback(
      Array.from({ length: shape[axis]! }, (_, k) => start + k * strides[axis]!),
      line,
    );
  });
}

/** Writes, for each line, f(x, max of the line, log of the sum of exp(x - max)). */
function alongLines(
  f: (x: number, peak: number, logSum: number) => number,
): Kernel<'softmax' | 'logSoftmax'> {
  return ({ operands: [x], output, params: { axis } }) => {
    forEachLine(x!.type.shape, axis, (positions) => {
      const peak = Math.max(...positions.map((p) => x!.data[p]!));
      const logSum = Math.log(positions.reduce((total, p) => total + Math.exp(x!.data[p]! - peak), 0));
      for (const p of positions) output.data[p] = f(x!.data[p]!, peak, logSum);
    });
  };
}

const copy: Kernel<Primitive> = ({ operands: [x], output }) => output.data.set(x!.data);

/** Copies each element of the output from its position in the operand; `undefined` leaves zero. */
function gather(
  source: (index: readonly number[], input: KernelInput<never>) => readonly number[],
): Kernel<Primitive> {
  return (input) => {
    const x = input.operands[0]!;
    const strides = stridesOf(x.type.shape);
    forEachIndex(input.output.type.shape, (index, position) => {
      const from = source(index, input as KernelInput<never>);
      if (from.some((i, axis) => i < 0 || i >= x.type.shape[axis]!)) return;
      input.output.data[position] = x.data[from.reduce((p, i, axis) => p + i * strides[axis]!, 0)]!;
    });
  };
}

const KERNELS: { readonly [P in Exclude<Primitive, ControlFlow>]: Kernel<P> } = {
  neg: elementwise((x) => -x!),
  abs: elementwise((x) => Math.abs(x!)),
  sign: elementwise((x) => Math.sign(x!)),
  exp: elementwise((x) => Math.exp(x!)),
  log: elementwise((x) => Math.log(x!)),
  sqrt: elementwise((x) => Math.sqrt(x!)),
  sin: elementwise((x) => Math.sin(x!)),
  cos: elementwise((x) => Math.cos(x!)),
  tanh: elementwise((x) => Math.tanh(x!)),
  sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x!))),
  relu: elementwise((x) => Math.max(x!, 0)),
  isFinite: elementwise((x) => (Number.isFinite(x!) ? 1 : 0)),
  not: elementwise((x) => (x! ? 0 : 1)),
  cast: ({ operands: [x], output }) => {
    const { dtype } = output.type;
    const convert =
      dtype === 'bool' ? (v: number) => (v === 0 ? 0 : 1) : dtype === 'int32' ? Math.trunc : (v: number) => v;
    for (const [i, value] of x!.data.entries()) output.data[i] = convert(value);
  },
  stopGradient: copy,

  add: elementwise((a, b) => a! + b!),
  sub: elementwise((a, b) => a! - b!),
  mul: elementwise((a, b) => a! * b!),
  div: quotient,
  // A square equals the product to the last bit, as in engines.
  pow: elementwise((a, b) => (b === 2 ? a! * a! : a! ** b!)),
  maximum: elementwise((a, b) => Math.max(a!, b!)),
  minimum: elementwise((a, b) => Math.min(a!, b!)),
  equal: elementwise((a, b) => (a === b ? 1 : 0)),
  less: elementwise((a, b) => (a! < b! ? 1 : 0)),
  lessEqual: elementwise((a, b) => (a! <= b! ? 1 : 0)),
  and: elementwise((a, b) => (a && b ? 1 : 0)),
  or: elementwise((a, b) => (a || b ? 1 : 0)),
  xor: elementwise((a, b) => a! ^ b!),
  shiftRight: (input) => elementwise((x) => x! >>> input.params.bits)(input),
  threefry2x32: ({ operands, outputs }) => {
    for (const word of [0, 1] as const) {
      const block = (...[k0, k1, c0, c1]: number[]) => threefryBlock([k0!, k1!], [c0!, c1!])[word];
      elementwise(block)({ operands, output: outputs[word]!, outputs, params: {} });
    }
  },
  select: elementwise((predicate, a, b) => (predicate ? a! : b!)),

  reduceSum: reduction(0, (a, b) => a + b),
  reduceMax: reduction(Number.NEGATIVE_INFINITY, Math.max),
  argMax: ({ operands: [x], output, params: { axis } }) => {
    forEachLine(x!.type.shape, axis, (positions, line) => {
      // NaN is the largest, as for reduceMax.
      const values = positions.map((p) => x!.data[p]!);
      const peak = Math.max(...values);
      output.data[line] = values.findIndex((value) => value === peak || Number.isNaN(value));
    });
  },
  softmax: alongLines((x, peak, logSum) => Math.exp(x - peak - logSum)),
  logSoftmax: alongLines((x, peak, logSum) => x - peak - logSum),

  matmul: ({ operands: [a, b], output, params: { transposeA, transposeB } }) => {
    const [rows, columns] = output.type.shape.slice(-2) as [number, number];
    const inner = transposeA ? a!.type.shape.at(-2)! : a!.type.shape.at(-1)!;
    const batches = sizeOf(output.type.shape.slice(0, -2));
    for (let batch = 0; batch < batches; batch++) {
      const offsets = [batch * rows * inner, batch * inner * columns, batch * rows * columns] as const;
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let total = 0;
          for (let k = 0; k < inner; k++) {
            const left = a!.data[offsets[0] + (transposeA ? k * rows + i : i * inner + k)]!;
            const right = b!.data[offsets[1] + (transposeB ? j * inner + k : k * columns + j)]!;
            total += left * right;
          }
          output.data[offsets[2] + i * columns + j] = total;
        }
      }
    }
  },

  ...WINDOW_KERNELS,

  reshape: copy,
  transpose: gather((index, { params }) => {
    const { permutation } = params as PrimitiveParams['transpose'];
    return permutation.map((_, axis) => index[permutation.indexOf(axis)]!);
  }),
  broadcast: elementwise((x) => x!),
  concat: ({ operands, output, params: { axis } }) => {
    const strides = stridesOf(output.type.shape);
    let offset = 0;
    for (const { type, data } of operands) {
      const start = offset;
      forEachIndex(type.shape, (index, position) => {
        const to = index.reduce((p, i, j) => p + (j === axis ? i + start : i) * strides[j]!, 0);
        output.data[to] = data[position]!;
      });
      offset += type.shape[axis]!;
    }
  },
  slice: gather((index, { params }) => {
    const { starts } = params as PrimitiveParams['slice'];
    return index.map((i, axis) => i + starts[axis]!);
  }),
  pad: gather((index, { params }) => {
    const { before } = params as PrimitiveParams['pad'];
    return index.map((i, axis) => i - before[axis]!);
  }),
  take: ({ operands: [x, indices], output }) => {
    const row = sizeOf(x!.type.shape.slice(1));
    for (const [i, from] of indices!.data.entries()) {
      if (from < 0 || from >= x!.type.shape[0]!)
        throw new RangeError(`take: row ${from} of ${x!.type.shape[0]}`);
      output.data.set(x!.data.subarray(from * row, (from + 1) * row), i * row);
    }
  },
  scatterAdd: ({ operands: [rows, indices], output }) => {
    const row = sizeOf(rows!.type.shape.slice(1));
    for (const [i, to] of indices!.data.entries()) {
      if (to < 0 || to >= output.type.shape[0]!)
        throw new RangeError(`scatterAdd: row ${to} of ${output.type.shape[0]}`);
      for (let k = 0; k < row; k++) output.data[to * row + k]! += rows!.data[i * row + k]!;
    }
  },
};
