// Runs a program once on an engine, from input values to output values.

import type { Program, TensorValue } from '@gaussmark/autodiff';
import type { CompileOptions, Engine } from '@gaussmark/core';

/** Compiles a program, runs it, copies its outputs and disposes everything. */
export async function runProgram(
  engine: Engine,
  program: Program,
  inputs: readonly TensorValue[],
  options?: CompileOptions,
): Promise<TensorValue[]> {
  const executable = await engine.compile(program, options);
  const uploaded = inputs.map((input) => engine.upload(input));
  const outputs = await executable.run(uploaded);
  const values: TensorValue[] = [];
  for (const output of outputs) values.push({ type: output.type, data: (await output.read()).slice() });
  for (const buffer of [...uploaded, ...outputs]) buffer.dispose();
  await executable.dispose();
  return values;
}
