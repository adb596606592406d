// Writes many similar records compactly: a property whose value is an object becomes a number, its place in a shared table.

import type { JsonValue } from '@gaussmark/core';

type Fields = Readonly<Record<string, unknown>>;

/** A record whose objects are places in a table. Texts and numbers stay. */
export type Interned = Readonly<Record<string, string | number | boolean | null | readonly [place: number]>>;

/** Collects the distinct objects of records. 10^5 cells share a few hundred. */
export class InternTable {
  readonly values: JsonValue[] = [];
  readonly #places = new Map<string, number>();
  /** Most records share the very objects. */
  readonly #known = new Map<object, number>();

  encode(record: object): Interned {
    return Object.fromEntries(
      Object.entries(record).map(([key, value]: [string, unknown]) => [
        key,
        typeof value === 'object' && value !== null ? [this.place(value)] : value,
      ]),
    ) as Interned;
  }

  /** The place of a value, which is added if it is new. */
  place(value: object | string): number {
    const same = typeof value === 'object' ? this.#known.get(value) : undefined;
    if (same !== undefined) return same;
    const text = JSON.stringify(value);
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.values.length;
      this.values.push(JSON.parse(text) as JsonValue);
      this.#places.set(text, place);
    }
    if (typeof value === 'object') this.#known.set(value, place);
    return place;
  }
}

/** The record that {@link InternTable.encode} encoded. */
export function decodeInterned(record: Interned, table: readonly JsonValue[]): Fields {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key,
      Array.isArray(value) ? table[(value as readonly [number])[0]] : value,
    ]),
  );
}
