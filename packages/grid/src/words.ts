// Grids in words: lines for people.

import { formatQuantity } from '@gaussmark/analysis/words';
import type { Collected } from './collector.js';
import { CELL_STATES, type GridStatus } from './status.js';

const LONGEST_LIST = 3;

/** `12 of 40 runs done, 4 running, 24 pending; 1 failed`. */
export function statusLine({ counts, cells, statuses, failures }: GridStatus): string {
  const rest = CELL_STATES.filter((state) => state !== 'done' && counts[state] > 0);
  const diverged = statuses.diverged ?? 0;
  const bad = [
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(diverged > 0 ? [`${diverged} diverged`] : []),
  ];
  const facts = [
    `${counts.done} of ${formatQuantity(cells.length, 'run')} done`,
    ...rest.map((state) => `${counts[state]} ${state}`),
  ].join(', ');
  return bad.length === 0 ? facts : `${facts}; ${bad.join(', ')}`;
}

/** What somebody has to know or do, a line each. */
export function statusNotes({ counts, notes }: GridStatus): string[] {
  const missing = counts.lost + counts.refused + counts.cancelled;
  return [
    ...notes.slice(0, LONGEST_LIST),
    ...(notes.length > LONGEST_LIST
      ? [`and ${formatQuantity(notes.length - LONGEST_LIST, 'more note')}`]
      : []),
    ...(missing > 0 && counts.pending + counts.running === 0
      ? [`${formatQuantity(missing, 'run')} missing: bench grid retry submits them again`]
      : []),
  ];
}

/** What a collection found. */
export function collectionNotes({ copied, duplicates, disagreements, foreign }: Collected): string[] {
  return [
    `${formatQuantity(copied, 'record')} collected`,
    ...(duplicates > 0
      ? [
          `${formatQuantity(duplicates, 'run')} ran twice; ${
            disagreements.length === 0
              ? 'their numbers agree to the bit'
              : `${disagreements.length} of them disagree`
          }`,
        ]
      : []),
    ...disagreements
      .slice(0, LONGEST_LIST)
      .map(
        ({ id, pointer, values }) =>
          `not reproducible: ${id} at ${pointer}: ${values.map((value) => JSON.stringify(value)).join(' and ')}`,
      ),
    ...(foreign > 0 ? [`${formatQuantity(foreign, 'record')} of other plans ignored`] : []),
  ];
}
