// Many rows of the same fields as arrays of numbers: texts once each, names of fields once. A third of the bytes of objects.

/** A row of texts, numbers and nulls under field names; a field may be absent. */
type Row = Readonly<Record<string, string | number | null | undefined>>;

export interface PackedRows {
  /** Fields, and whether they hold texts. */
  readonly fields: readonly { readonly name: string; readonly text: boolean }[];
  /** Each text once; text fields hold places in this list. */
  readonly texts: readonly string[];
  /** One array per row, in the order of the fields; an empty text for a field that is absent. */
  readonly rows: readonly (readonly (number | null | typeof ABSENT)[])[];
}

/** Stands for a field that a row does not have. */
const ABSENT = '';

/** Packs rows. A field holds texts or numbers, never both. */
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

/** The rows as they were packed. */
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
