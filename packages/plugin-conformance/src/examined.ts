// What an examination found, as `bench doctor` shows it, with a remedy if needed.

import { defined, describeThrown, gaussmarkErrorOf } from '@gaussmark/core';
import { closed, objectOf, oneOf, type Static, TEXT } from '@gaussmark/worker';

export const EXAMINED = closed(
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

export type Examined = Static<typeof EXAMINED>;

/**
 * Passes if `check` resolves, with what that found.
 *
 * @internal
 */
export async function attempt(name: string, check: () => Promise<string>): Promise<Examined> {
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
