// Marks: a shape per name, to tell series apart without colour.

export interface Mark {
  /** A path in a box of 10 by 10. */
  readonly path: string;
  /** As an ECharts symbol. */
  readonly symbol: string;
  readonly hollow: boolean;
  /** In pixels; triangles look smaller than they are. */
  readonly size: number;
  /** Offset of a line's first mark, as a share of the distance between marks. */
  readonly shift: number;
}

const SHAPES: readonly { readonly path: string; readonly size: number }[] = [
  { path: 'M5 0.5A4.5 4.5 0 1 1 5 9.5A4.5 4.5 0 1 1 5 0.5Z', size: 7 },
  { path: 'M1 1H9V9H1Z', size: 6.4 },
  { path: 'M5 0.6L9.8 9.2H0.2Z', size: 8 },
  { path: 'M5 0L10 5L5 10L0 5Z', size: 8 },
  { path: 'M5 9.4L0.2 0.8H9.8Z', size: 8 },
];

/** Ten consecutive names get ten different marks. */
export function markOf(name: string, colours: ReadonlyMap<string, string>): Mark {
  const index = Math.max(0, [...colours.keys()].indexOf(name));
  const { path, size } = SHAPES[index % SHAPES.length]!;
  return {
    path,
    symbol: `path://${path}`,
    hollow: Math.floor(index / SHAPES.length) % 2 === 1,
    size,
    shift: (index * 0.37) % 1,
  };
}

export const markItem = ({ hollow }: Mark, colour: string, surface: string) =>
  hollow
    ? { color: surface, borderColor: colour, borderWidth: 1.4 }
    : { color: colour, borderColor: surface, borderWidth: 0.6 };

/** Marks a breakdown. */
export const CROSS = 'path://M0 1.4L1.4 0L5 3.6L8.6 0L10 1.4L6.4 5L10 8.6L8.6 10L5 6.4L1.4 10L0 8.6L3.6 5Z';
