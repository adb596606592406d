// Exports an optimizer's step on one mini-batch as a standalone model file.

import { type TensorType, type TensorValue, tree } from '@gaussmark/autodiff';
import { GaussmarkError, type ProgramNames, type Registry } from '@gaussmark/core';
import type { Cell, Locations } from '../cell.js';
import { npz } from '../npz.js';
import { initProgram } from '../programs.js';
import { startEngine } from '../run-cell.js';
import { initialState, setUp } from '../setup.js';
import { traceStep, withoutCounts } from '../step.js';
import { uploadAll } from '../training.js';
import { fileNotes } from './file-notes.js';

const MEBIBYTE = 2 ** 20;
/** Strings of JavaScript have 512 MiB at most, in base64 and in the message of a worker that encodes the file once more. */
const MOST_NOTED_BYTES = 256 * MEBIBYTE;

export interface ExportedStep {
  /** Its notes hold the initial parameters and state, too: `gaussmark.initial` is an .npz in base64, by the names of their inputs. */
  readonly bytes: Uint8Array;
  /**
   * `params.<path>`, `state.<path>`, then `inputs` (M, ...) and `targets` (M, ...), with the examples of a second mini-batch
   * after those of the first, and `progress` and `step` if the step uses them, to `next.params.<path>`, `next.state.<path>` and
   * `metrics`.
   */
  readonly names: ProgramNames;
  /** The entries of `metrics`, in order. */
  readonly metrics: readonly string[];
}

/**
 * Exports the step of a cell: (params, state, mini-batch) to (params, state, metrics).
 *
 * @throws GaussmarkError if the engine has no file format, or the cell cannot be set up
 */
export async function exportStep(
  cell: Cell,
  registry: Registry,
  locations: Locations,
): Promise<ExportedStep> {
  const { optimizer, batches, subject, dataset, initial } = await setUp(cell, registry, locations);
  const init = initProgram(optimizer, subject);
  const { state } = init;
  const batchSize = Math.min(cell.problem.batchSize, dataset.train.size);
  const step = traceStep(optimizer, subject, state, batchSize, batches);
  const carried = [
    ...tree.paths(tree.structureOf(subject.params)).map((path) => join('params', path)),
    ...(tree.leaves<TensorType>(state).length === 0
      ? []
      : tree.paths(tree.structureOf(state)).map((path) => join('state', path))),
  ];
  const names = {
    inputs: [...carried, 'inputs', 'targets', ...step.clock],
    outputs: [...carried.map((name) => `next.${name}`), 'metrics'],
  };
  const engine = await startEngine(cell, registry);
  try {
    if (engine.export === undefined) {
      throw new GaussmarkError(`engine '${cell.engine.name}' cannot export a step to a file`, {
        remedy: 'choose an engine that can, such as --engine onnxruntime',
      });
    }
    const values = initial.map(({ data }) => data);
    const params = uploadAll(engine, values, subject.params);
    const { buffers } = await initialState(engine, init, params);
    const arrays: Record<string, TensorValue> = {};
    for (const [i, buffer] of [...params, ...buffers].entries())
      arrays[carried[i]!] = { type: buffer.type, data: (await buffer.read()).slice() };
    const metadata = {
      ...fileNotes(cell),
      'gaussmark.metrics': JSON.stringify(step.metrics),
      'gaussmark.initial': noteOf(npz(arrays)),
    };
    return {
      bytes: await engine.export(withoutCounts(step), { ...names, metadata }),
      names,
      metrics: step.metrics,
    };
  } finally {
    await engine.dispose();
  }
}

/** A file within the notes. */
function noteOf(bytes: Uint8Array): string {
  if (bytes.length > MOST_NOTED_BYTES) {
    throw new GaussmarkError('the initial parameters and state are too large for a note in the file', {
      expected: `at most ${MOST_NOTED_BYTES / MEBIBYTE} MiB`,
      got: `${Math.ceil(bytes.length / MEBIBYTE)} MiB`,
      remedy: 'export the step of a smaller model',
    });
  }
  return Buffer.from(bytes).toString('base64');
}

function join(prefix: string, path: string): string {
  return path === '' ? prefix : `${prefix}.${path}`;
}
