// The quantile function of the normal distribution, as a table of straight pieces.
//
// An engine's exp, log or cos differs from another's in the last bit. A table makes normal numbers of random bits by one lookup, one
// product and one sum, and the product is exact, so that all engines, with fused multiply-add or without, round once and alike.

import type { FloatDType } from '@gaussmark/autodiff';

/** A cell of the table is a draw's 12 bits. */
const CELLS = 4096;
/** The cells next to the end that the next level divides further. */
const REFINED = 256;
const LEVELS = 3;

/** The steps within a cell. */
export const CELL_STEPS = 2048;
/** The bits below those of the cell, from the coarsest level to the finest. */
export const LEVEL_SHIFTS = [19, 15, 11] as const;
/** Draws of 31 bits below these belong to the second and the third level. */
export const LEVEL_LIMITS = [2 ** 27, 2 ** 23] as const;

/** Bits of a float64 draw below the steps within a cell. */
export const FINE_BITS = 20;

/** Bits that a slope may have so that its product with a distance from the middle of a cell is exact. */
const SLOPE_BITS = { float32: 24 - 11, float64: 53 - 11 - FINE_BITS } as const;

export interface NormalTable {
  /** The middle of each cell, level after level, each beginning at the far end of the tail. */
  readonly centers: Float64Array;
  /** Half the width of each cell, divided by {@link CELL_STEPS}. */
  readonly slopes: Float64Array;
}

/** {@link normalTable} in the numbers that programs of a dtype use. */
export function roundedTable(dtype: FloatDType): NormalTable {
  const { centers, slopes } = normalTable();
  return {
    centers: dtype === 'float32' ? centers.map(Math.fround) : centers,
    slopes: slopes.map((slope) => toBits(slope, SLOPE_BITS[dtype])),
  };
}

/** The nearest number with this many significant bits, by Dekker's splitting. */
function toBits(x: number, bits: number): number {
  const scaled = x * (2 ** (53 - bits) + 1);
  return scaled - (scaled - x);
}

let table: NormalTable | undefined;

/**
 * The upper half of the distribution. Cell c of level l holds the magnitudes x whose tail P(X > x) is between c and c + 1 times the
 * level's width: 2^-13, 2^-17 and 2^-21. Each is a straight piece with the cell's own mean; the last one, beyond 4.9, has the tail's
 * own variance.
 *
 * Only sums, products, quotients and square roots, which IEEE 754 fixes: the same numbers on every machine.
 */
function normalTable(): NormalTable {
  table ??= computeTable();
  return table;
}

function computeTable(): NormalTable {
  const centers = new Float64Array(LEVELS * CELLS);
  const slopes = new Float64Array(LEVELS * CELLS);
  // From the median outward. The first cells of a level but the last are never read.
  let x = 0;
  for (let level = 0; level < LEVELS; level++) {
    const width = 2 ** -(13 + 4 * level);
    const last = level === LEVELS - 1 ? 1 : REFINED;
    for (let cell = CELLS - 1; cell >= last; cell--) {
      const next = advance(x, width);
      const at = level * CELLS + cell;
      centers[at] = (density(x) - density(next)) / width;
      slopes[at] = (next - x) / (2 * CELL_STEPS);
      x = next;
    }
  }
  // The tail beyond x: mean and variance of a truncated normal; a straight piece of width w has the variance w^2 / 12.
  const mean = density(x) * 2 ** 21;
  const variance = 1 + x * mean - mean * mean;
  const at = (LEVELS - 1) * CELLS;
  centers[at] = mean;
  slopes[at] = Math.sqrt(12 * variance) / (2 * CELL_STEPS);
  return { centers, slopes };
}

/** The point with the probability `width` between it and `x`, by Newton's method. */
function advance(x: number, width: number): number {
  let next = x + width / density(x);
  for (let i = 0; i < 4; i++) next -= (between(x, next) - width) / density(next);
  return next;
}

/** Nodes and weights of Gauss and Legendre's rule with 5 points on [-1, 1]. */
const NODES = [0, 0.5384693101056831, 0.906179845938664] as const;
const WEIGHTS = [0.5688888888888889, 0.47862867049936647, 0.23692688505618908] as const;

/** P(a < X < b) for nearby a and b. */
function between(a: number, b: number): number {
  const [middle, half] = [(a + b) / 2, (b - a) / 2];
  let sum = WEIGHTS[0] * density(middle);
  for (const i of [1, 2] as const)
    sum += WEIGHTS[i] * (density(middle - half * NODES[i]) + density(middle + half * NODES[i]));
  return sum * half;
}

/** exp(-x^2 / 2) / sqrt(2 pi), within 1e-14 of itself: Taylor's series of a 64th of the exponent, squared six times. */
function density(x: number): number {
  const y = (x * x) / -128;
  let term = 1;
  let sum = 1;
  for (let n = 1; n <= 14; n++) {
    term *= y / n;
    sum += term;
  }
  for (let i = 0; i < 6; i++) sum *= sum;
  return sum * 0.3989422804014327;
}
