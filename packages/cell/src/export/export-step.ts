// Exports an optimizer's step on one mini-batch as a standalone model file.

import { type TensorType, tree } from '@gaussmark/autodiff';
import { GaussmarkError, type ProgramNames, type Registry } from '@gaussmark/core';
import type { Cell, Locations } from '../cell.js';
import { initProgram } from '../programs.js';
import { startEngine } from '../run-cell.js';
import { setUp } from '../setup.js';
import { traceStep, withoutCounts } from '../step.js';

export interface ExportedStep {
  readonly bytes: Uint8Array;
  /**
   * `params.<path>`, `state.<path>`, then `inputs` (M, ...) and `targets` (M, ...), with the examples of a second mini-batch after those of the first, and `progress` and `step` if the step uses them, to `next.params.<path>`,
   * `next.state.<path>` and `metrics`.
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
  const { optimizer, batches, subject, dataset } = await setUp(cell, registry, locations);
  const { state } = initProgram(optimizer, subject);
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
    return { bytes: await engine.export(withoutCounts(step), names), names, metrics: step.metrics };
  } finally {
    await engine.dispose();
  }
}

function join(prefix: string, path: string): string {
  return path === '' ? prefix : `${prefix}.${path}`;
}
