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
  /** The files, in base64. */
  readonly result: Omit<ExportedStep, 'bytes' | 'initial'> & {
    readonly base64: string;
    readonly initial: string;
  };
}

export const exportTask: TaskOf<ExportTask> = async ({ cell, known, locations }) => {
  const { bytes, initial, ...rest } = await callPlugin('optimizer', cell.optimizer.name, () =>
    exportStep(cell, registryOf(known), locations),
  );
  return { ...rest, base64: inBase64(bytes), initial: inBase64(initial) };
};

const inBase64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
