// Since when a measure is as it is: a look back through the nights of a history.

import type { SinceWhen } from './comparison.js';
import type { Night } from './history-file.js';
import type { Measure } from './snapshot.js';

/** What is looked at of a night. */
export type PastNight = Pick<Night, 'created' | 'revision'> & {
  readonly measures: readonly Pick<Measure, 'id' | 'value'>[];
};

/**
 * Looks for the oldest night of the last run of nights in which a measure was nearer to what it is now than to what it was.
 * Nothing is said of a measure whose last night was nearer to what it was: then the change is of the revision compared.
 *
 * @param history of one class of machines, in the order of time
 */
export function sinceIn(history: readonly PastNight[]): SinceWhen {
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
