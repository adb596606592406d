// How a task ended: a small file that its worker writes last, so that nobody has to read the records to know.

import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { RunStatus } from '@gaussmark/analysis';
import { replaceFile } from '@gaussmark/core';

/** How a run ended, and its wall-clock seconds. */
export type CellEnd = readonly [status: RunStatus, seconds: number];

export interface TaskEnd {
  /** ended: every run has a record. refused: the worker would compute something else, or cannot. stopped: from outside. */
  readonly status: 'ended' | 'refused' | 'stopped';
  readonly reason?: string;
  /** By index in the plan. */
  readonly cells: Readonly<Record<number, CellEnd>>;
  readonly host: string;
  /** ISO 8601, UTC, by the worker's clock: only for people. */
  readonly finished: string;
}

const endFile = (directory: string) => path.join(directory, 'end.json');

export function writeTaskEnd(directory: string, end: TaskEnd): void {
  replaceFile(endFile(directory), JSON.stringify(end), { lost: 'the end of a block could not be noted' });
}

/** Undefined if the task has not ended, or runs again. */
export function readTaskEnd(directory: string): TaskEnd | undefined {
  const file = endFile(directory);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TaskEnd;
  } catch {
    // On some shared disks a file appears before its contents.
    return undefined;
  }
}

export function removeTaskEnd(directory: string): void {
  rmSync(endFile(directory), { force: true });
}
