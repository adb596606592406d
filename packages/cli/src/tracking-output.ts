// Why `bench snapshot` or `bench compare` has no result.

import { MeasurerFailure } from '@gaussmark/tracking';
import { FAILED, STOPPED } from './exit-codes.js';
import type { Sink } from './screen.js';

/**
 * Prints why a measurement has no result: the user stopped it, or something cannot be measured.
 *
 * @returns the exit code
 * @throws the error if it is anything else
 */
export function failureCode(error: unknown, err: Sink, stopped: string): number {
  if (error instanceof DOMException && error.name === 'AbortError') {
    err.write(`stopped; ${stopped}\n`);
    return STOPPED;
  }
  if (!(error instanceof MeasurerFailure)) throw error;
  err.write(`${err.colors.red('error:')} ${error.message}\n`);
  return FAILED;
}
