// Workers of a shared disk: do one task, or one after the other until none is left.

import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GaussmarkError, replaceFile } from '@gaussmark/core';
import { locationsOf } from '@gaussmark/harness';
import { isRunning, type KnownProcess, knownProcess } from '@gaussmark/worker';
import { BlockRunner, type BlockWork, isFailure } from './block-runner.js';
import { GridFolder, namesIn, type TaskId } from './folder.js';
import { type GridBlock, type Manifest, readManifest } from './manifest.js';
import { readSubmission, type Submission } from './submission.js';
import { readTaskEnd, removeTaskEnd, type TaskEnd, writeTaskEnd } from './task-end.js';

export interface WorkOptions {
  readonly signal: AbortSignal;
  /** Told how each task ended. */
  readonly note: (id: TaskId, end: TaskEnd) => void;
}

/**
 * Does one task of a submission, or, without `task`, those that no other worker has claimed.
 *
 * @param report the grid's report directory
 * @throws GaussmarkError if there is no such task; StorageError if records cannot be stored
 */
export async function workOn(
  report: string,
  number: number,
  task: number | undefined,
  options: WorkOptions,
): Promise<void> {
  const folder = new GridFolder(report);
  const submission = readSubmission(folder, number);
  const { manifest } = readManifest(folder, new Set());
  if (task !== undefined && submission.tasks[task] === undefined) {
    throw new GaussmarkError(`submission ${number} has no task ${task}`, {
      expected: `0 to ${submission.tasks.length - 1}`,
      got: String(task),
    });
  }
  if (task === undefined) registerWorker(folder, number, process.pid);
  const runner = new BlockRunner(locationsOf(manifest.cwd, manifest.plugins));
  try {
    const tasks = task === undefined ? submission.tasks.keys() : [task];
    for (const each of tasks) {
      if (options.signal.aborted) return;
      const id = { submission: number, task: each };
      if (task === undefined && !claim(folder.task(id))) continue;
      await doTask(folder, manifest, submission, id, runner, options);
    }
  } finally {
    await runner.stop();
  }
}

async function doTask(
  folder: GridFolder,
  manifest: Manifest,
  { tasks }: Submission,
  id: TaskId,
  runner: BlockRunner,
  { signal, note }: WorkOptions,
): Promise<void> {
  const directory = folder.task(id);
  // A task that Slurm starts again after it ended is done.
  if (readTaskEnd(directory)?.status === 'ended') return;
  mkdirSync(directory, { recursive: true });
  removeTaskEnd(directory);
  const { block, cells } = tasks[id.task]!;
  const [found] = readManifest(folder, new Set([block])).blocks;
  const { maxFailures = Number.POSITIVE_INFINITY, backend, parallel } = manifest.settings;
  const end = await runner.run(workOf(found!, cells, manifest, backend === 'local' ? parallel : 1), {
    directory,
    signal,
    stop: () =>
      folder.stopReason() ??
      (folder.failures() >= maxFailures ? `${maxFailures} runs have failed (maxFailures)` : undefined),
    onEnd: (cell, [status]) => {
      if (!isFailure(status)) return;
      folder.noteFailure(
        `${id.submission}-${id.task}-${found!.cells.find((each) => each.cell.id === cell.id)!.index}`,
      );
    },
  });
  writeTaskEnd(directory, end);
  note(id, end);
}

/** What a worker has to know about some cells of a block. */
export function workOf(
  block: GridBlock,
  cells: readonly number[],
  { plan, versions }: Manifest,
  jobs: number,
): BlockWork {
  const wanted = new Set(cells);
  return {
    cells: block.cells
      .filter(({ index }) => wanted.has(index))
      .map(({ index, cell, identity }) => ({ index, cell, identity })),
    problems: plan.problems.filter(({ name }) => name === block.problem),
    versions,
    jobs,
  };
}

/** A worker process of this machine. */
export interface Worker extends KnownProcess {
  readonly host: string;
}

const workerOf = (pid: number): Worker => ({ ...knownProcess(pid), host: os.hostname() });

/** Notes a process that works on a submission. The submitter and the worker both do: either may die. */
export function registerWorker(folder: GridFolder, submission: number, pid: number): void {
  replaceFile(folder.file('workers', String(submission), String(pid)), JSON.stringify(workerOf(pid)), {
    lost: 'a worker could not be registered',
  });
}

/** The running workers of a submission. @throws GaussmarkError if they were started on another machine */
export function runningWorkers(folder: GridFolder, submission: number): Worker[] {
  return namesIn(folder.file('workers', String(submission)))
    .filter((name) => !name.startsWith('.'))
    .map(
      (name) => JSON.parse(readFileSync(folder.file('workers', String(submission), name), 'utf8')) as Worker,
    )
    .filter(isRunningHere);
}

/** @throws GaussmarkError if it was started on another machine */
export function isRunningHere(worker: Worker): boolean {
  if (worker.host === os.hostname()) return isRunning(worker);
  throw new GaussmarkError('this grid runs on another machine', {
    expected: worker.host,
    got: os.hostname(),
    remedy: `run this command on ${worker.host}`,
  });
}

const claimFile = (directory: string) => path.join(directory, 'claim.json');

/** Claims a task for this process; false if another one did. A link appears at once, complete and only once. */
function claim(directory: string): boolean {
  mkdirSync(directory, { recursive: true });
  const temporary = path.join(directory, `.claim-${os.hostname()}-${process.pid}`);
  writeFileSync(temporary, JSON.stringify(workerOf(process.pid)));
  try {
    linkSync(temporary, claimFile(directory));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** The worker that claimed a task; undefined if none did. */
export function claimOf(directory: string): Worker | undefined {
  try {
    return JSON.parse(readFileSync(claimFile(directory), 'utf8')) as Worker;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
