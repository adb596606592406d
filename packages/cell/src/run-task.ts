// The task that runs one cell, in a worker.

import type { TaskOf } from '@gaussmark/worker';
import type { Cell, CellEvent, CellResult, Locations } from './cell.js';
import type { SaveRequest } from './export/save-model.js';
import { runCell } from './run-cell.js';

const { cpuUsage } = process;

/** One run, from data to curve. Points of the curve are events. */
export interface RunTask {
  readonly input: {
    readonly cell: Cell;
    readonly locations: Locations;
    readonly save?: SaveRequest | undefined;
  };
  readonly event: CellEvent;
  readonly result: Omit<CellResult, 'curve'>;
}

export const runTask: TaskOf<RunTask> = async ({ cell, locations, save }, { emit, observe }) => {
  const { curve: _, ...result } = await runCell(cell, locations, { onEvent: emit, save, observe });
  const { user, system } = cpuUsage();
  return { ...result, cpuSeconds: (user + system) / 1e6 };
};
