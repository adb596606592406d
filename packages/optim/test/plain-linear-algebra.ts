// Dense linear algebra in plain loops, as a reference for the tests.

export type Vector = readonly number[];
export type Matrix = readonly Vector[];

export const dot = (a: Vector, b: Vector): number => a.reduce((total, x, i) => total + x * b[i]!, 0);
export const times = (a: Matrix, v: Vector): number[] => a.map((row) => dot(row, v));
/** a + s b */
export const plus = (a: Vector, s: number, b: Vector): number[] => a.map((x, i) => x + s * b[i]!);
export const maxAbs = (a: Vector): number => a.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0);

/** |a - b| / |b|, in the infinity norm. */
export const relativeError = (a: Vector, b: Vector): number => maxAbs(plus(a, -1, b)) / maxAbs(b);

/** A x = b by Gaussian elimination with partial pivoting. */
export function solve(a: Matrix, b: Vector): number[] {
  const rows = a.map((row, i) => [...row, b[i]!]);
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i]![k]!) > Math.abs(rows[pivot]![k]!)) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!];
    for (let i = k + 1; i < n; i++) rows[i] = plus(rows[i]!, -rows[i]![k]! / rows[k]![k]!, rows[k]!);
  }
  const x = new Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) x[k] = (rows[k]![n]! - dot(rows[k]!.slice(0, n), x)) / rows[k]![k]!;
  return x;
}

/** Uniform numbers in (-1, 1) from a linear congruential generator with a seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  for (let i = 0; i < 10; i++) next();
  return next;
}

export const randomVector = (length: number, random: () => number): number[] =>
  Array.from({ length }, () => random());

/** G G' / rank for a random G: positive definite if the rank is full. */
export function randomGram(size: number, random: () => number, rank = size): number[][] {
  const G = Array.from({ length: size }, () => randomVector(rank, random));
  return G.map((a) => G.map((b) => dot(a, b) / Math.max(rank, 1)));
}
