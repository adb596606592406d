// The roofline: which of arithmetic and memory bounds an operation on a machine, and what of that bound it reaches.
// S. Williams, A. Waterman, D. Patterson, Roofline, CACM 52 (2009), doi:10.1145/1498765.1498785.

import type { Cost } from '@gaussmark/autodiff';

/** What a machine can do. */
export interface Machine {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface RooflinePoint {
  /** Operations per byte; 0 for what moves nothing. */
  readonly intensity: number;
  readonly limit: 'compute' | 'memory';
  /** The time that the limit allows: max(operations / peak, bytes / bandwidth), in seconds. */
  readonly seconds: number;
}

/** An operation under the roof: bound by arithmetic where it does at least peak / bandwidth operations for each byte. */
export function rooflineOf(
  { flops, bytes }: Cost,
  { flopsPerSecond, bytesPerSecond }: Machine,
): RooflinePoint {
  const compute = flops / flopsPerSecond;
  const memory = bytes / bytesPerSecond;
  return {
    intensity: bytes === 0 ? 0 : flops / bytes,
    limit: compute >= memory ? 'compute' : 'memory',
    seconds: Math.max(compute, memory),
  };
}
