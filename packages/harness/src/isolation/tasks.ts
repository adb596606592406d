// What a worker can be asked: each task with its input, what it tells meanwhile, and its result. All JSON.

import type { Engine, PluginEntry } from '@gaussmark/core';
import type { Cell, CellEvent, CellResult, Surroundings } from '../cell/cell.js';
import type { CheckTask } from '../conformance/check-task.js';
import type { DescribeInstallTask, InstallTask, ListEngineTask } from '../conformance/engine-tasks.js';
import type { DataTask } from '../data-task.js';
import type { ExamineTask } from '../doctor-task.js';
import type { ExportTask } from '../export-task.js';
import type { PlanTask } from '../plan/plan-task.js';
import type { MeasureTask } from '../steps/suite-task.js';

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
  readonly measure: MeasureTask;
  readonly check: CheckTask;
  readonly examine: ExamineTask;
  readonly data: DataTask;
  readonly 'list-engine': ListEngineTask;
  readonly 'describe-install': DescribeInstallTask;
  readonly install: InstallTask;
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
  measure: async () => (await import('../steps/suite-task.js')).measureTask,
  check: async () => (await import('../conformance/check-task.js')).checkTask,
  examine: async () => (await import('../doctor-task.js')).examineTask,
  data: async () => (await import('../data-task.js')).dataTask,
  'list-engine': async () => (await import('../conformance/engine-tasks.js')).listEngineTask,
  'describe-install': async () => (await import('../conformance/engine-tasks.js')).describeInstallTask,
  install: async () => (await import('../conformance/engine-tasks.js')).installTask,
};
