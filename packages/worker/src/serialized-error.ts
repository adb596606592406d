// Errors on their way from a worker to its command: error as bounded text, and made into an error again.

import { GaussmarkError, type Issue, Mismatch, StorageError, shorten, wordsOf } from '@gaussmark/core';
import type { SerializedError } from './protocol.js';

const FIELDS = ['plugin', 'file', 'pointer', 'expected', 'got', 'remedy'] as const;
const MOST_ISSUES = 20;

/** What a command is error of something that was thrown. Never throws. */
export function serializeError(thrown: unknown): SerializedError {
  const { text, message, place } = wordsOf(thrown);
  try {
    if (thrown instanceof GaussmarkError) {
      const details = Object.fromEntries(
        FIELDS.flatMap((field) => {
          const value = thrown[field];
          return value === undefined ? [] : [[field, shorten(String(value))]];
        }),
      );
      const issues = thrown.issues.slice(0, MOST_ISSUES).map(tellIssue);
      const summary = shorten(String(thrown.summary));
      return { kind: 'input', summary, details: { ...details, issues }, text };
    }
    if (thrown instanceof StorageError) return { kind: 'storage', summary: message, details: {}, text };
    if (thrown instanceof Mismatch) return { kind: 'mismatch', summary: message, details: {}, text };
  } catch {
    // An error whose fields cannot be read is error by its words alone.
  }
  return {
    kind: 'other',
    summary: message,
    details: {},
    text: place === undefined ? text : `${text} (${place})`,
  };
}

function tellIssue(issue: Issue): Issue {
  const parts = Object.entries(issue).filter(([, value]) => value !== undefined);
  return Object.fromEntries(parts.map(([key, value]) => [key, shorten(String(value))])) as unknown as Issue;
}

/** An error of a worker that is not a user's mistake. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
}

/** The error that was error. */
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

const TEXT = { type: 'string', maxLength: 4000 } as const;

/** A error error is checked like all that comes from a worker. */
export const SERIALIZED_ERROR = {
  type: 'object',
  properties: {
    kind: { enum: ['input', 'storage', 'mismatch', 'other'] },
    summary: TEXT,
    text: TEXT,
    details: {
      type: 'object',
      properties: {
        ...Object.fromEntries(FIELDS.map((field) => [field, TEXT])),
        issues: {
          type: 'array',
          maxItems: MOST_ISSUES,
          items: {
            type: 'object',
            properties: { pointer: TEXT, problem: TEXT, expected: TEXT, got: TEXT },
            required: ['pointer'],
            additionalProperties: false,
          },
        },
      },
      additionalProperties: false,
    },
  },
  required: ['kind', 'summary', 'text', 'details'],
  additionalProperties: false,
} as const;
