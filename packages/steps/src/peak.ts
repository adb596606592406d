// Operations that measure the peak of a machine with an engine, a dtype and a number of threads.

import {
  add,
  type Cost,
  type Equation,
  type FloatDType,
  formatType,
  matmul,
  neg,
  type Program,
  programCost,
  sizeOf,
  type Tensor,
  type TensorType,
  toData,
  trace,
  Variable,
} from '@gaussmark/autodiff';
import type { Engine } from '@gaussmark/core';
import { signedUniforms, xoroshiro128plus } from '@gaussmark/random';
import { compilePart, type Part } from './subjects.js';

/** Sizes of square matrix products. */
const SQUARES = [512, 1024];
/** Number of the gradient's most expensive products to time separately. */
const OWN_PRODUCTS = 4;
/** Size of the arrays that measure bandwidth: larger than any cache. */
const ARRAY_BYTES = 64 * 2 ** 20;
const BYTES = { float32: 4, float64: 8 } as const;

export interface PeakParts {
  readonly products: readonly (Part & {
    readonly name: string;
    readonly own: boolean;
    readonly cost: Cost;
  })[];
  readonly sum: Part & { readonly cost: Cost };
  readonly call: Part;
}

/** @param call a program with as many inputs and outputs as the empty call should have */
export async function peakParts(
  engine: Engine,
  dtype: FloatDType,
  gradient: Program,
  call: Program,
): Promise<PeakParts> {
  const upload = (type: TensorType) => engine.upload({ type, data: toData(type.dtype, uniform(type)) });
  const compile = async (id: string, program: Program) => ({
    ...(await compilePart(
      engine,
      id,
      program,
      program.inputs.map(({ type }) => upload(type)),
    )),
    cost: programCost(program),
  });
  const candidates = [
    ...SQUARES.map((size) => ({
      name: [size, size, size].join('x'),
      own: false,
      program: square(size, dtype),
    })),
    ...ownProducts(gradient, OWN_PRODUCTS).map((product) => ({ ...product, own: true })),
  ];
  const products: PeakParts['products'][number][] = [];
  for (const { name, own, program } of candidates) {
    products.push({ ...(await compile(`product ${name}${own ? ' (own)' : ''}`, program)), name, own });
  }
  return {
    products,
    sum: await compile('sum', sum(dtype)),
    call: await compile('call', emptyCall(call, dtype)),
  };
}

function square(size: number, dtype: FloatDType): Program {
  const matrix = { dtype, shape: [size, size] };
  return trace((a, b) => matmul(a, b), matrix, matrix).program;
}

/** c = a + b: two arrays read, one written. */
function sum(dtype: FloatDType): Program {
  const array = { dtype, shape: [ARRAY_BYTES / BYTES[dtype]] };
  return trace((a, b) => add(a, b), array, array).program;
}

/** An empty call with as many buffers as a program: each output negates a scalar. */
function emptyCall({ inputs, outputs }: Program, dtype: FloatDType): Program {
  const scalar = { dtype, shape: [] };
  return trace(
    (values: readonly Tensor[]) => outputs.map((_, i) => neg(values[i % values.length]!)),
    inputs.map(() => scalar),
  ).program;
}

const HEAVY = ['matmul', 'conv2d', 'conv2dInputAdjoint', 'conv2dFilterAdjoint'];

/** The distinct matrix products and convolutions of a program with the most operations, each as a program. */
export function ownProducts(
  program: Program,
  most: number,
): { readonly name: string; readonly program: Program }[] {
  const distinct = new Map<string, Program>();
  for (const equation of program.equations) {
    if (HEAVY.includes(equation.primitive)) distinct.set(describeProduct(equation), alone(equation));
  }
  return [...distinct]
    .map(([name, program]) => ({ name, program, flops: programCost(program).flops }))
    .sort((a, b) => b.flops - a.flops)
    .slice(0, most)
    .map(({ name, program }) => ({ name, program }));
}

/** A program of this equation alone. */
function alone({ primitive, params, inputs, outputs }: Equation): Program {
  const operands = inputs.map(({ type }) => new Variable(type));
  const results = outputs.map(({ type }) => new Variable(type));
  return {
    inputs: operands,
    equations: [{ primitive, params, inputs: operands, outputs: results } as Equation],
    outputs: results,
  };
}

/** `1000x784x20`, with `A'` or `B'` for transposed operands; convolutions by the shapes of their operands. */
function describeProduct({ primitive, params, inputs, outputs }: Equation): string {
  const [a, b] = inputs.map(({ type }) => type);
  if (primitive !== 'matmul') {
    const shapes = [a!, b!].map(({ shape }) => shape.join('x'));
    const { strides } = params as { readonly strides: readonly number[] };
    return `${primitive} ${shapes.join(' * ')}${strides.some((stride) => stride !== 1) ? ` / ${strides.join('x')}` : ''}`;
  }
  const { shape } = outputs[0]!.type;
  const { transposeA, transposeB } = params;
  const inner = a!.shape.at(transposeA ? -2 : -1)!;
  const batch = shape.slice(0, -2);
  const transposed = [transposeA ? 'A' : '', transposeB ? 'B' : ''].filter((letter) => letter !== '');
  return [
    ...batch.map((size) => `${size}*`),
    [shape.at(-2), inner, shape.at(-1)].join('x'),
    ...(transposed.length === 0 ? [] : [` ${transposed.map((letter) => `${letter}'`).join(' ')}`]),
  ].join('');
}

/** Fixed values between -1 and 1. */
function uniform(type: TensorType): Float64Array {
  if (type.dtype !== 'float32' && type.dtype !== 'float64') {
    throw new Error(`internal: a ${formatType(type)} operand of a product`);
  }
  return signedUniforms(xoroshiro128plus(2), sizeOf(type.shape));
}
