// Running a plan: cells in their order, each in a process of its own, until all are done or the user stops.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Limits } from '@gaussmark/worker';
import {
  type Cell,
  type CellEvent,
  type CellResult,
  type CurvePoint,
  type Locations,
  stepsOf,
} from '../cell/cell.js';
import type { CellOutcome } from './cell-outcome.js';
import { ConditionsWatch } from './run-conditions.js';
import { runCellInProcess } from './run-in-process.js';

/** What a running plan tells. `index` counts cells from 0. */
export type PlanEvent =
  | { readonly type: 'start'; readonly index: number; readonly cell: Cell }
  | { readonly type: 'cell'; readonly index: number; readonly event: CellEvent }
  | { readonly type: 'end'; readonly index: number; readonly outcome: CellOutcome };

export interface RunOptions {
  readonly locations: Locations;
  /** Stops the running cells and cancels those to come. */
  readonly signal: AbortSignal;
  /** Cells that run at once; with more than one, their timings are not comparable. */
  readonly jobs: number;
  readonly limits: (cell: Cell) => Limits;
  readonly onEvent: (event: PlanEvent) => void;
  /** Called when a cell that began has ended, also if it was stopped; the next one waits for it. */
  readonly record: (outcome: CellOutcome) => Promise<void>;
  /** Runs one cell; default: in a child process. */
  readonly execute?: typeof runCellInProcess;
}

/**
 * Runs cells in their order, `jobs` at a time. A cell that fails, crashes, hangs or diverges does not keep the others from
 * running.
 *
 * @returns one outcome per cell, in order
 * @throws what `record` throws; the running cells are ended
 */
export async function runPlan(cells: readonly Cell[], options: RunOptions): Promise<CellOutcome[]> {
  const outcomes: CellOutcome[] = new Array(cells.length);
  // Ends the other cells if one worker finds that nothing can be recorded any more.
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  let next = 0;
  const work = async () => {
    while (next < cells.length) {
      const index = next++;
      const cell = cells[index]!;
      outcomes[index] = signal.aborted
        ? cancelled(cell, 'stopped by the user before it began', [])
        : await runCell(cell, index, { ...options, signal });
    }
  };
  const workers = Array.from({ length: Math.min(options.jobs, cells.length) }, () =>
    work().catch((error: unknown) => {
      failure.abort();
      throw error;
    }),
  );
  const failed = (await Promise.allSettled(workers)).find((worker) => worker.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return outcomes;
}

async function runCell(cell: Cell, index: number, options: RunOptions): Promise<CellOutcome> {
  const { locations, signal, jobs, limits, onEvent, record, execute = runCellInProcess } = options;
  onEvent({ type: 'start', index, cell });
  const points: CurvePoint[] = [];
  const watch = new ConditionsWatch(jobs);
  const start = performance.now();
  const ended = await execute(cell, locations, {
    limits: limits(cell),
    onEvent: (event) => {
      if (event.type === 'point') points.push(event.point);
      onEvent({ type: 'cell', index, event });
    },
    signal,
  }).then(
    (result): CellOutcome => ({ cell, result: withShortReason(result, locations) }),
    (error: unknown) => {
      if (!signal.aborted) throw error;
      return cancelled(cell, 'stopped by the user', points);
    },
  );
  const wallSeconds = (performance.now() - start) / 1000;
  const outcome = { ...ended, conditions: watch.end(ended.result), wallSeconds };
  await record(outcome);
  onEvent({ type: 'end', index, outcome });
  return outcome;
}

/** A stack names places in the user's folders: those inside the project are shown from there. */
function withShortReason(result: CellResult, { cwd, workspaceRoot }: Locations): CellResult {
  if (result.reason === undefined) return result;
  const roots = [workspaceRoot, cwd].filter((root) => root !== undefined && path.dirname(root) !== root);
  const reason = roots.reduce<string>(
    (text, root) => text.replaceAll(`${pathToFileURL(root!).href}/`, '').replaceAll(`${root}${path.sep}`, ''),
    result.reason,
  );
  return { ...result, reason };
}

/** What is known of a cell that was stopped: its curve so far. */
function cancelled(cell: Cell, reason: string, curve: readonly CurvePoint[]): CellOutcome {
  const steps = stepsOf(curve);
  const seconds = steps.secondsTotal;
  return {
    cell,
    result: {
      status: 'cancelled',
      reason,
      engineInfo: {},
      curve,
      steps,
      seconds: { load: 0, compile: 0, train: seconds, evaluate: 0, total: seconds },
    },
  };
}
