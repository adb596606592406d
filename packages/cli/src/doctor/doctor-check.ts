// A check of `bench doctor`: its result and, if needed, a remedy.

import { defined, describeThrown, gaussmarkErrorOf } from '@gaussmark/core';
import { closed, objectOf, oneOf, type Static, TEXT } from '@gaussmark/worker';

export const CHECK = closed(
  objectOf(
    {
      name: TEXT,
      /** `absent`: an alternative that is not available here. */
      status: oneOf('ok', 'absent', 'warn', 'fail'),
      found: TEXT,
    },
    { remedy: TEXT },
  ),
);

export type Check = Static<typeof CHECK>;

/** A check that passes if `check` resolves, with what that found. */
export async function attempt(name: string, check: () => Promise<string>): Promise<Check> {
  try {
    return { name, status: 'ok', found: await check() };
  } catch (error) {
    const known = gaussmarkErrorOf(error);
    const found =
      known === undefined
        ? describeThrown(error).text
        : [known.summary, known.got].filter(Boolean).join('; got ');
    return { name, status: 'fail', found, ...defined({ remedy: known?.remedy }) };
  }
}
