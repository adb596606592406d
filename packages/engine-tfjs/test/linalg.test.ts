// Matrix routines on TensorFlow.js: a factorization in scans, and an iteration in while loops.

import { type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { runProgram } from '@gaussmark/engine-conformance';
import { eigh, inverseRoot, solve, solveSpd } from '@gaussmark/linalg';
import { expect, it } from 'vitest';
import { createEngine } from './support.js';

it.each([
  ['solveSpd', (A: Tensor) => solveSpd(A, A)],
  ['solve', (A: Tensor) => solve(A, A)],
  ['inverseRoot', (A: Tensor) => inverseRoot(A, 2)],
  ['eigh', (A: Tensor) => eigh(A).values],
])('%s agrees with the reference', async (_, routine) => {
  const A = tensorValue('float32', [3, 3], [4, 1, 0.5, 1, 3, -1, 0.5, -1, 2]);
  const { program } = trace(routine, A.type);
  const engine = await createEngine({ backend: 'cpu' });
  const [actual] = await runProgram(engine, program, [A]);
  const [expected] = evaluate(program, [A]);
  await engine.dispose();
  expect(actual!.type).toEqual(expected!.type);
  for (const [i, value] of actual!.data.entries()) expect(value).toBeCloseTo(expected!.data[i]!, 5);
});
