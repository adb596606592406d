// What the tasks of a grid have brought: how their runs ended, read from their folders.

import path from 'node:path';
import type { RunStatus } from '@gaussmark/analysis';
import { type Damage, type Entry, STORE_FOLDER, scanFile } from '@gaussmark/harness';
import { type GridFolder, namesIn, type TaskId } from './folder.js';
import { type CellEnd, readTaskEnd, type TaskEnd } from './task-end.js';

/** Statuses of runs that did not end: they are kept, and do not count. */
const UNSETTLED: ReadonlySet<RunStatus> = new Set(['cancelled']);

export interface TaskResult {
  readonly end: TaskEnd | undefined;
  /** By index in the plan. */
  readonly cells: ReadonlyMap<number, CellEnd>;
}

/** The record files of a task. */
export function recordFiles(directory: string): string[] {
  const store = path.join(directory, STORE_FOLDER);
  return namesIn(store)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => path.join(store, name));
}

/** The settled records of a task, and damage to its files, which its worker may be writing. */
export function recordsOf(directory: string): { readonly entries: Entry[]; readonly damage: Damage[] } {
  const entries: Entry[] = [];
  const damage = recordFiles(directory).flatMap((file) =>
    scanFile(file, (entry) => {
      if (!UNSETTLED.has(entry.header.status)) entries.push(entry);
    }),
  );
  return { entries, damage };
}

/** Reads results, and each ended task only once. */
export class ResultsReader {
  readonly #ended = new Map<string, TaskResult>();

  constructor(
    private readonly folder: GridFolder,
    /** The index of each key in the plan. */
    private readonly indices: ReadonlyMap<string, number>,
  ) {}

  read(id: TaskId): TaskResult {
    const directory = this.folder.task(id);
    const known = this.#ended.get(directory);
    if (known !== undefined) return known;
    const end = readTaskEnd(directory);
    const cells = new Map<number, CellEnd>();
    for (const [index, cell] of Object.entries(end?.cells ?? {})) cells.set(Number(index), cell);
    if (end?.status !== 'ended') {
      for (const { header } of recordsOf(directory).entries) {
        const index = this.indices.get(header.key);
        if (index !== undefined) cells.set(index, [header.status, header.seconds]);
      }
    }
    const result = { end, cells };
    if (end?.status === 'ended') this.#ended.set(directory, result);
    return result;
  }
}
