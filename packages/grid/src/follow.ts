// Follows a grid to its end: collects records, submits lost blocks again, and stops it after too many failures.

import { setTimeout as sleep } from 'node:timers/promises';
import { GaussmarkError } from '@gaussmark/core';
import { outcomeOf, type ReportedOutcome, Store } from '@gaussmark/harness';
import type { Collected } from './collector.js';
import type { Grid } from './grid.js';
import type { CellStatus, GridStatus } from './status.js';

export interface FollowOptions {
  /** Aborting it ends the following, not the grid. */
  readonly signal: AbortSignal;
  readonly onOutcome: (outcome: ReportedOutcome, status: GridStatus) => void;
  readonly onStatus: (status: GridStatus) => void;
  /** What somebody should know: a block submitted again, a backend that does not answer. */
  readonly note: (text: string) => void;
  /** Between two looks. */
  readonly milliseconds?: number;
}

export interface Followed {
  readonly status: GridStatus;
  readonly collected: Collected;
  /** Whether nothing is left to run. */
  readonly isEnded: boolean;
}

/**
 * @returns the last status; with `isEnded` false if the signal aborted first
 * @throws GaussmarkError if the backend cannot be reached at the first look; later it waits. StorageError if records cannot be stored
 */
export async function follow(grid: Grid, options: FollowOptions): Promise<Followed> {
  const { signal, onOutcome, onStatus, note, milliseconds = 1000 } = options;
  const target = Store.open(grid.folder.report);
  const collector = grid.collector(target);
  const lostSince = new Map<number, number>();
  let status: GridStatus | undefined;
  let failure = '';
  try {
    for (;;) {
      let isEnded = false;
      try {
        await grid.fetch();
        const now = await grid.status();
        status = now;
        // After the status: what it counts as done is collected.
        collector.collect(grid.submissions(), (_, record) => onOutcome(outcomeOf(record()), now));
        onStatus(now);
        await stopAfterFailures(grid, now, note);
        isEnded =
          !(await submitLost(grid, now, lostSince, note)) && now.counts.pending + now.counts.running === 0;
        failure = '';
      } catch (error) {
        // A scheduler may be away for an hour.
        if (!(error instanceof GaussmarkError) || status === undefined) throw error;
        if (error.summary !== failure) note(error.summary);
        failure = error.summary;
      }
      if (isEnded || signal.aborted) return { status: status!, collected: collector.total, isEnded };
      await sleep(milliseconds, undefined, { signal }).catch(() => {});
    }
  } finally {
    target.close();
  }
}

async function stopAfterFailures(
  grid: Grid,
  { failures }: GridStatus,
  note: FollowOptions['note'],
): Promise<void> {
  const { maxFailures = Number.POSITIVE_INFINITY } = grid.settings;
  if (failures < maxFailures || grid.folder.stopReason() !== undefined) return;
  const reason = `${failures} runs have failed (maxFailures: ${maxFailures})`;
  note(`stopping: ${reason}`);
  await grid.cancel(reason);
}

/** Submits lost runs again. Returns whether some were, or are lost for too short a time to tell. */
async function submitLost(
  grid: Grid,
  { cells }: GridStatus,
  lostSince: Map<number, number>,
  note: FollowOptions['note'],
): Promise<boolean> {
  const now = performance.now() / 1000;
  const isHopeful = ({ state, submitted }: CellStatus) =>
    state === 'lost' && submitted <= grid.settings.retries;
  for (const index of lostSince.keys()) if (!isHopeful(cells[index]!)) lostSince.delete(index);
  const due = new Set<number>();
  for (const [index, cell] of cells.entries()) {
    if (!isHopeful(cell)) continue;
    const since = lostSince.get(index) ?? now;
    lostSince.set(index, since);
    if (now - since >= grid.graceSeconds) due.add(index);
  }
  if (due.size > 0) {
    for (const index of due) lostSince.delete(index);
    await grid.submit((index) => due.has(index), 'lost');
    note(`${due.size} ${due.size === 1 ? 'run was' : 'runs were'} lost and submitted again`);
  }
  return due.size > 0 || lostSince.size > 0;
}
