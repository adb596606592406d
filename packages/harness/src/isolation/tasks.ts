// What a worker can be asked: each task with its input, what it tells meanwhile, and its result. All JSON.

import type { Engine, PluginEntry } from '@gaussmark/core';
import type { Cell, CellEvent, CellResult, Surroundings } from '../cell/cell.js';
import type { ExportTask } from '../export-task.js';
import type { PlanTask } from '../plan/plan-task.js';

/** Surroundings whose plugins the command has found: a worker does not look again. */
export type KnownSurroundings = Surroundings & { readonly plugins: readonly PluginEntry[] };

export interface Tasks {
  /** One run, from data to curve. The curve is told point by point. */
  readonly run: {
    readonly input: { readonly cell: Cell; readonly surroundings: KnownSurroundings | Surroundings };
    readonly event: CellEvent;
    readonly result: Omit<CellResult, 'curve'>;
  };
  readonly plan: PlanTask;
  readonly export: ExportTask;
}

export type TaskName = keyof Tasks;

/** What a task is given besides its input. */
export interface TaskContext<K extends TaskName> {
  readonly tell: (event: Tasks[K]['event']) => void;
  /** Aborts when the command does not want the result any more. */
  readonly signal: AbortSignal;
  /** An engine whose calls are known to be native: they are not JavaScript that spins. */
  readonly observe: (engine: Engine) => Engine;
}

export type TaskOf<K extends TaskName> = (
  input: Tasks[K]['input'],
  context: TaskContext<K>,
) => Promise<Tasks[K]['result']>;

/** The modules of the tasks, loaded by the worker that is asked. */
export const TASKS: { readonly [K in TaskName]: () => Promise<TaskOf<K>> } = {
  run: async () => (await import('../cell/run-task.js')).runTask,
  plan: async () => (await import('../plan/plan-task.js')).planTask,
  export: async () => (await import('../export-task.js')).exportTask,
};
