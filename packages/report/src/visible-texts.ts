// Documents made safe to display: texts of bounded length, without invisible characters.

import { escapeInvisible, shorten } from '@gaussmark/core/display-text';

/** Characters of one text. Messages can be megabytes long; report.json has them in full. */
const LONGEST = 5000;

/** The document with invisible characters in texts and keys escaped (`\u202e`); unchanged parts are shared. */
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
