// The task of running one cell, in the worker that it is sent to.

import type { TaskOf } from '../isolation/tasks.js';
import { runCell } from './run-cell.js';

const { cpuUsage } = process;

export const runTask: TaskOf<'run'> = async ({ cell, surroundings }, { tell, observe }) => {
  const { curve: _, ...result } = await runCell(cell, surroundings, { onEvent: tell, observe });
  const { user, system } = cpuUsage();
  return { ...result, cpuSeconds: (user + system) / 1e6 };
};
