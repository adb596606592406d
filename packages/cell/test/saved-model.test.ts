// Saved models: .npz as numpy writes and reads it, and .onnx as a bare session runs it.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type DType, tensorValue } from '@gaussmark/autodiff';
import { unzipSync } from 'fflate';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  bostonCell,
  gradientStep,
  temporaryDirectory,
  workspaceRegistry,
  writeOptimizer,
} from '../../harness/test/fixtures.js';
import { npy, npz } from '../src/npz.js';
import { runCell } from '../src/run-cell.js';
import { setUpProblem } from '../src/setup.js';

describe('.npy', () => {
  // From numpy 2.4.6: io.BytesIO() after np.save(file, array), without the values.
  it.each<[DType, readonly number[], string]>([
    ['float64', [2, 3], "\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"],
    ['float32', [5], "\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }"],
    ['int32', [], "\x93NUMPY\x01\x00v\x00{'descr': '<i4', 'fortran_order': False, 'shape': (), }"],
    ['bool', [2, 0], "\x93NUMPY\x01\x00v\x00{'descr': '|b1', 'fortran_order': False, 'shape': (2, 0), }"],
  ])('has the header that numpy writes: %s %o', (dtype, shape, header) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const value = tensorValue(
      dtype,
      shape,
      Array.from({ length: size }, (_, i) => i % 2),
    );
    const bytes = Buffer.from(npy(value));
    expect(bytes.toString('latin1', 0, 128)).toBe(`${header.padEnd(127)}\n`);
    expect(bytes.subarray(128)).toEqual(Buffer.from(value.data.buffer));
  });

  it('aligns the values behind a long header', () => {
    const shape = [...new Array(20).fill(1), 123_456];
    const bytes = npy(tensorValue('float32', shape, new Float32Array(123_456)));
    expect((bytes.length - 4 * 123_456) % 64).toBe(0);
    expect(Buffer.from(bytes).readUInt16LE(8)).toBe(bytes.length - 4 * 123_456 - 10);
  });
});

it('makes equal files of equal arrays', () => {
  const arrays = { a: tensorValue('float64', [2], [1, 2]), 'b.c': tensorValue('int32', [], [3]) };
  expect(npz(arrays)).toEqual(npz(arrays));
  expect(Object.keys(unzipSync(npz(arrays)))).toEqual(['a.npy', 'b.c.npy']);
});

describe('a run', () => {
  const directory = temporaryDirectory();

  it('saves the model at its evaluation point', async () => {
    const registry = await workspaceRegistry();
    const step = gradientStep('').replace(
      /\}\)$/,
      'evaluationPoint: (params) => tree.map((p) => mul(0.5, p), params) })',
    );
    const imports = "import { mul, tree } from '@gaussmark/autodiff';";
    const extra = [await writeOptimizer(directory.path, 'halved', step, imports)];
    const cell = {
      ...bostonCell(registry, 'sgd', {}, { hidden: 3, batchSize: 101, seed: 1 }),
      optimizer: { name: 'halved', hyperparameters: {} },
    };
    const locations = { ...directory.locations, extra };
    const save = { directory: directory.path, name: 'params/it' };
    const { curve, savedModel } = await runCell(cell, locations, { onEvent: () => {}, save });
    expect(savedModel).toEqual({ params: 'params/it.npz', onnx: 'params/it.onnx' });

    const { dataset } = await setUpProblem(cell, registry, locations);
    const { inputs, targets, size } = dataset.evaluated;
    const session = await InferenceSession.create(path.join(directory.path, savedModel!.onnx!));
    expect(session.inputNames).toEqual(['x']);
    let squares = 0;
    for (let i = 0; i < size; i++) {
      const x = new Tensor('float64', Float64Array.from(inputs.subarray(13 * i, 13 * (i + 1))), [1, 13]);
      const { outputs } = await session.run({ x });
      squares += ((outputs!.data as Float64Array)[0]! - targets[i]!) ** 2;
    }
    expect(squares / size).toBeCloseTo(curve.at(-1)!.testLoss!, 12);
    await session.release();

    const arrays = unzipSync(readFileSync(path.join(directory.path, savedModel!.params)));
    const lengths = Object.entries(arrays).map(([name, { length }]) => [name, length - 128]);
    expect(lengths).toEqual([
      ['layers.0.weight.npy', 8 * 13 * 3],
      ['layers.0.bias.npy', 8 * 3],
      ['layers.1.weight.npy', 8 * 3],
      ['layers.1.bias.npy', 8],
    ]);
  });
});
