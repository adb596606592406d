// Whether the times that a run tells of itself can be true.

import type { CellResult } from './cell.js';

/** Two processes that read the same clock: what they may differ by, in seconds. */
const SLACK = 0.05;

/**
 * What is impossible about the times of a run, or undefined: phases that take longer than the whole, a whole that takes longer
 * than its process was there, a clock that runs back.
 *
 * @param wall seconds that the process was seen to run, on a clock that its plugins have no access to
 */
export function impossibleTimes({ seconds, curve, steps }: CellResult, wall: number): string | undefined {
  const { load, compile, train, evaluate, total } = seconds;
  const told = { load, compile, train, evaluate, total, steps: steps.secondsTotal };
  for (const [name, value] of Object.entries(told)) {
    if (!(value >= 0 && value <= wall + SLACK))
      return `its time for ${name} is ${value} s, of ${wall.toFixed(3)} s that its process ran`;
  }
  if (load + compile + train + evaluate > total + SLACK)
    return `its phases take ${(load + compile + train + evaluate).toFixed(3)} s, of ${total.toFixed(3)} s in all`;
  let before = 0;
  for (const point of curve) {
    if (!(point.seconds >= before)) return `its training clock went from ${before} s to ${point.seconds} s`;
    before = point.seconds;
  }
  return before > train + SLACK
    ? `its curve ends at ${before} s of training, its clock at ${train} s`
    : undefined;
}
