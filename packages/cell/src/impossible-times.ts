// Checks whether the times a run reports are possible.

import { phaseSeconds } from './accounting.js';
import type { CellResult } from './cell.js';

/** How far two processes may differ on the same clock, in seconds. */
const SLACK = 0.05;

/**
 * What is impossible about the times of a run, or undefined: phases longer than the total, a total longer than its process
 * lived, a clock that runs backwards.
 *
 * @param wall seconds that the process lived, on a clock out of its plugins' reach
 */
export function impossibleTimes({ seconds, curve, steps }: CellResult, wall: number): string | undefined {
  const { load, compile, train, evaluate, record = 0, total } = seconds;
  const times = { load, compile, train, evaluate, record, total, steps: steps.secondsTotal };
  for (const [name, value] of Object.entries(times)) {
    if (!(value >= 0 && value <= wall + SLACK))
      return `it reports ${value} s for ${name}, but its process lived ${wall.toFixed(3)} s`;
  }
  const phases = phaseSeconds(seconds);
  if (phases > total + SLACK)
    return `its phases take ${phases.toFixed(3)} s, but its total is ${total.toFixed(3)} s`;
  let before = 0;
  for (const point of curve) {
    if (!(point.seconds >= before)) return `its training clock went from ${before} s to ${point.seconds} s`;
    before = point.seconds;
  }
  return before > train + SLACK
    ? `its curve ends at ${before} s of training, but its clock at ${train} s`
    : undefined;
}
