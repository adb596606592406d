// Runs a cell in a process of its own, within limits; whatever happens there becomes the cell's result.

import {
  accountFor,
  type Cell,
  type CellEvent,
  type CellResult,
  type CurvePoint,
  clockSeconds,
  impossibleTimes,
  type Locations,
  pluginsOf,
  type RunTask,
  type SaveRequest,
  stepsOf,
} from '@gaussmark/cell';
import { defined } from '@gaussmark/core';
import { type Ending, endingOfError, type Limits, task, WorkerEnded, WorkerProcess } from '@gaussmark/worker';
import { eventIssues, resultIssues } from './run-messages.js';

const RUN = task<RunTask>(new URL(import.meta.resolve('@gaussmark/cell/run-task')), 'runTask', {
  // What is valid depends on the cell and on the curve so far.
  result: () => [{ pointer: '', problem: 'internal: no validator for this cell' }],
});

export interface IsolationOptions {
  readonly limits: Limits;
  readonly onEvent: (event: CellEvent) => void;
  /** Aborting it ends the process. */
  readonly signal?: AbortSignal;
  readonly save?: SaveRequest;
}

/**
 * Runs a cell in a child process. A thrown error, a crash, a kill, a broken limit and an impossible result all become a result
 * with status `failed`, `timeout` or `out-of-memory` and the reason. The curve so far and the printed output are kept.
 *
 * @throws the signal's reason if it aborts
 */
export async function runCellInProcess(
  cell: Cell,
  locations: Locations,
  { limits, onEvent, signal, save }: IsolationOptions,
): Promise<CellResult> {
  signal?.throwIfAborted();
  const start = clockSeconds();
  const curve: CurvePoint[] = [];
  const { plugins } = locations;
  const own = plugins === undefined ? {} : { plugins: pluginsOf(cell, plugins) };
  const worker = new WorkerProcess({ limits, prepare: RUN });
  let result: CellResult;
  let startup: number | undefined;
  let answered = false;
  try {
    const input = { cell, locations: { ...locations, ...own }, ...defined({ save }) };
    const received = await worker.ask(RUN, input, {
      signal,
      event: (event) => eventIssues(event, curve.at(-1)),
      result: (value) => {
        const issues = resultIssues(value, cell, curve);
        if (issues.length > 0) return issues;
        const impossible = impossibleTimes({ ...(value as CellResult), curve }, clockSeconds() - start);
        return impossible === undefined ? [] : [{ pointer: '/seconds', problem: impossible }];
      },
      onEvent: (event) => {
        startup ??= clockSeconds() - start;
        if (event.type === 'point') curve.push(event.point);
        onEvent(event);
      },
    });
    answered = true;
    result = { ...received, curve };
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const ending = error instanceof WorkerEnded ? error.ending : endingOfError((error as Error).message);
    result = failed(ending, curve, clockSeconds() - start);
  } finally {
    await worker.end();
  }
  const { peakBytes, output } = worker;
  const whole = { ...result, ...defined({ peakBytes, output }) };
  if (!answered || startup === undefined) return whole;
  return { ...whole, seconds: accountFor(result.seconds, { startup, wall: clockSeconds() - start }) };
}

function failed({ status, reason }: Ending, curve: readonly CurvePoint[], total: number): CellResult {
  return {
    status,
    reason,
    engineInfo: {},
    curve,
    steps: stepsOf(curve),
    seconds: { load: 0, compile: 0, train: curve.at(-1)?.seconds ?? 0, evaluate: 0, total },
  };
}
