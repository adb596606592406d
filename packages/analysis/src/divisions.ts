// Settings of a problem that can be ranked against each other: equal budget, number type and engine.

import { groupBy } from './group-by.js';
import type { RunConditions, RunGroup } from './groups.js';

/** Groups of a problem that share a table. */
export interface Division {
  /** How it differs from the problem's other divisions: `60 epochs, float64`; empty if it is the only one. */
  readonly words: string;
  /** Why its groups cannot be ranked; null if they share their conditions. */
  readonly unranked: string | null;
  readonly groups: readonly RunGroup[];
}

const NOUNS: Readonly<Record<keyof RunConditions, string>> = {
  budget: 'budgets',
  dtype: 'number types',
  engine: 'engines',
};

/** Conditions named in a reason. */
const MOST_NAMED = 4;

/**
 * One division per set of conditions. Groups that are alone under their conditions cannot be compared; they form one
 * division without ranks.
 */
export function divisionsOf(groups: readonly RunGroup[]): Division[] {
  const alike = [...groupBy(groups, ({ conditions }) => JSON.stringify(conditions)).values()];
  if (alike.length < 2) return [{ words: '', unranked: null, groups }];
  const keys = differing(groups);
  const ranked = alike.filter((own) => own.length > 1);
  const single = alike.filter((own) => own.length === 1).flat();
  return [
    ...ranked.map((own) => ({ words: describe(own[0]!.conditions, keys), unranked: null, groups: own })),
    ...(single.length === 0
      ? []
      : [
          {
            words:
              single.length === 1
                ? describe(single[0]!.conditions, keys)
                : ranked.length === 0
                  ? ''
                  : `other ${keys.map((key) => NOUNS[key]).join(' and ')}`,
            unranked: single.length === 1 ? null : reasonOf(single),
            groups: single,
          },
        ]),
  ];
}

/** The conditions in which the groups differ. */
const differing = (groups: readonly RunGroup[]): (keyof RunConditions)[] =>
  (Object.keys(NOUNS) as (keyof RunConditions)[]).filter(
    (key) => new Set(groups.map(({ conditions }) => conditions[key])).size > 1,
  );

const describe = (conditions: RunConditions, keys: readonly (keyof RunConditions)[]): string =>
  keys.map((key) => conditions[key] || `unknown ${key}`).join(', ');

/** `the budgets differ (60 epochs; 100 epochs)` */
function reasonOf(groups: readonly RunGroup[]): string {
  return differing(groups)
    .map((key) => {
      const values = [...new Set(groups.map(({ conditions }) => conditions[key] || 'unknown'))];
      const named = values.slice(0, MOST_NAMED).join('; ');
      return `the ${NOUNS[key]} differ (${named}${values.length > MOST_NAMED ? '; ...' : ''})`;
    })
    .join(', ');
}
