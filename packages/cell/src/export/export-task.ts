// The task that exports a step, in a worker.

import { callPlugin, type KnownPlugins, registryOf, type TaskOf } from '@gaussmark/worker';
import type { Cell, Locations } from '../cell.js';
import { type ExportedStep, exportStep } from './export-step.js';

export interface ExportTask {
  readonly input: {
    readonly cell: Cell;
    readonly known: KnownPlugins;
    readonly locations: Locations;
  };
  readonly event: never;
  /** The file, in base64. */
  readonly result: Omit<ExportedStep, 'bytes'> & { readonly base64: string };
}

export const exportTask: TaskOf<ExportTask> = async ({ cell, known, locations }) => {
  const { bytes, ...rest } = await callPlugin('optimizer', cell.optimizer.name, () =>
    exportStep(cell, registryOf(known), locations),
  );
  return { ...rest, base64: Buffer.from(bytes).toString('base64') };
};
