// Normal numbers by Marsaglia's polar method.

/**
 * Two independent draws from N(0, 1). For (a, b) uniform on the unit disc and s = a^2 + b^2,
 *
 *   (a f, b f),   f = sqrt(-2 ln(s) / s).
 *
 * Source: Marsaglia and Bray, *A convenient method for generating normal variables*, SIAM Review 6 (1964), 260-264.
 *
 * @param uniform draws from [0, 1); one draw each for a and b, repeated until (a, b) is in the disc
 * @example
 * polarNormals(mulberry32(1)); // = [0.0219173, 0.3841339]
 */
export function polarNormals(uniform: () => number): readonly [number, number] {
  let a: number;
  let b: number;
  let s: number;
  do {
    a = 2 * uniform() - 1;
    b = 2 * uniform() - 1;
    s = a * a + b * b;
  } while (s >= 1 || s === 0);
  const f = Math.sqrt((-2 * Math.log(s)) / s);
  return [a * f, b * f];
}
