// Measuring a suite in a process of its own, with an allocator that keeps what it has.

import type { Surroundings } from '../cell/cell.js';
import { forkWorker } from '../isolation/fork-worker.js';
import type { FromStepsWorker, Measurement, Method, Suite, SuiteEvent, ToStepsWorker } from './suite.js';

const WORKER = new URL('./worker.js', import.meta.url);

/** A suite that could not be measured; the message says why. */
export class SuiteFailure extends Error {}

export interface SuiteOptions {
  readonly method: Method;
  readonly surroundings: Surroundings;
  readonly onEvent: (event: SuiteEvent) => void;
  /** Ends the process when it aborts. */
  readonly signal: AbortSignal;
}

/**
 * Measures a suite in a child process.
 *
 * @throws SuiteFailure if it cannot be measured, whatever became of the process; the signal's reason if it aborts
 */
export function runSuite(
  suite: Suite,
  { method, surroundings, onEvent, signal }: SuiteOptions,
): Promise<Measurement> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    let outcome: { readonly measurement: Measurement } | { readonly reason: string } | undefined;
    const { child, stderr } = forkWorker(WORKER);
    const kill = () => child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    process.once('exit', kill);
    child.on('message', (message: FromStepsWorker) => {
      switch (message.type) {
        case 'phase':
        case 'round':
          onEvent(message);
          break;
        case 'result':
          outcome = { measurement: message.measurement };
          break;
        case 'error':
          outcome ??= { reason: message.reason };
          break;
        default:
          message satisfies never;
      }
    });
    child.on('error', ({ message }) => {
      outcome ??= { reason: `the measuring process could not be started: ${message}` };
    });
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', kill);
      process.off('exit', kill);
      if (signal.aborted) return reject(signal.reason);
      if (outcome !== undefined && 'measurement' in outcome) return resolve(outcome.measurement);
      const end = killedBy === null ? `ended with code ${code}` : `was ended by ${killedBy}`;
      const last = stderr().trim() === '' ? '' : `: ${stderr().trim()}`;
      reject(new SuiteFailure(outcome?.reason ?? `the measuring process ${end}${last}`));
    });
    child.send({ suite, method, surroundings } satisfies ToStepsWorker, () => {});
  });
}
