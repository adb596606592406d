// What `bench snapshot` and `bench compare` say where a measurement has no outcome.

import { MeasurerFailure } from '@gaussmark/tracking';
import { FAILED, STOPPED } from './exit-codes.js';
import type { Sheet } from './screen.js';

/**
 * Says why a measurement has no outcome: the user stopped it, or something cannot be measured.
 *
 * @returns the exit code
 * @throws the error if it is neither
 */
export function failureCode(error: unknown, err: Sheet, stopped: string): number {
  if (error instanceof DOMException && error.name === 'AbortError') {
    err.write(`stopped; ${stopped}\n`);
    return STOPPED;
  }
  if (!(error instanceof MeasurerFailure)) throw error;
  err.write(`${err.colors.red('error:')} ${error.message}\n`);
  return FAILED;
}
