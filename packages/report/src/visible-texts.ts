// A document whose texts can be shown: of bounded length, with nothing that a page or a picture would obey.

import { escapeInvisible, shorten } from '@gaussmark/core/shown-text';

/** Characters of one text: a message may be megabytes long. report.json has all of it. */
const LONGEST = 5000;

/**
 * The same document with the invisible characters of all its texts and keys written out (`\u202e`); what needs no change is
 * shared with the original.
 */
export function withVisibleTexts<T>(document: T): T {
  return visible(document) as T;
}

function visible(value: unknown): unknown {
  if (typeof value === 'string') return escapeInvisible(shorten(value, LONGEST));
  if (Array.isArray(value)) {
    // A curve is thousands of numbers.
    const items = value.map((item) => (typeof item === 'number' ? item : visible(item)));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const entries = Object.entries(value);
  const changed = entries.map(([key, item]) => [escapeInvisible(key), visible(item)] as const);
  const isSame = changed.every(([key, item], i) => key === entries[i]![0] && item === entries[i]![1]);
  return isSame ? value : Object.fromEntries(changed);
}
