// Errors of a plugin in terms of the harness.

import { GaussmarkError } from '@gaussmark/core';
import { PjrtError } from '../pjrt/index.js';

const PLUGIN = "engine 'xla'";

/** Messages carry source locations and stack traces after their first lines. */
const QUOTED_LINES = 4;

/**
 * What to throw for an error of a plugin; other errors stay as they are.
 *
 * @param what `XLA failed to compile the program`
 */
export function explain(what: string, error: unknown): unknown {
  if (!(error instanceof PjrtError)) return error;
  const got = `${error.status}: ${error.message.split('\n').slice(0, QUOTED_LINES).join('\n').trim()}`;
  if (error.status === 'RESOURCE_EXHAUSTED') {
    // The harness records a run that says so as out of memory.
    return new GaussmarkError(`${what}: the device's memory is exhausted (out of memory)`, {
      plugin: PLUGIN,
      got,
      remedy: 'use a smaller batchSize or model, a larger memoryFraction, or another device',
      cause: error,
    });
  }
  return new GaussmarkError(what, { plugin: PLUGIN, got, cause: error });
}
