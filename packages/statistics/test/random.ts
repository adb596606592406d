// Seeded noise for simulations.

export { seededNoise as noise } from '../bench/synthetic-history.mjs';

export function repeat<T>(count: number, of: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => of(i));
}

export function contains(interval: { low: number; high: number } | null, value: number): boolean {
  return interval !== null && interval.low <= value && value <= interval.high;
}
