// The state of a grid: of each run, and how long the rest will take.

import type { RunStatus } from '@gaussmark/analysis';
import { defined } from '@gaussmark/core';
import { Durations } from '@gaussmark/harness';
import type { TaskStates } from './backend.js';
import { isFailure } from './block-runner.js';
import type { GridBlock } from './manifest.js';
import type { ResultsReader } from './results.js';
import type { Submission } from './submission.js';

/** Where a run is. lost: its worker vanished; refused: its worker has other versions; cancelled: nobody will run it. */
export const CELL_STATES = ['done', 'running', 'pending', 'lost', 'refused', 'cancelled'] as const;
export type CellState = (typeof CELL_STATES)[number];

/** A run of a grid. */
export interface CellStatus {
  readonly state: CellState;
  /** How it ended. */
  readonly status?: RunStatus;
  /** How often it was submitted. */
  readonly submitted: number;
}

export interface GridStatus {
  /** By index in the plan. */
  readonly cells: readonly CellStatus[];
  readonly counts: Readonly<Record<CellState, number>>;
  /** Runs by how they ended. */
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  readonly blocks: { readonly all: number; readonly running: number; readonly ended: number };
  readonly failures: number;
  /** Estimated; null while unknown. */
  readonly secondsLeft: number | null;
  /** Why workers refused blocks, and what the backend says. */
  readonly notes: readonly string[];
}

export interface StatusInput {
  readonly blocks: readonly GridBlock[];
  readonly submissions: readonly Submission[];
  readonly results: ResultsReader;
  readonly states: TaskStates;
  /** Why no more runs begin; undefined if they do. */
  readonly stopReason: string | undefined;
}

/** The newest submission of a run decides, except that a run that has ended stays so while a repetition is lost. */
export function statusOf({ blocks, submissions, results, states, stopReason }: StatusInput): GridStatus {
  const planned = blocks.flatMap((block) => block.cells);
  const cells: CellStatus[] = new Array(planned.length);
  const durations = new Durations();
  const notes = new Set(states.notes);
  const byIndex = new Map(planned.map((each) => [each.index, each]));
  for (const { index, stored } of planned) {
    cells[index] =
      stored === undefined
        ? { state: 'cancelled', submitted: 0 }
        : { state: 'done', status: stored, submitted: 0 };
  }
  for (const { number, tasks } of submissions) {
    for (const [task, { cells: wanted }] of tasks.entries()) {
      const id = { submission: number, task };
      const { end, cells: ended } = results.read(id);
      // An ended task needs no answer from the backend.
      const state = end?.status === 'ended' ? 'gone' : states.of(id);
      if (end !== undefined && end.status !== 'ended' && state === 'gone' && end.reason !== undefined)
        notes.add(end.reason);
      for (const index of wanted) {
        const before = cells[index]!;
        const submitted = before.submitted + 1;
        const own = ended.get(index);
        if (own !== undefined) {
          const [status, seconds] = own;
          durations.add(byIndex.get(index)!.cell, seconds);
          cells[index] = { state: 'done', status, submitted };
        } else if (state !== 'gone') cells[index] = { state, submitted };
        else if (before.state === 'done') cells[index] = { ...before, submitted };
        else {
          const why = end?.status === 'refused' ? 'refused' : stopReason === undefined ? 'lost' : 'cancelled';
          cells[index] = { state: why, submitted };
        }
      }
    }
  }
  return {
    cells,
    ...countsOf(cells, blocks),
    secondsLeft: secondsLeft(cells, blocks, durations),
    notes: [...notes],
  };
}

function countsOf(
  cells: readonly CellStatus[],
  blocks: readonly GridBlock[],
): Pick<GridStatus, 'counts' | 'statuses' | 'blocks' | 'failures'> {
  const counts = Object.fromEntries(CELL_STATES.map((state) => [state, 0])) as Record<CellState, number>;
  const statuses: Partial<Record<RunStatus, number>> = {};
  for (const { state, status } of cells) {
    counts[state] += 1;
    if (state === 'done' && status !== undefined) statuses[status] = (statuses[status] ?? 0) + 1;
  }
  const statesOf = (block: GridBlock) => block.cells.map(({ index }) => cells[index]!.state);
  return {
    counts,
    statuses,
    blocks: {
      all: blocks.length,
      running: blocks.filter((block) => statesOf(block).includes('running')).length,
      ended: blocks.filter((block) => statesOf(block).every((state) => state === 'done')).length,
    },
    failures: cells.filter(({ state, status }) => state === 'done' && isFailure(status ?? '')).length,
  };
}

/** The work that is left, over the blocks that run at once now. */
function secondsLeft(
  cells: readonly CellStatus[],
  blocks: readonly GridBlock[],
  durations: Durations,
): number | null {
  let [seconds, running] = [0, 0];
  for (const block of blocks) {
    let isRunning = false;
    for (const { index, cell } of block.cells) {
      const { state } = cells[index]!;
      if (state !== 'pending' && state !== 'running') continue;
      const typical = durations.typical(cell);
      if (typical === undefined) return null;
      seconds += typical;
      isRunning ||= state === 'running';
    }
    if (isRunning) running += 1;
  }
  return seconds === 0 ? 0 : running === 0 ? null : seconds / running;
}

/** The tasks that submit runs again: of each block, those that `wanted` names. */
export function tasksOf(
  blocks: readonly GridBlock[],
  wanted: (index: number) => boolean,
): Submission['tasks'] {
  return blocks.flatMap(({ index, cells }) => {
    const own = cells.map((cell) => cell.index).filter(wanted);
    return own.length === 0 ? [] : [{ block: index, cells: own }];
  });
}

/** A status for programs: without the list of runs, which may be long. */
export function summaryOf({ cells: _, ...summary }: GridStatus): Omit<GridStatus, 'cells'> {
  return defined(summary);
}
