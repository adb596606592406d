// A check of a plugin, and what it found.

import { describeThrown, GaussmarkError, gaussmarkErrorOf, isOwnPlace } from '@gaussmark/core';

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
  /** The remedy of what the check itself finds, unless that brings one. */
  readonly remedy: string;
  /** Whether the checks after it need what it tries: if it throws, they would throw the same. */
  readonly isBasis?: boolean;
  run(): Outcome | string | Promise<Outcome | string>;
}

export const info = (found: string): Outcome => ({ status: 'info', found });
export const skip = (found: string): Outcome => ({ status: 'skip', found });

/** @throws GaussmarkError with this summary */
export function fail(summary: string, remedy?: string): never {
  throw new GaussmarkError(summary, remedy === undefined ? {} : { remedy });
}

export interface Performed {
  readonly finding: Finding;
  /** Whether the plugin has an error that is not the check's own finding. */
  readonly threw: boolean;
}

/** Never throws: whatever a plugin throws is its finding. */
export async function perform({ name: check, remedy, run }: Check): Promise<Performed> {
  try {
    const outcome = await run();
    const finding: Finding = {
      check,
      ...(typeof outcome === 'string' ? { status: 'pass', found: outcome } : outcome),
    };
    return { finding, threw: false };
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
      if (known.unsupported) return { finding: { check, ...skip(found) }, threw: false };
      return { finding: { check, status: 'fail', found, remedy: known.remedy ?? remedy }, threw: false };
    }
    // The check's remedy is for what it looks for, not for an error in the plugin's code.
    const { text, place } = describeThrown(thrown);
    const found = place === undefined || isOwnPlace(place) ? text : `${text} (${place})`;
    return { finding: { check, status: 'fail', found }, threw: true };
  }
}

export const findingOf = async (check: Check): Promise<Finding> => (await perform(check)).finding;

/** For the checks that a failure leaves out. */
export const notRun = (count: number, why: string): Finding[] =>
  count === 0 ? [] : [{ check: `the other ${count}`, status: 'skip', found: `not run: ${why}` }];
