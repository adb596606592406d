// Runs a plan: its cells in order, each in a process of its own, until all are done or the user stops.

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type Cell,
  type CellEvent,
  type CellResult,
  type CurvePoint,
  type Locations,
  type SaveRequest,
  stepsOf,
} from '@gaussmark/cell';
import { defined } from '@gaussmark/core';
import type { Limits } from '@gaussmark/worker';
import type { CellOutcome } from './cell-outcome.js';
import { ConditionsWatch } from './run-conditions.js';
import { runCellInProcess } from './run-in-process.js';

/** An event of a running plan. `index` counts cells from 0. */
export type PlanEvent =
  | { readonly type: 'start'; readonly index: number; readonly cell: Cell }
  | { readonly type: 'cell'; readonly index: number; readonly event: CellEvent }
  | { readonly type: 'end'; readonly index: number; readonly outcome: CellOutcome };

/** What a worker of a grid knows about its machine. */
export interface SharedMachine {
  /** Concurrent cells, with those of other workers here. */
  readonly jobs: number;
  /** Why no timing here can be trusted. */
  readonly distrust?: string;
}

export interface RunOptions {
  readonly locations: Locations;
  /** Aborting it stops the running cells and cancels the rest. */
  readonly signal: AbortSignal;
  /** Concurrent cells; with more than one, timings are not comparable. */
  readonly jobs: number;
  /** Default: this process is alone. */
  readonly machine?: SharedMachine;
  readonly limits: (cell: Cell) => Limits;
  readonly onEvent: (event: PlanEvent) => void;
  /** Called when a started cell has ended or was stopped; the next one waits for it. */
  readonly record: (outcome: CellOutcome) => Promise<void>;
  /** Where to save the trained model of a cell. Default: nowhere. */
  readonly save?: (cell: Cell) => SaveRequest;
  /** Runs one cell; by default in a child process. */
  readonly execute?: typeof runCellInProcess;
}

/**
 * Runs cells in order, `jobs` at a time. A cell that fails, crashes, hangs or diverges does not affect the others.
 *
 * @returns one outcome per cell, in order
 * @throws what `record` throws, after stopping the running cells
 */
export async function runPlan(cells: readonly Cell[], options: RunOptions): Promise<CellOutcome[]> {
  const outcomes: CellOutcome[] = new Array(cells.length);
  // If nothing can be recorded any more, all cells stop.
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  let next = 0;
  const work = async () => {
    while (next < cells.length) {
      const index = next++;
      const cell = cells[index]!;
      outcomes[index] = signal.aborted
        ? cancelled(cell, 'stopped by the user before it started', [])
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
  const { locations, signal, limits, onEvent, record, save, execute = runCellInProcess } = options;
  const machine: SharedMachine = options.machine ?? { jobs: options.jobs };
  onEvent({ type: 'start', index, cell });
  const points: CurvePoint[] = [];
  const watch = new ConditionsWatch(machine.jobs, machine.distrust);
  const start = performance.now();
  const ended = await execute(cell, locations, {
    limits: limits(cell),
    onEvent: (event) => {
      if (event.type === 'point') points.push(event.point);
      onEvent({ type: 'cell', index, event });
    },
    signal,
    ...defined({ save: save?.(cell) }),
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

/** Shortens the paths in a stack to those relative to the project. */
function withShortReason(result: CellResult, { cwd, workspaceRoot }: Locations): CellResult {
  if (result.reason === undefined) return result;
  const roots = [workspaceRoot, cwd].filter((root) => root !== undefined && path.dirname(root) !== root);
  const reason = roots.reduce<string>(
    (text, root) => text.replaceAll(`${pathToFileURL(root!).href}/`, '').replaceAll(`${root}${path.sep}`, ''),
    result.reason,
  );
  return { ...result, reason };
}

/** The outcome of a stopped cell: its curve so far. */
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
