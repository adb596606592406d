// Constants of an optimizer's own: those of its programs which are not the model's.

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
} from '@gaussmark/autodiff';
import { type Batch, bindProblem, type Params } from '@gaussmark/core';
import { exampleTypes, type Subject } from './programs.js';

/** Coefficients that any method may have: bounds, tolerances, offsets. */
const COEFFICIENTS = 64;
/** Numbers up to which nothing is said: tables of a schedule, of a window. */
const TABLES = 64;
/** Above this share of the parameters, and above {@link TABLES}, numbers are worth a warning. */
const SHARE = 0.02;

/**
 * A warning about programs that hold about as many numbers as the parameters, or undefined. Whatever was computed before the
 * run began, trained weights for one, costs nothing in it.
 *
 * A constant counts as one number for each byte that is left of it when it is compressed: one byte makes a weight of use, and a
 * mask or an identity matrix is next to none. Scalars, constants of one value or one step, the scalars that a vector is put
 * together of, and the places that slices and pads have in them are coefficients: any method has a few.
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
    `the optimizer carries constants of its own, about ${Number(numbers.toPrecision(2)).toLocaleString('en-US')} numbers for ` +
    `${parameterCount.toLocaleString('en-US')} parameters: whatever was computed before the run is free here`
  );
}

/** Where programs hold numbers. */
interface Noted {
  /** Equal ones once. */
  readonly constants: ReadonlyMap<string, Constant>;
  /** Slices and pads, by what they take: how often there is each. */
  readonly places: ReadonlyMap<string, number>;
  /** Scalar constants that vectors are put together of: in which order says as much as their values. */
  readonly joined: number;
}

/** The numbers of programs and of those inside them. */
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
      if (primitive === 'concat')
        joined += inputs.filter((atom) => atom instanceof Constant && atom.data.length === 1).length;
      else if (primitive === 'slice' || primitive === 'pad') {
        const key = JSON.stringify([primitive, params, inputs[0]!.type.shape]);
        places.set(key, (places.get(key) ?? 0) + 1);
      }
    }
  }
  return { constants, places, joined };
}

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

/** Whether the values are a + b i: a count, or one value all over. */
function isEven({ data }: Constant): boolean {
  const step = data[1]! - data[0]!;
  return data.length <= 2 || data.every((value, i) => value === data[0]! + step * i);
}

/** The numbers that a constant is worth: a byte of it, compressed, is one. */
function compressed(constant: Constant): number {
  return Math.min(constant.data.length, deflateRawSync(bytesOf(constant)).length);
}

/** What of a problem an optimizer may ask for, once: the constants in it are the model's. */
function referenceProgram(subject: Subject, batchSize: number): Program {
  const { model, loss, params } = subject;
  const types: Readonly<Record<string, TensorType>> = exampleTypes(subject, batchSize);
  return trace(
    (at: Params, batch: Batch) => {
      const { grad, ggnProduct, ...values } = bindProblem(model, loss, batch).linearize(at);
      return [values.loss, grad, values.outputs, ggnProduct(at)];
    },
    params,
    types,
  ).program;
}
