// The constants an optimizer brings along: those in its programs that are not the model's.

import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  Constant,
  type Program,
  programsIn,
  sizeOf,
  type TensorType,
  trace,
  tree,
  usedAtoms,
  vector,
} from '@gaussmark/autodiff';
import { type Batch, bindProblem, type Params } from '@gaussmark/core';
import { key, normal, rademacher } from '@gaussmark/random/program';
import { exampleTypes, type Subject } from './programs.js';

/** Coefficients, which any method has: bounds, tolerances, offsets. */
const COEFFICIENTS = 64;
/** Numbers that need no warning: the table of a schedule or a window. */
const TABLES = 64;
/** The blocks of @gaussmark/linalg are multiples of it. */
const BLOCK = 32;
/** A warning needs more numbers than this share of the parameters, and than {@link TABLES}. */
const SHARE = 0.02;

/**
 * A warning if programs hold about as many numbers as the model has parameters, else undefined. Whatever was computed before
 * the run, such as trained weights, costs nothing during it.
 *
 * A constant counts one number per byte of its compressed form: a byte makes a usable weight, while a mask or an identity
 * matrix compresses to almost nothing. Coefficients are exempt, since any method has some: scalars, constants of one value, one
 * step or one ratio, the scalars that form a vector, and the bounds of slices and pads. Blocks of a matrix count nothing, or a factorization would
 * have hundreds: their bounds are multiples of {@link BLOCK}, or the ends of an axis.
 */
export function ownNumbersWarning(
  programs: readonly Program[],
  subject: Subject,
  batchSizes: readonly number[],
): string | undefined {
  const own = noted(programs);
  if (numbersIn(own) <= TABLES) return undefined;
  const known = noted(batchSizes.map((size) => referenceProgram(subject, size)));
  const numbers = numbersIn({
    constants: new Map([...own.constants].filter(([key]) => !known.constants.has(key))),
    places: new Map([...own.places].filter(([key]) => !known.places.has(key))),
    joined: Math.max(0, own.joined - known.joined),
  });
  const parameterCount = tree
    .leaves<TensorType>(subject.params)
    .reduce((count, { shape }) => count + sizeOf(shape), 0);
  if (numbers <= Math.max(TABLES, SHARE * parameterCount)) return undefined;
  return (
    `the optimizer brings its own constants, about ${Number(numbers.toPrecision(2)).toLocaleString('en-US')} numbers for ` +
    `${parameterCount.toLocaleString('en-US')} parameters: whatever was computed before the run is free here`
  );
}

/** The numbers that programs hold. */
interface Noted {
  /** Without duplicates. */
  readonly constants: ReadonlyMap<string, Constant>;
  /** Slices and pads, by their bounds, with counts. */
  readonly places: ReadonlyMap<string, number>;
  /** Single numbers concatenated to vectors: their order holds as much information as their values. */
  readonly joined: number;
}

/** The numbers of programs and their sub-programs. */
function noted(programs: readonly Program[]): Noted {
  const constants = new Map<string, Constant>();
  const keys = new Map<Constant, string>();
  const places = new Map<string, number>();
  let joined = 0;
  for (const program of programs.flatMap((outer) => [...programsIn(outer)])) {
    for (const atom of usedAtoms(program)) {
      if (!(atom instanceof Constant) || keys.has(atom)) continue;
      const key = digest(atom);
      keys.set(atom, key);
      constants.set(key, atom);
    }
    for (const { primitive, params, inputs } of program.equations) {
      if (primitive === 'concat') joined += inputs.filter(({ type }) => sizeOf(type.shape) === 1).length;
      else if ((primitive === 'slice' || primitive === 'pad') && !isBlock(params, inputs[0]!.type.shape)) {
        const key = JSON.stringify([primitive, params, inputs[0]!.type.shape]);
        places.set(key, (places.get(key) ?? 0) + 1);
      }
    }
  }
  return { constants, places, joined };
}

/** Whether bounds are those of blocks of a tensor. */
const isBlock = (bounds: Readonly<Record<string, readonly number[]>>, shape: readonly number[]): boolean =>
  Object.values(bounds).every((axes) => axes.every((at, axis) => at % BLOCK === 0 || at === shape[axis]));

const bytesOf = ({ data }: Constant) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function digest(constant: Constant): string {
  return createHash('sha256').update(`${constant.type.dtype} `).update(bytesOf(constant)).digest('base64');
}

function numbersIn({ constants, places, joined }: Noted): number {
  let [coefficients, numbers] = [joined, 0];
  for (const count of places.values()) coefficients += count;
  for (const constant of constants.values()) {
    if (isEven(constant)) coefficients += Math.min(constant.data.length, 2);
    else numbers += compressed(constant);
  }
  return numbers + (coefficients > COEFFICIENTS ? coefficients : 0);
}

/** Whether the values are a + b i or a b^i: a range, a single value, or powers. */
function isEven({ data }: Constant): boolean {
  const [step, ratio] = [data[1]! - data[0]!, data[1]! / data[0]!];
  return (
    data.length <= 2 ||
    data.every((value, i) => value === data[0]! + step * i) ||
    data.every((value, i) => i === 0 || value === data[i - 1]! * ratio)
  );
}

/** The numbers a constant is worth: its bytes, compressed. */
function compressed(constant: Constant): number {
  return Math.min(constant.data.length, deflateRawSync(bytesOf(constant)).length);
}

/**
 * Everything an optimizer may ask of a problem, and draw: these constants are the model's, and tables of distributions. The bounds
 * of its parameters in one vector are the model's too.
 */
function referenceProgram(subject: Subject, batchSize: number): Program {
  const { model, loss, params } = subject;
  const types: Readonly<Record<string, TensorType>> = exampleTypes(subject, batchSize);
  return trace(
    (at: Params, batch: Batch) => {
      const { grad, ggnProduct, ...values } = bindProblem(model, loss, batch).linearize(at);
      const draws = (['float32', 'float64'] as const).flatMap((dtype) =>
        [normal, rademacher].map((draw) => draw(key(0), [1], dtype)),
      );
      const packed = vector.unpack(vector.pack(at), at);
      return [values.loss, grad, values.outputs, ggnProduct(at), draws, packed];
    },
    params,
    types,
  ).program;
}
