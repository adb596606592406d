// Running a cell in a process of its own: whatever happens there becomes the cell's result.

import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Cell, CellEvent, CellResult, CurvePoint, Surroundings } from './cell.js';

/** @internal */
export interface ToWorker {
  readonly cell: Cell;
  readonly surroundings: Surroundings;
}

/** @internal */
export type ToParent =
  | { readonly type: 'event'; readonly event: CellEvent }
  | { readonly type: 'result'; readonly result: CellResult }
  | { readonly type: 'error'; readonly reason: string };

/**
 * glibc returns big blocks to the system when they are freed, and the next step pays for their page faults again (30 ms
 * for 12 MB were measured). With these thresholds it keeps them.
 */
const ALLOCATOR = {
  MALLOC_MMAP_THRESHOLD_: '4294967296',
  MALLOC_TRIM_THRESHOLD_: '8589934592',
  MALLOC_TOP_PAD_: '268435456',
};

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
/** Characters of the child's stderr that are kept for the reason of a crash. */
const STDERR_TAIL = 2000;

/**
 * Runs a cell in a child process. A thrown error, a crash or a kill becomes a result with the status `failed` and the
 * reason; what the run had recorded until then is kept.
 *
 * @param signal ends the process when it aborts; the promise rejects with the signal's reason
 */
export function runCellInProcess(
  cell: Cell,
  surroundings: Surroundings,
  onEvent: (event: CellEvent) => void,
  signal?: AbortSignal,
): Promise<CellResult> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const curve: CurvePoint[] = [];
    let outcome: CellResult | undefined;
    let stderr = '';
    const child = fork(WORKER, [], {
      env: { ...ALLOCATOR, ...process.env },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const failed = (reason: string): CellResult => ({
      status: 'failed',
      reason,
      engineInfo: {},
      curve,
      steps: { count: 0, secondsMedian: null, secondsTotal: 0, secondsP10: null, secondsP90: null },
      seconds: { load: 0, compile: 0, train: 0, evaluate: 0, total: (performance.now() - start) / 1000 },
    });
    const abort = () => child.kill('SIGKILL');
    signal?.addEventListener('abort', abort, { once: true });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_TAIL);
    });
    child.on('message', (message: ToParent) => {
      switch (message.type) {
        case 'event':
          if (message.event.type === 'point') curve.push(message.event.point);
          onEvent(message.event);
          break;
        case 'result':
          outcome = message.result;
          break;
        case 'error':
          outcome = failed(message.reason);
          break;
        default:
          message satisfies never;
      }
    });
    child.on('error', (error) => {
      outcome ??= failed(`the process of the run could not be started: ${error.message}`);
      resolve(outcome);
    });
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', abort);
      if (signal?.aborted && outcome === undefined) {
        reject(signal.reason);
        return;
      }
      resolve(outcome ?? failed(crashReason(code, killedBy, stderr)));
    });
    child.send({ cell, surroundings } satisfies ToWorker);
  });
}

function crashReason(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const line = stderr
    .split('\n')
    .find((text) => /error|fatal|abort|terminate/i.test(text))
    ?.trim();
  // The kernel's answer to a process that asks for too much memory is this signal, and no word.
  const hint = signal === 'SIGKILL' ? ' (out of memory?)' : '';
  return `the process of the run was ended ${how}${hint}${line ? `: ${line}` : ''}`;
}
