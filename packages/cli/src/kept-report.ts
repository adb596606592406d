// What the report in a directory was made of: while none of it has changed, the report need not be rebuilt.

import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { replaceFile } from '@gaussmark/core';
import {
  type Decision,
  type Identity,
  type Plan,
  type ReportedOutcome,
  STORE_FOLDER,
  VERSION,
} from '@gaussmark/harness';
import { type ReportFiles, reportFilesIn } from '@gaussmark/report';

/** Beside the records, which it is put aside with. */
const FILE = 'report-made-of.json';

interface Kept<T> {
  readonly substance: string;
  /** Of each file, to see whether somebody else wrote it since. */
  readonly stamps: readonly string[];
  readonly shown: T;
}

/** How a run of a finished plan ended. */
export interface EndedRun {
  /** Of what its result depends on. */
  readonly key: string;
  readonly status: string;
  readonly finished: string;
}

/**
 * A digest of all that the report of a finished plan says: its runs by what they depend on and when they ended, what is said
 * of their problems, and the code that makes reports.
 *
 * @param runs of the plan's cells, in order
 */
export function substanceOf(
  { cells, problems, skipped, profile, published }: Plan,
  runs: readonly EndedRun[],
  title: string,
): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([title, profile, problems, skipped, published, codeStamp()]));
  for (const [i, { id, target }] of cells.entries()) {
    const { key, status, finished } = runs[i]!;
    hash.update(`\n${JSON.stringify([id, key, status, finished, target?.goals])}`);
  }
  return hash.digest('hex');
}

/** The runs of a plan that is done already; `undefined` if one is still to be made. */
export function storedRuns(decisions: readonly Decision[]): EndedRun[] | undefined {
  const runs = decisions.flatMap((decision) => (decision.kind === 'stored' ? [decision.entry.header] : []));
  return runs.length === decisions.length ? runs : undefined;
}

/** The runs of a plan that was just done; `undefined` if one was cancelled. */
export function madeRuns(
  outcomes: readonly ReportedOutcome[],
  identities: readonly Identity[],
): EndedRun[] | undefined {
  const runs = outcomes.flatMap(({ result: { status }, finished }, i) =>
    status === 'cancelled' || finished === undefined ? [] : [{ key: identities[i]!.key, status, finished }],
  );
  return runs.length === identities.length ? runs : undefined;
}

/** Writes down what a report was made of, and what was shown of it; not being able to is no harm. */
export function keepReport<T>(directory: string, substance: string, files: ReportFiles, shown: T): void {
  try {
    const kept: Kept<T> = { substance, stamps: stampsOf(files), shown };
    replaceFile(path.join(directory, STORE_FOLDER, FILE), JSON.stringify(kept), { lost: 'a note' });
  } catch {
    // The next command rebuilds the report.
  }
}

/** The report in a directory, and what was shown of it, if it was made of just this and nobody has touched it. */
export function keptReport<T>(
  directory: string,
  substance: string,
): { readonly files: ReportFiles; readonly shown: T } | undefined {
  try {
    const text = readFileSync(path.join(directory, STORE_FOLDER, FILE), 'utf8');
    const { shown, ...kept } = JSON.parse(text) as Kept<T>;
    const files = reportFilesIn(directory);
    const same = kept.substance === substance && kept.stamps.join() === stampsOf(files).join();
    return same ? { files, shown } : undefined;
  } catch {
    return undefined; // There is none, it was cut off, or a file of it is gone.
  }
}

/** A file in pieces: it may be longer than a string can be. */
export function* chunksOf(file: string): Generator<Buffer> {
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(2 ** 20);
      const read = readSync(descriptor, chunk, 0, chunk.length, null);
      if (read === 0) return;
      yield chunk.subarray(0, read);
    }
  } finally {
    closeSync(descriptor);
  }
}

function stampsOf({ json, markdown, html }: ReportFiles): string[] {
  return [json, markdown, html].map(stampOf);
}

function stampOf(file: string): string {
  const { size, mtimeMs } = statSync(file);
  return `${size}@${mtimeMs}`;
}

/** Sizes and times of the modules that make a report: another build may make another one. */
function codeStamp(): readonly string[] {
  const entries = [
    import.meta.url,
    import.meta.resolve('@gaussmark/analysis'),
    import.meta.resolve('@gaussmark/report'),
    import.meta.resolve('@gaussmark/statistics'),
  ];
  const modules = entries.flatMap((entry) => {
    const folder = path.dirname(fileURLToPath(entry));
    return readdirSync(folder)
      .filter((name) => name.endsWith('.js'))
      .sort()
      .map((name) => `${name} ${stampOf(path.join(folder, name))}`);
  });
  return [VERSION, ...modules];
}
