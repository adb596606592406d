// The task of exporting a step, in the worker that it is sent to.

import type { Cell, Surroundings } from '../cell/cell.js';
import { type KnownPlugins, registryOf } from '../isolation/known-plugins.js';
import type { TaskOf } from '../isolation/task.js';
import { type ExportedStep, exportStep } from './export-step.js';

export interface ExportTask {
  readonly input: {
    readonly cell: Cell;
    readonly known: KnownPlugins;
    readonly surroundings: Surroundings;
  };
  readonly event: never;
  /** The file in base64. */
  readonly result: Omit<ExportedStep, 'bytes'> & { readonly base64: string };
}

export const exportTask: TaskOf<ExportTask> = async ({ cell, known, surroundings }) => {
  const { bytes, ...rest } = await exportStep(cell, registryOf(known), surroundings);
  return { ...rest, base64: Buffer.from(bytes).toString('base64') };
};
