// The contract of a backend. It starts `bench` for tasks somewhere, says which wait and which run, and brings their records back;
// everything else is the grid's. Delivery is at least once: a task may run twice, and late records of a lost worker still count.

import type { GridFolder, TaskId } from './folder.js';
import type { GridSettings } from './grid-file.js';
import type { GridBlock, Manifest } from './manifest.js';
import type { GridTask, Submission } from './submission.js';

/** `gone`: unknown to the backend. It ended, was lost, or never arrived; its records tell. */
export type TaskState = 'pending' | 'running' | 'gone';

export interface TaskStates {
  readonly of: (id: TaskId) => TaskState;
  /** What the backend says about waiting tasks, for people: `waits for QOSMaxJobs`. */
  readonly notes: readonly string[];
}

export interface Backend {
  /** Seconds for which a task may be gone before its records are due: files take time to appear on a shared disk. */
  readonly graceSeconds: number;
  /**
   * Checks that the backend would take these tasks; submits nothing.
   *
   * @throws GaussmarkError
   */
  check(tasks: readonly GridTask[]): Promise<void>;
  /**
   * Submits the tasks of a submission, whose file is written. If the submitter dies meanwhile, {@link states} still finds those that
   * arrived.
   *
   * @throws GaussmarkError if the backend refuses them
   */
  submit(submission: Submission): Promise<void>;
  /** @throws GaussmarkError if the backend cannot be reached */
  states(submissions: readonly Submission[]): Promise<TaskStates>;
  /** Brings records that arrived elsewhere into the folders of their tasks. */
  fetch(): Promise<void>;
  /** Ends waiting and running tasks; those already gone do not matter. */
  cancel(submissions: readonly Submission[]): Promise<void>;
  close(): Promise<void>;
}

/** What a backend works with. */
export interface BackendContext<S extends GridSettings = GridSettings> {
  readonly folder: GridFolder;
  readonly manifest: Manifest;
  readonly settings: S;
  readonly blocks: readonly GridBlock[];
}
