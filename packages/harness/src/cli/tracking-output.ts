// What `bench snapshot` and `bench compare` do with the outcome of a measurement: a file, or the reason why there is none.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GaussmarkError } from '@gaussmark/core';
import { MeasurerFailure } from '../tracking/measurer.js';
import { FAILED, STOPPED } from './exit-codes.js';
import type { Sheet } from './screen.js';

/**
 * Writes a file, with the folders that lead to it.
 *
 * @param what it is, for the message
 * @throws GaussmarkError if it cannot be written
 */
export async function save(file: string, text: string, what: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (cause) {
    throw new GaussmarkError(`cannot write the ${what}: ${(cause as Error).message}`, { file, cause });
  }
}

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
