// A check of a plugin, and what it found.

import { describeThrown, GaussmarkError, gaussmarkErrorOf } from '@gaussmark/core';

/** `info`: a property worth knowing, neither right nor wrong. `skip`: not applicable here. */
export const FINDING_STATUSES = ['pass', 'fail', 'info', 'skip'] as const;

export interface Outcome {
  readonly status: (typeof FINDING_STATUSES)[number];
  /** What was seen: `7 parameters, state of 7 tensors`. */
  readonly found: string;
  /** For a failure: how to fix it. */
  readonly remedy?: string;
}

export interface Finding extends Outcome {
  /** `batch of one`. */
  readonly check: string;
}

/** One check. A text is what a passed check found; a {@link GaussmarkError} is a failure. */
export interface Check {
  readonly name: string;
  /** The remedy of a failure that brings none. */
  readonly remedy: string;
  run(): Outcome | string | Promise<Outcome | string>;
}

export const info = (found: string): Outcome => ({ status: 'info', found });
export const skip = (found: string): Outcome => ({ status: 'skip', found });

/** @throws GaussmarkError with this summary */
export function fail(summary: string, remedy?: string): never {
  throw new GaussmarkError(summary, remedy === undefined ? {} : { remedy });
}

/** Never throws: whatever a plugin throws is its finding. */
export async function findingOf({ name: check, remedy, run }: Check): Promise<Finding> {
  try {
    const outcome = await run();
    return { check, ...(typeof outcome === 'string' ? { status: 'pass', found: outcome } : outcome) };
  } catch (thrown) {
    const known = gaussmarkErrorOf(thrown);
    if (known !== undefined) {
      const found = [
        known.summary,
        known.expected && `expected ${known.expected}`,
        known.got && `got ${known.got}`,
      ]
        .filter(Boolean)
        .join('; ');
      return { check, status: 'fail', found, remedy: known.remedy ?? remedy };
    }
    const { text, place } = describeThrown(thrown);
    return { check, status: 'fail', found: place === undefined ? text : `${text} (${place})`, remedy };
  }
}
