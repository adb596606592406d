// An exported step, run by a bare session, against the step as the harness runs it.

import { type TensorData, tree } from '@gaussmark/autodiff';
import type { JsonValue, Registry } from '@gaussmark/core';
import { PythonShuffle } from '@gaussmark/random';
import { unzipSync } from 'fflate';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';
import { locationsOf } from '../../harness/src/plan/locations.js';
import { bostonCell, WORKSPACE, workspaceRegistry } from '../../harness/test/fixtures.js';
import type { Cell } from '../src/cell.js';
import { exportStep } from '../src/export/export-step.js';
import { initProgram } from '../src/programs.js';
import { progressOfSteps } from '../src/progress.js';
import { startEngine } from '../src/run-cell.js';
import { initialState, setUp, uploadSplit } from '../src/setup.js';
import { traceStep } from '../src/step.js';
import { Training, uploadAll } from '../src/training.js';

const locations = locationsOf(WORKSPACE);
const BATCH = 101;
const SEED = 1;
let registry: Registry;

beforeAll(async () => {
  registry = await workspaceRegistry();
});

const cellOf = (optimizer: string, hyperparameters: Readonly<Record<string, JsonValue>>): Cell =>
  bostonCell(registry, optimizer, hyperparameters, { hidden: 8, batchSize: BATCH, seed: SEED });

/** Parameters and metrics after one step of the harness's own training loop, and the mini-batch it took. */
async function trainedStep(cell: Cell) {
  const setup = await setUp(cell, registry, locations);
  const { subject, optimizer, dataset } = setup;
  const engine = await startEngine(cell, registry);
  try {
    const init = initProgram(optimizer, subject);
    const values = setup.initial.map(({ data }) => data);
    const params = uploadAll(engine, values, subject.params);
    const state = await initialState(engine, init, params);
    const startState = await Promise.all(
      state.buffers.map(async (buffer) => (await buffer.read()).slice() as TensorData),
    );
    const types = [...tree.leaves(subject.params), ...tree.leaves(init.state)];
    const training = await Training.prepare({
      engine,
      params,
      state: state.buffers,
      data: uploadSplit(engine, subject, dataset.train),
      batchSize: BATCH,
      seed: SEED,
      step: (size) => traceStep(optimizer, subject, init.state, size),
      progress: progressOfSteps(1),
    });
    const metrics = Array.from(await training.step());
    const after = await Promise.all(training.params.map(async (buffer) => Array.from(await buffer.read())));
    return { carried: [...values, ...startState], types, metrics, names: training.metrics, after, dataset };
  } finally {
    await engine.dispose();
  }
}

/** The value of a note in an .onnx file, a message { key = 1, value = 2 } of protobuf. */
function noteIn(bytes: Uint8Array, key: string): string {
  const file = Buffer.from(bytes);
  let at = file.indexOf(key) + key.length;
  expect(file[at]).toBe((2 << 3) | 2);
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = file[++at]!;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  return file.toString('latin1', at + 1, at + 1 + length);
}

test.each([
  ['sgn', { cgIterations: 3, warmupCgIterations: 3 }],
  ['sgd', { learningRate: 0.1, momentum: 0.9 }],
])('a bare session takes the same step with %s', async (optimizer, hyperparameters) => {
  const cell = cellOf(optimizer, hyperparameters);
  const own = await trainedStep(cell);
  const exported = await exportStep(cell, registry, locations);
  const session = await InferenceSession.create(exported.bytes, { intraOpNumThreads: 1 });
  expect(exported.metrics).toEqual(own.names);

  const shuffle = new PythonShuffle(own.dataset.train.size, SEED);
  shuffle.next();
  const rows = shuffle.order.subarray(0, BATCH);
  const inputs = Float64Array.from(
    Array.from(rows).flatMap((row) => Array.from(own.dataset.train.inputs.subarray(row * 13, row * 13 + 13))),
  );
  const targets = Float64Array.from(rows, (row) => own.dataset.train.targets[row]!);
  const feeds: Record<string, Tensor> = {
    inputs: new Tensor('float64', inputs, [BATCH, 13]),
    targets: new Tensor('float64', targets, [BATCH, 1]),
  };
  const initial = unzipSync(Buffer.from(noteIn(exported.bytes, 'gaussmark.initial'), 'base64'));
  expect(Object.keys(initial)).toEqual(
    exported.names.inputs.slice(0, own.types.length).map((name) => `${name}.npy`),
  );
  for (const [i, file] of Object.values(initial).entries()) {
    const { buffer, byteOffset, byteLength } = own.carried[i]!;
    expect(Buffer.from(file.subarray(128))).toEqual(Buffer.from(buffer, byteOffset, byteLength));
  }
  for (const [i, type] of own.types.entries()) {
    const { dtype, shape } = type as { dtype: 'float64' | 'int32'; shape: number[] };
    feeds[exported.names.inputs[i]!] = new Tensor(dtype, own.carried[i] as never, shape);
  }
  const results = await session.run(feeds);

  // The exported file is optimized on its own, so sums may be taken in another order.
  const close = (got: ArrayLike<number>, expected: readonly number[]) => {
    const scale = Math.max(...expected.map(Math.abs), 1e-12);
    for (const [i, value] of expected.entries()) expect(Math.abs(got[i]! - value) / scale).toBeLessThan(1e-8);
  };
  close(results.metrics!.data as Float64Array, own.metrics);
  for (const [i, after] of own.after.entries()) {
    close(results[exported.names.outputs[i]!]!.data as Float64Array, after);
  }
});

test('the file holds no operator of a vendor', async () => {
  const { bytes } = await exportStep(cellOf('sgn', {}), registry, locations);
  expect(Buffer.from(bytes).includes('com.microsoft')).toBe(false);
});
