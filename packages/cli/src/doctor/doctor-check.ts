// One check of the doctor: what it found and, if need be, the remedy.

import { defined, gaussmarkErrorOf, validator, wordsOf } from '@gaussmark/core';
import { TEXT } from '@gaussmark/worker';

export interface Check {
  readonly name: string;
  /** `absent`: one of several ways to do something, which is not to be had here. */
  readonly status: 'ok' | 'absent' | 'warn' | 'fail';
  readonly found: string;
  readonly remedy?: string;
}

/** A check that is passed if it comes to its end. */
export async function attempt(name: string, check: () => Promise<string>): Promise<Check> {
  try {
    return { name, status: 'ok', found: await check() };
  } catch (error) {
    const known = gaussmarkErrorOf(error);
    const found =
      known === undefined ? wordsOf(error).text : [known.summary, known.got].filter(Boolean).join('; got ');
    return { name, status: 'fail', found, ...defined({ remedy: known?.remedy }) };
  }
}

/** What is wrong with checks that a worker told. */
export const checksIssues = validator({
  type: 'array',
  items: {
    type: 'object',
    properties: { name: TEXT, status: { enum: ['ok', 'absent', 'warn', 'fail'] }, found: TEXT, remedy: TEXT },
    required: ['name', 'status', 'found'],
    additionalProperties: false,
  },
});
