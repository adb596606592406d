// Numbers that an optimizer brings along: constants of its programs which are not the model's.

import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import {
  BYTES_PER_ELEMENT,
  Constant,
  type Program,
  sizeOf,
  type TensorType,
  trace,
  tree,
} from '@gaussmark/autodiff';
import { type Batch, bindProblem, type Params } from '@gaussmark/core';
import { exampleTypes, type Subject } from './programs.js';

/** Scalars that any method may have: coefficients, bounds, tolerances. */
const COEFFICIENTS = 64;
/** Numbers up to which nothing is said: tables of a schedule, of a window. */
const TABLES = 64;
/** Above this share of the parameters, and above {@link TABLES}, numbers are worth a warning. */
const SHARE = 0.02;

/**
 * A warning about programs that hold about as many numbers as the parameters, or undefined. Whatever was computed before the
 * run began, trained weights for one, costs nothing in it.
 *
 * A constant counts as the numbers that are left of it when it is compressed: a mask or an identity matrix is next to none.
 */
export function ownNumbersWarning(
  programs: readonly Program[],
  subject: Subject,
  batchSizes: readonly number[],
): string | undefined {
  const constants = constantsOf(programs);
  if (numbersIn(constants) <= TABLES) return undefined;
  const known = constantsOf(batchSizes.map((size) => referenceProgram(subject, size)));
  const numbers = numbersIn(new Map([...constants].filter(([key]) => !known.has(key))));
  const parameterCount = tree
    .leaves<TensorType>(subject.params)
    .reduce((count, { shape }) => count + sizeOf(shape), 0);
  if (numbers <= Math.max(TABLES, SHARE * parameterCount)) return undefined;
  return (
    `the optimizer brings along about ${Number(numbers.toPrecision(2)).toLocaleString('en-US')} numbers, for ` +
    `${parameterCount.toLocaleString('en-US')} parameters: what was computed before the run cost nothing in it`
  );
}

/** The constants of programs and of those inside them, equal ones once. */
function constantsOf(programs: readonly Program[]): Map<string, Constant> {
  const found = new Map<string, Constant>();
  const keys = new Map<Constant, string>();
  const visit = ({ equations, outputs }: Program): void => {
    for (const atom of [...equations.flatMap(({ inputs }) => inputs), ...outputs]) {
      if (!(atom instanceof Constant) || keys.has(atom)) continue;
      const key = digest(atom);
      keys.set(atom, key);
      found.set(key, atom);
    }
    for (const { primitive, params } of equations) {
      if (primitive === 'while') [params.condition, params.body].forEach(visit);
      else if (primitive === 'cond') [params.ifTrue, params.ifFalse].forEach(visit);
    }
  };
  programs.forEach(visit);
  return found;
}

const bytesOf = ({ data }: Constant) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function digest(constant: Constant): string {
  return createHash('sha256').update(`${constant.type.dtype} `).update(bytesOf(constant)).digest('base64');
}

function numbersIn(constants: ReadonlyMap<string, Constant>): number {
  let [scalars, numbers] = [0, 0];
  for (const constant of constants.values()) {
    if (constant.data.length === 1) scalars++;
    else if (!isEven(constant)) numbers += compressed(constant);
  }
  return numbers + (scalars > COEFFICIENTS ? scalars : 0);
}

/** Whether the values are a + b i: a count, or one value all over. */
function isEven({ data }: Constant): boolean {
  const step = data[1]! - data[0]!;
  return data.every((value, i) => value === data[0]! + step * i);
}

/** The numbers that a constant is worth: its compressed size in elements. */
function compressed(constant: Constant): number {
  const bytes = Math.min(constant.data.byteLength, deflateRawSync(bytesOf(constant)).length);
  return Math.ceil(bytes / BYTES_PER_ELEMENT[constant.type.dtype]);
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
