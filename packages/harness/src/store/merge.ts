// Joining stores: those of the shards of a plan, or of several machines.

import { differingParts, type Part } from './identity.js';
import type { Entry } from './scan.js';
import { countsBefore, type Store } from './store.js';

/** A cell of which records with different settings or code were found; the latest is shown. */
export interface Variant {
  readonly id: string;
  readonly parts: readonly Part[];
}

export interface Merged {
  /** Records that were copied. */
  readonly copied: number;
  /** Records that were there already, or that another record of their key counts before. */
  readonly known: number;
  readonly variants: readonly Variant[];
}

/**
 * Copies the records that count from some stores into another, as they are. Doing it again changes nothing.
 *
 * @throws StorageError if a record cannot be written.
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

/** A record that is there already is no news, nor is one that another of its key counts before. */
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
