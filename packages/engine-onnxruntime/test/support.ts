// Shared by the tests: engines, seeded values, and comparison with the reference evaluator.

import { createHash } from 'node:crypto';
import { type DType, isFloat, type Program, type TensorType, type TensorValue } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import type { CompileOptions, Engine } from '@gaussmark/core';
import { randomValue as conformanceValue, runProgram } from '@gaussmark/engine-conformance';
import { expect } from 'vitest';
import plugin, { type OnnxRuntimeEngine } from '../src/index.js';

export function createEngine(
  hyperparameters: Readonly<Record<string, unknown>> = {},
): Promise<OnnxRuntimeEngine> {
  return plugin.create({ threads: 1, ...hyperparameters }) as Promise<OnnxRuntimeEngine>;
}

export const type = (dtype: DType, ...shape: readonly number[]): TensorType => ({ dtype, shape });

/** The conformance suite's values: floats from -1 to 1, integers from -4 to 4, booleans. */
export const randomValue = ({ dtype, shape }: TensorType, seed: number): TensorValue =>
  conformanceValue(dtype, shape, seed);

export function randomInputs(program: Program, seed = 1): TensorValue[] {
  return program.inputs.map((input, i) => randomValue(input.type, seed + 17 * i));
}

const TOLERANCE: Readonly<Record<DType, number>> = { float32: 2e-6, float64: 4e-15, int32: 0, bool: 0 };

/** Runs natively and compares with the reference evaluator, relative to the largest value. */
export async function expectReference(
  engine: Engine,
  program: Program,
  inputs: readonly TensorValue[],
  options?: CompileOptions,
): Promise<void> {
  const actual = await runProgram(engine, program, inputs, options);
  const expected = evaluate(program, inputs);
  expect(actual.map((value) => value.type)).toEqual(program.outputs.map((output) => output.type));
  for (const [i, { type, data }] of expected.entries()) {
    const scale = Math.max(1, ...Array.from(data, Math.abs).filter(Number.isFinite));
    const tolerance = isFloat(type.dtype) ? TOLERANCE[type.dtype] * scale : 0;
    for (const [j, value] of data.entries()) {
      const got = actual[i]!.data[j]!;
      const same = Object.is(got, value) || got === value || Math.abs(got - value) <= tolerance;
      if (!same) expect.fail(`output ${i}, element ${j}: expected ${value}, got ${got}`);
    }
  }
}

/** Digests of the values' bytes. */
export function digests(values: readonly TensorValue[]): string[] {
  return values.map(({ data }) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return createHash('sha256').update(bytes).digest('hex');
  });
}
