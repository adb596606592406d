// The folder of a grid, on a disk that its workers share: what lies where. Nothing in it is written by two processes.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '@gaussmark/core';

/** The folder of a grid, beside its report. */
export const GRID_FOLDER = 'grid';

/** A part of a submission that one worker does: from 0 within the submission. */
export interface TaskId {
  readonly submission: number;
  readonly task: number;
}

export class GridFolder {
  /** @param directory the report's directory */
  constructor(readonly report: string) {}

  get directory(): string {
    return path.join(this.report, GRID_FOLDER);
  }

  file(...names: readonly string[]): string {
    return path.join(this.directory, ...names);
  }

  /** Where a task's worker writes: its store, its claim and its end. */
  task({ submission, task }: TaskId): string {
    return this.file('tasks', padded(submission), padded(task));
  }

  /** The tasks of a submission that some worker has begun. */
  begun(submission: number): Set<number> {
    return new Set(namesIn(this.file('tasks', padded(submission))).map(Number));
  }

  submissionFile(submission: number): string {
    return this.file('submissions', `${padded(submission)}.json`);
  }

  submissions(): number[] {
    return namesIn(this.file('submissions'))
      .filter((name) => /^\d+\.json$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
  }

  /** A file whose presence tells every worker to begin no more runs, with the reason. */
  get stopFile(): string {
    return this.file('stop');
  }

  /** Why no more runs begin; undefined if they do. */
  stopReason(): string | undefined {
    return existsSync(this.stopFile) ? readFileSync(this.stopFile, 'utf8').trim() : undefined;
  }

  stop(reason: string): void {
    replaceFile(this.stopFile, `${reason}\n`, { lost: 'the grid could not be stopped' });
  }

  /** Notes a failed run, by any name that is its own. */
  noteFailure(name: string): void {
    replaceFile(this.file('failures', name), '', { lost: 'a failure could not be counted' });
  }

  failures(): number {
    return namesIn(this.file('failures')).filter((name) => !name.startsWith('.')).length;
  }
}

const padded = (value: number) => String(value).padStart(6, '0');

/** The names in a directory; none if it is absent. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
