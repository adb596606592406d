// Pooling and convolution beyond the conformance suite: positions in windows of NaNs, and reproducibility.

import {
  type Equation,
  type PrimitiveParams,
  type Program,
  type Shape,
  sizeOf,
  type TensorType,
  tensorValue,
  Variable,
} from '@gaussmark/autodiff';
import { runProgram } from '@gaussmark/engine-conformance';
import { describe, expect, it } from 'vitest';
import { createEngine, digests, randomValue, type } from './support.js';

const CONVOLUTION: PrimitiveParams['conv2d'] = {
  strides: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  dilations: [1, 1],
  groups: 1,
};

function programOf(
  primitive: string,
  params: object,
  operands: readonly TensorType[],
  results: readonly TensorType[],
): Program {
  const inputs = operands.map((operand) => new Variable(operand));
  const outputs = results.map((result) => new Variable(result));
  return { inputs, equations: [{ primitive, params, inputs, outputs } as unknown as Equation], outputs };
}

describe('windows', () => {
  it.each(['float32', 'float64'] as const)(
    'point into the image where they hold NaNs and padding alone, %s',
    async (dtype) => {
      const engine = await createEngine();
      const params: PrimitiveParams['maxPool2d'] = {
        window: [2, 2],
        strides: [2, 2],
        padding: [
          [1, 0],
          [1, 0],
        ],
      };
      const y: Shape = [1, 1, 2, 2];
      const x = type(dtype, 1, 1, 3, 3);
      const pool = programOf('maxPool2d', params, [x], [type(dtype, ...y), type('int32', ...y)]);
      const nans = tensorValue(dtype, x.shape, new Array(9).fill(Number.NaN));
      const [values, positions] = await runProgram(engine, pool, [nans]);
      await engine.dispose();
      expect([...values!.data]).toEqual(new Array(sizeOf(y)).fill(Number.NaN));
      for (const place of positions!.data) expect(place >= 0 && place < 9).toBe(true);
    },
  );

  it('gives the same bits in every run', async () => {
    const types = [type('float32', 40, 8, 9, 9), type('float32', 40, 64, 7, 7)];
    const program = programOf('conv2dFilterAdjoint', { ...CONVOLUTION, kernelSize: [3, 3] }, types, [
      type('float32', 64, 8, 3, 3),
    ]);
    const inputs = types.map((operand, i) => randomValue(operand, i));
    const threaded = await createEngine({ threads: 2 });
    const runs = [await runProgram(threaded, program, inputs), await runProgram(threaded, program, inputs)];
    await threaded.dispose();
    expect(digests(runs[0]!)).toEqual(digests(runs[1]!));
  });
});
