// Submissions: which blocks went to the backend together. Each is a file that never changes, written before the backend hears of it.

import { existsSync, readFileSync } from 'node:fs';
import { GaussmarkError, parseJson, replaceFile } from '@gaussmark/core';
import type { GridFolder } from './folder.js';

/** A block, or what is missing of it. */
export interface GridTask {
  readonly block: number;
  /** Indices of the cells to run, in the plan. */
  readonly cells: readonly number[];
}

export interface Submission {
  /** From 1. */
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Why these: `all`, `lost`, `retry failed`. */
  readonly reason: string;
  readonly tasks: readonly GridTask[];
}

export function writeSubmission(folder: GridFolder, tasks: readonly GridTask[], reason: string): Submission {
  const number = (folder.submissions().at(-1) ?? 0) + 1;
  const submission: Submission = { number, created: new Date().toISOString(), reason, tasks };
  replaceFile(folder.submissionFile(number), JSON.stringify(submission), {
    lost: 'the submission could not be written; nothing was submitted',
  });
  return submission;
}

/** @throws GaussmarkError if there is none with that number */
export function readSubmission(folder: GridFolder, number: number): Submission {
  const file = folder.submissionFile(number);
  if (!existsSync(file)) {
    throw new GaussmarkError(`there is no submission ${number} in ${folder.report}`, {
      expected: `one of ${folder.submissions().join(', ')}`,
      got: String(number),
    });
  }
  return parseJson(readFileSync(file, 'utf8'), { label: file, file }) as Submission;
}
