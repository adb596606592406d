// The table of normal numbers against the normal distribution, computed exactly from the table, not by sampling.

import { describe, expect, it } from 'vitest';
import { CELL_STEPS, roundedTable } from '../src/program/normal-table.js';
import { normalTail } from './program-support.js';

/** A straight piece: its probability, middle and half width. */
interface Piece {
  readonly p: number;
  readonly center: number;
  readonly half: number;
  readonly slope: number;
}

/** The pieces of the upper half, from the far end of the tail. */
function piecesOf(dtype: 'float32' | 'float64'): Piece[] {
  const { centers, slopes } = roundedTable(dtype);
  const level = (l: number, from: number) =>
    Array.from({ length: 4096 - from }, (_, i) => {
      const at = 4096 * l + from + i;
      const slope = slopes[at]!;
      return { p: 2 ** -(13 + 4 * l), center: centers[at]!, half: slope * CELL_STEPS, slope };
    });
  return [...level(2, 0), ...level(1, 256), ...level(0, 256)];
}

describe.each(['float32', 'float64'] as const)('the table in %s', (dtype) => {
  const pieces = piecesOf(dtype);

  it('adds up to one half', () => {
    expect(pieces.reduce((sum, { p }) => sum + p, 0)).toBe(0.5);
  });

  it('has a distribution function within 7e-8 of the normal’s', () => {
    const above = (x: number) =>
      pieces.reduce((sum, { p, center, half }) => {
        const share = (center + half - x) / (2 * half);
        return sum + p * Math.min(1, Math.max(0, share));
      }, 0);
    // Everywhere in the far tail, where pieces are wide, and at samples of the rest.
    const points = pieces.flatMap(({ center, half }, i) =>
      i < 40 || i % 37 === 0 ? [center - half, center - half / 2, center, center + half / 2] : [],
    );
    expect(points.length).toBeGreaterThan(1200);
    const worst = Math.max(...points.map((x) => Math.abs(above(x) - normalTail(x))));
    expect(worst).toBeLessThan(7e-8);
    expect(worst).toBeGreaterThan(1e-9);
  });

  it('has variance 1 and fourth moment 3', () => {
    // Of an odd number, uniform between -N and N: (N^2 - 1) / 3 and (N^2 - 1)(3 N^2 - 7) / 15.
    const n2 = CELL_STEPS ** 2;
    const [u2, u4] = [(n2 - 1) / 3, ((n2 - 1) * (3 * n2 - 7)) / 15];
    let [variance, fourth] = [0, 0];
    for (const { p, center: c, slope: s } of pieces) {
      variance += 2 * p * (c ** 2 + s ** 2 * u2);
      fourth += 2 * p * (c ** 4 + 6 * c ** 2 * s ** 2 * u2 + s ** 4 * u4);
    }
    expect(Math.abs(variance - 1)).toBeLessThan(1e-9);
    expect(Math.abs(fourth - 3)).toBeLessThan(1e-6);
  });

  it('makes exact products: a slope has few bits', () => {
    const bits = dtype === 'float32' ? 13 : 22;
    const tooLong = pieces.filter(
      ({ slope }) => !Number.isInteger(slope * 2 ** (bits - 1 - Math.floor(Math.log2(slope)))),
    );
    expect(tooLong).toEqual([]);
  });
});
