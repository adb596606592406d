// Since when a measure is as it is: a look back through the snapshots of a history.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { GaussmarkError } from '@gaussmark/core';
import type { SinceWhen } from './comparison.js';
import type { Measure, Revision } from './snapshot.js';

/** What a history holds of one night. */
export interface PastSnapshot {
  readonly created: string;
  readonly revision: Revision;
  readonly measures: readonly Pick<Measure, 'id' | 'value'>[];
}

/**
 * Looks for the oldest night of the last run of nights in which a measure was nearer to what it is now than to what it was.
 * Nothing is said of a measure whose last night was nearer to what it was: then the change is of the revision compared.
 *
 * @param history in the order of time
 */
export function sinceIn(history: readonly PastSnapshot[]): SinceWhen {
  const nights = history.map(({ created, revision, measures }) => ({
    since: { commit: revision.commit, date: revision.date ?? created, subject: revision.subject },
    values: new Map(measures.map(({ id, value }) => [id, value])),
  }));
  return ({ id, from, to }) => {
    const known = nights.filter(({ values }) => values.has(id));
    const before = known.findLastIndex(({ values }) => !isNearer(values.get(id)!, to, from));
    return known[before + 1]?.since;
  };
}

function isNearer(value: number | null, to: number | null, from: number | null): boolean {
  if (value === null || to === null || from === null) return value === to;
  return Math.abs(value - to) < Math.abs(value - from);
}

/**
 * The nights of a history file: one JSON text a line. A last line that was cut off, as by a full disk, is no night.
 *
 * @throws GaussmarkError if the file cannot be read, or another line is no night
 */
export async function readNights(file: string, cwd: string): Promise<PastSnapshot[]> {
  const full = path.resolve(cwd, file);
  let text: string;
  try {
    text = await readFile(full, 'utf8');
  } catch (cause) {
    throw new GaussmarkError(`cannot read the history ${file}: ${(cause as Error).message}`, {
      file: full,
      cause,
    });
  }
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    const night = parseNight(line);
    if (night !== undefined) return [night];
    if (index === lines.length - 1) return [];
    throw new GaussmarkError(`line ${index + 1} of ${file} is no night of a history`, {
      file: full,
      expected: 'JSON with created, revision and measures',
      got: line.length > 60 ? `${line.slice(0, 60)}…` : line,
      remedy: "take the line out, or give a file that 'bench history' wrote",
    });
  });
}

function parseNight(line: string): PastSnapshot | undefined {
  try {
    const night = JSON.parse(line) as Partial<PastSnapshot> | null;
    const { created, revision, measures } = night ?? {};
    const isNight = typeof created === 'string' && typeof revision === 'object' && Array.isArray(measures);
    return isNight ? (night as PastSnapshot) : undefined;
  } catch {
    return undefined;
  }
}
