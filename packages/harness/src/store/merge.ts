// Merges stores, such as those of shards or machines.

import { differingParts, type Part } from './identity.js';
import type { Entry } from './scan.js';
import { countsBefore, type Store } from './store.js';

/** A cell with records of different settings or code; the latest is shown. */
export interface Variant {
  readonly id: string;
  readonly parts: readonly Part[];
}

export interface Merged {
  /** Records copied. */
  readonly copied: number;
  /** Records already present, or superseded by another with the same key. */
  readonly known: number;
  readonly variants: readonly Variant[];
}

/**
 * Copies the current records of stores into another, unchanged. Repeating it has no effect.
 *
 * @throws StorageError if a record cannot be written
 */
export function mergeStores(sources: readonly Store[], target: Store): Merged {
  let [copied, known] = [0, 0];
  for (const source of sources) {
    for (const entry of source.entries()) {
      if (isNews(entry, target.get(entry.header.key))) {
        target.copy(entry);
        copied += 1;
      } else known += 1;
    }
  }
  return { copied, known, variants: variantsOf(target) };
}

/** Whether a record is missing from a store and not superseded there. */
function isNews(entry: Entry, present: Entry | undefined): boolean {
  if (present === undefined) return true;
  const same =
    entry.header.finished === present.header.finished && entry.header.status === present.header.status;
  return !same && countsBefore(entry, present);
}

function variantsOf(store: Store): Variant[] {
  const variants: Variant[] = [];
  for (const { header } of store.entries()) {
    const latest = store.latest(header.id)!.header;
    if (latest.key !== header.key) {
      variants.push({ id: header.id, parts: differingParts(header.parts, latest.parts) });
    }
  }
  return variants;
}
