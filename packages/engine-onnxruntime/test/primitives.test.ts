// Primitives beyond the conformance suite: sums on many threads.

import type { Equation, Program } from '@gaussmark/autodiff';
import { Variable } from '@gaussmark/autodiff';
import { runProgram } from '@gaussmark/engine-conformance';
import { describe, expect, it } from 'vitest';
import { createEngine, type } from './support.js';

describe('primitives', () => {
  it('adds repeated rows of a scatter without losing any, on two threads', async () => {
    const threaded = await createEngine({ threads: 2 });
    const rows = 20_000;
    const operands = [
      { type: type('float32', rows, 64), data: new Float32Array(rows * 64).fill(1) },
      { type: type('int32', rows), data: Int32Array.from({ length: rows }, (_, i) => i % 2) },
    ];
    const inputs = operands.map((operand) => new Variable(operand.type));
    const output = new Variable(type('float32', 2, 64));
    const scatter: Equation = { primitive: 'scatterAdd', params: { size: 2 }, inputs, outputs: [output] };
    const program: Program = { inputs, equations: [scatter], outputs: [output] };
    const [sums] = await runProgram(threaded, program, operands);
    expect([...new Set(sums!.data)]).toEqual([rows / 2]);
    await threaded.dispose();
  });
});
