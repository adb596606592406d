// Collects the records of a grid into the store of its report. Repeating it has no effect.

import { existsSync, statSync } from 'node:fs';
import { countsBefore, type Entry, type RunRecord, readRecord, type Store } from '@gaussmark/harness';
import { type Disagreement, disagreement } from './duplicates.js';
import type { GridFolder } from './folder.js';
import { recordFiles, recordsOf } from './results.js';
import type { Submission } from './submission.js';

export interface Collected {
  /** Records that the store lacked. */
  copied: number;
  /** Second records of a run, from tasks that ran twice. */
  duplicates: number;
  /** Duplicates with other numbers: a run that is not reproducible. */
  readonly disagreements: Disagreement[];
  /** Records of runs that the grid does not have; left where they are. */
  foreign: number;
}

/** Called for each record that was copied, with its index in the plan. */
export type OnRecord = (index: number, record: () => RunRecord) => void;

/** Records that go to disk together. */
const BATCH = 256;

export class Collector {
  readonly total: Collected = { copied: 0, duplicates: 0, disagreements: [], foreign: 0 };
  /** Sizes of the record files of each task when last read. */
  readonly #read = new Map<string, string>();
  readonly #seen = new Set<string>();
  /** To be copied, by key. */
  readonly #batch = new Map<string, Entry>();

  constructor(
    private readonly folder: GridFolder,
    private readonly indices: ReadonlyMap<string, number>,
    private readonly target: Store,
  ) {}

  /**
   * Copies what is new, and compares what arrived twice.
   *
   * @param onRecord told each record that was copied, with its index in the plan
   * @throws StorageError if a record cannot be written
   */
  collect(submissions: readonly Submission[], onRecord: OnRecord = () => {}): void {
    for (const { number } of submissions) {
      for (const task of this.folder.begun(number)) {
        const directory = this.folder.task({ submission: number, task });
        const files = recordFiles(directory);
        if (files.length === 0) continue;
        const sizes = files.map((file) => (existsSync(file) ? statSync(file).size : 0)).join();
        if (this.#read.get(directory) === sizes) continue;
        for (const entry of recordsOf(directory).entries) this.#take(entry, onRecord);
        this.#read.set(directory, sizes);
      }
    }
    this.#flush(onRecord);
  }

  #flush(onRecord: OnRecord): void {
    const entries = [...this.#batch.values()];
    this.#batch.clear();
    this.target.copyAll(entries);
    this.total.copied += entries.length;
    for (const entry of entries) onRecord(this.indices.get(entry.header.key)!, () => readRecord(entry));
  }

  #take(entry: Entry, onRecord: OnRecord): void {
    const { key, finished, status } = entry.header;
    const name = `${key} ${finished} ${status}`;
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    const { total, target } = this;
    if (!this.indices.has(key)) {
      total.foreign += 1;
      return;
    }
    // A second record of a run is compared with the first.
    if (this.#batch.has(key)) this.#flush(onRecord);
    const present = target.get(key);
    if (present !== undefined) {
      if (present.header.finished === finished && present.header.status === status) return;
      total.duplicates += 1;
      const found = disagreement(readRecord(present), readRecord(entry));
      if (found !== undefined) total.disagreements.push(found);
      if (!countsBefore(entry, present)) return;
    }
    this.#batch.set(key, entry);
    if (this.#batch.size >= BATCH) this.#flush(onRecord);
  }
}
