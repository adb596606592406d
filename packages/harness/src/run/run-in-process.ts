// Running a cell in a process of its own, within limits: whatever happens there becomes the cell's result.

import { defined } from '@gaussmark/core';
import { type Ending, endingOfError, type Limits, task, WorkerEnded, WorkerProcess } from '@gaussmark/worker';
import {
  type Cell,
  type CellEvent,
  type CellResult,
  type CurvePoint,
  type Locations,
  pluginsOf,
  stepsOf,
} from '../cell/cell.js';
import { clockSeconds } from '../cell/clock.js';
import { impossibleTimes } from '../cell/impossible-times.js';
import type { RunTask } from '../cell/run-task.js';
import { eventIssues, resultIssues } from './run-messages.js';

const RUN = task<RunTask>(new URL('../cell/run-task.js', import.meta.url), 'runTask');

export interface IsolationOptions {
  readonly limits: Limits;
  readonly onEvent: (event: CellEvent) => void;
  /** Ends the process when it aborts; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a cell in a child process. A thrown error, a crash, a kill, time or memory beyond the limits, a result that cannot be:
 * all become a result with the status `failed`, `timeout` or `out-of-memory` and the reason; what the run had recorded until
 * then is kept, and what its process printed.
 */
export async function runCellInProcess(
  cell: Cell,
  locations: Locations,
  { limits, onEvent, signal }: IsolationOptions,
): Promise<CellResult> {
  signal?.throwIfAborted();
  const start = clockSeconds();
  const curve: CurvePoint[] = [];
  const worker = new WorkerProcess({ limits, prepare: RUN });
  const abort = () => worker.kill();
  signal?.addEventListener('abort', abort, { once: true });
  const ended = ({ status, reason }: Ending): CellResult => ({
    status,
    reason,
    engineInfo: {},
    curve,
    steps: stepsOf(curve),
    seconds: {
      load: 0,
      compile: 0,
      train: curve.at(-1)?.seconds ?? 0,
      evaluate: 0,
      total: clockSeconds() - start,
    },
  });
  const { plugins } = locations;
  const own = plugins === undefined ? {} : { plugins: pluginsOf(cell, plugins) };
  const input = { cell, locations: { ...locations, ...own } };
  try {
    const told = await worker.ask(RUN, input, {
      event: (event) => eventIssues(event, curve.at(-1)),
      result: (result) => {
        const issues = resultIssues(result, cell, curve);
        if (issues.length > 0) return issues;
        const impossible = impossibleTimes({ ...(result as CellResult), curve }, clockSeconds() - start);
        return impossible === undefined ? [] : [{ pointer: '/seconds', problem: impossible }];
      },
      onEvent: (event) => {
        if (event.type === 'point') curve.push(event.point);
        onEvent(event);
      },
    });
    await worker.end();
    return { ...told, curve, ...observed(worker) };
  } catch (error) {
    await worker.end();
    if (signal?.aborted) throw signal.reason;
    const ending = error instanceof WorkerEnded ? error.ending : endingOfError((error as Error).message);
    return { ...ended(ending), ...observed(worker) };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** What was seen of a worker from outside. */
function observed({ peakBytes, output }: WorkerProcess): Pick<CellResult, 'peakBytes' | 'output'> {
  return defined({ peakBytes, output });
}
