// Errors sent from a worker to its command: bounded text on the way, an error again on arrival.

import { describeThrown, GaussmarkError, Mismatch, StorageError, shorten } from '@gaussmark/core';
import { closed, listOf, objectOf, oneOf, type Schema, type Static } from './message-schemas.js';

const BOUNDED: Schema<string> = { type: 'string', maxLength: 4000 };
const MOST_ISSUES = 20;
const FIELDS = {
  plugin: BOUNDED,
  file: BOUNDED,
  pointer: BOUNDED,
  expected: BOUNDED,
  got: BOUNDED,
  remedy: BOUNDED,
} as const;
const ISSUE = closed(objectOf({ pointer: BOUNDED }, { problem: BOUNDED, expected: BOUNDED, got: BOUNDED }));

export const SERIALIZED_ERROR = closed(
  objectOf({
    /** `input`: a GaussmarkError. `mismatch`: nobody's fault. `other`: any other error, of a plugin or ours. */
    kind: oneOf('input', 'storage', 'mismatch', 'other'),
    summary: BOUNDED,
    details: closed(
      objectOf(
        {},
        {
          ...FIELDS,
          issues: { ...listOf(ISSUE), maxItems: MOST_ISSUES } as Schema<readonly Static<typeof ISSUE>[]>,
        },
      ),
    ),
    /** Name, message and place on one line. */
    text: BOUNDED,
  }),
);

export type SerializedError = Static<typeof SERIALIZED_ERROR>;

/** Describes anything thrown. Never throws. */
export function serializeError(thrown: unknown): SerializedError {
  const { text, message, place } = describeThrown(thrown);
  const plain = (kind: SerializedError['kind'], full = text) => ({
    kind,
    summary: message,
    details: {},
    text: full,
  });
  try {
    if (thrown instanceof GaussmarkError) {
      const details = {
        ...shortened(thrown, Object.keys(FIELDS)),
        issues: thrown.issues.slice(0, MOST_ISSUES).map((issue) => shortened(issue, Object.keys(issue))),
      } as unknown as SerializedError['details'];
      return { kind: 'input', summary: shorten(String(thrown.summary)), details, text };
    }
    if (thrown instanceof StorageError) return plain('storage');
    if (thrown instanceof Mismatch) return plain('mismatch');
  } catch {
    // Fields that cannot be read: the text has to do.
  }
  return plain('other', place === undefined ? text : `${text} (${place})`);
}

/** The fields of an object that are set, as short texts. */
function shortened(source: object, keys: readonly string[]): Record<string, string> {
  const fields = keys.map((key) => [key, (source as Record<string, unknown>)[key]] as const);
  return Object.fromEntries(
    fields.filter(([, value]) => value !== undefined).map(([key, value]) => [key, shorten(String(value))]),
  );
}

/** An error in a worker that is not the user's mistake. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
}

export function deserializeError({ kind, summary, details, text }: SerializedError): Error {
  switch (kind) {
    case 'input':
      return new GaussmarkError(summary, details);
    case 'mismatch':
      return new Mismatch(summary);
    case 'storage':
      return new StorageError(summary);
    case 'other':
      return new WorkerError(text);
    default:
      return kind satisfies never;
  }
}
