// Running a cell in a process of its own, within limits: whatever happens there becomes the cell's result.

import { type Issue, validator } from '@gaussmark/core';
import { pointIssues, runIssues } from '@gaussmark/report';
import { reportRun } from '../assemble.js';
import {
  type Cell,
  type CellEvent,
  type CellResult,
  type CurvePoint,
  pluginsOf,
  type Surroundings,
  stepsOf,
} from '../cell/cell.js';
import { type Ending, endingOfError } from './ending.js';
import type { Limits } from './limits.js';
import { WorkerEnded, WorkerProcess } from './worker-process.js';

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
  surroundings: Surroundings,
  { limits, onEvent, signal }: IsolationOptions,
): Promise<CellResult> {
  signal?.throwIfAborted();
  const start = performance.now();
  const curve: CurvePoint[] = [];
  const worker = new WorkerProcess({ limits, prepare: 'run' });
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
      total: (performance.now() - start) / 1000,
    },
  });
  const { plugins } = surroundings;
  const own = plugins === undefined ? {} : { plugins: pluginsOf(cell, plugins) };
  const input = { cell, surroundings: { ...surroundings, ...own } };
  try {
    const told = await worker.ask('run', input, {
      event: (event) => eventIssues(event, curve.at(-1)),
      result: (result) => resultIssues(result, cell, curve),
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
  return { peakBytes, ...(output === undefined ? {} : { output }) };
}

const otherEventIssues = validator({
  anyOf: [
    {
      type: 'object',
      properties: { type: { const: 'phase' }, phase: { enum: ['load', 'compile', 'train'] } },
      required: ['type', 'phase'],
    },
    {
      type: 'object',
      properties: {
        type: { const: 'progress' },
        fraction: { type: 'number', minimum: 0, maximum: 1 },
        iterations: { type: 'integer', minimum: 0 },
      },
      required: ['type', 'fraction', 'iterations'],
    },
  ],
});

const MEASURE = { type: ['number', 'null'] } as const;
const validationIssues = validator({
  type: 'object',
  properties: { validationLoss: MEASURE, validationAccuracy: MEASURE },
});

/** What is wrong with an event; a point must be one of a report, and come after the one before. */
function eventIssues(event: unknown, before: CurvePoint | undefined): Issue[] {
  const { type, point } = (event ?? {}) as { readonly type?: unknown; readonly point?: unknown };
  if (type !== 'point') return otherEventIssues(event);
  const issues = validationIssues(point);
  return issues.length > 0 ? issues : pointIssues(tested(point as CurvePoint), before);
}

/** A point without what only trials have, which are no runs of a report. */
function tested({ validationLoss: _, validationAccuracy: __, ...point }: CurvePoint): CurvePoint {
  return point;
}

const facts = validator({
  type: 'object',
  properties: {
    status: { enum: ['done', 'target-reached', 'budget', 'diverged', 'skipped'] },
    cpuSeconds: { type: 'number', minimum: 0 },
    facts: {
      type: 'object',
      properties: {
        trainSize: { type: 'integer', minimum: 1 },
        testSize: { type: 'integer', minimum: 1 },
        validationSize: { type: 'integer', minimum: 1 },
        parameterCount: { type: 'integer', minimum: 0 },
        stepsPerEpoch: { type: 'integer', minimum: 1 },
      },
      required: ['trainSize', 'parameterCount', 'stepsPerEpoch'],
    },
  },
  required: ['status'],
});

/** What is wrong with a result: it must be one that a report can be made of. */
function resultIssues(result: unknown, cell: Cell, curve: readonly CurvePoint[]): Issue[] {
  const issues = facts(result);
  if (issues.length > 0) return issues;
  return runIssues(reportRun({ cell, result: { ...(result as CellResult), curve: curve.map(tested) } }));
}
