// Seeded noise for simulations.

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';

export interface Noise {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal (Box and Muller). */
  normal(): number;
}

export function noise(seed: number): Noise {
  const generator = mersenne(seed);
  const uniform = () => uniformFloat64(generator);
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

export function repeat<T>(count: number, of: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => of(i));
}

export function contains(interval: { low: number; high: number } | null, value: number): boolean {
  return interval !== null && interval.low <= value && value <= interval.high;
}
