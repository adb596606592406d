// The roofline: whether arithmetic or memory bounds an operation on a machine.
// S. Williams, A. Waterman, D. Patterson, Roofline, CACM 52 (2009), doi:10.1145/1498765.1498785.

import type { Cost } from '@gaussmark/autodiff';

/** Peak rates of a machine. */
export interface Machine {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface RooflinePoint {
  /** Operations per byte; 0 if no bytes move. */
  readonly intensity: number;
  readonly limit: 'compute' | 'memory';
  /** The least time: max(operations / peak, bytes / bandwidth), in seconds. */
  readonly seconds: number;
}

/** An operation under the roofline: arithmetic bounds it from peak / bandwidth operations per byte on. */
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
