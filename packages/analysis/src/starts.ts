// Whether the seeds of a board differ in more than the order of the examples.

import type { ReportRun } from './schema/report-schema.js';

/**
 * - `shared`: all seeds start from the same parameters: intervals cover the order of the batches only.
 * - `drawn`: they do not. - `unknown`: the report does not say. - `single`: there is one seed.
 */
export type Starts = 'shared' | 'drawn' | 'unknown' | 'single';

export function startsOf(runs: readonly ReportRun[]): Starts {
  // A run that did not get as far as its start says nothing of the others.
  const begun = runs.filter(({ steps }) => steps.count > 0);
  if (new Set(begun.map(({ seed }) => seed)).size < 2) return 'single';
  if (begun.some(({ startHash }) => startHash === undefined)) return 'unknown';
  return new Set(begun.map(({ startHash }) => startHash)).size === 1 ? 'shared' : 'drawn';
}

/** What intervals over seeds cover, as the end of a sentence; empty where seeds differ in everything. */
export const STARTS_WORDS: Readonly<Record<Starts, string>> = {
  shared: 'Intervals cover the batch order only: all seeds have the same starting weights.',
  drawn: '',
  unknown: 'Whether seeds have different starting weights was not recorded.',
  single: '',
};
