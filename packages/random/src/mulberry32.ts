// Mulberry32, a generator with 32 bits of state, for test values.

/**
 * Uniform doubles in [0, 1), multiples of 2^-32. All seeds are on one cycle of length 2^32: too short for statistics.
 *
 * Source: Tommy Ettinger, mulberry32.c (2017), https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 *
 * @param seed only its low 32 bits are used
 * @example
 * const random = mulberry32(1);
 * [random(), random()]; // = [0.6270739, 0.0027361]
 */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
