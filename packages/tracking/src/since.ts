// Finds since when a measure has had its value, in the nights of a history.

import type { SinceWhen } from './comparison.js';
import type { Night } from './history-file.js';
import type { Measure } from './snapshot.js';

/** The relevant fields of a night. */
export type PastNight = Pick<Night, 'created' | 'revision'> & {
  readonly measures: readonly Pick<Measure, 'id' | 'value'>[];
};

/**
 * Finds the start of the last run of nights in which a measure was closer to its new value than to the old one. There is none if
 * the last night was closer to the old value: then the compared revision made the change.
 *
 * @param history of one class of machines, in chronological order
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
