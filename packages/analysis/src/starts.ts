// Whether the seeds of a board differ in more than the order of the examples.

import type { ReportRun } from './schema/report-schema.js';

/**
 * - `shared`: all seeds start from the same parameters, so intervals cover only the order of the batches.
 * - `drawn`: each seed draws its own.
 * - `unknown`: not recorded.
 * - `single`: there is one seed.
 */
export type Starts = 'shared' | 'drawn' | 'unknown' | 'single';

export function startsOf(runs: readonly ReportRun[]): Starts {
  // A run that failed before its start says nothing about the others.
  const begun = runs.filter(({ steps }) => steps.count > 0);
  if (new Set(begun.map(({ seed }) => seed)).size < 2) return 'single';
  if (begun.some(({ startHash }) => startHash === undefined)) return 'unknown';
  return new Set(begun.map(({ startHash }) => startHash)).size === 1 ? 'shared' : 'drawn';
}

/** What intervals over seeds cover, in a sentence; empty if seeds differ in everything. */
export const STARTS_WORDS: Readonly<Record<Starts, string>> = {
  shared: 'Intervals cover the batch order only: all seeds have the same starting weights.',
  drawn: '',
  unknown: 'Whether seeds have different starting weights was not recorded.',
  single: '',
};
