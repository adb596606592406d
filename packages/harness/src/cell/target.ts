// Targets: whether a point of a curve reaches what a run is to reach, and what that took.

import type { CurvePoint, Goals } from './cell.js';

/** Whether a point reaches all goals at once. A value that is not finite, or not measured, reaches nothing. */
export function reaches(point: CurvePoint, { trainLoss, testLoss, testAccuracy }: Goals): boolean {
  const atMost = (value: number | null | undefined, goal: number | undefined) =>
    goal === undefined || (typeof value === 'number' && value <= goal);
  return (
    atMost(point.trainLoss, trainLoss) &&
    atMost(point.testLoss, testLoss) &&
    (testAccuracy === undefined || (point.testAccuracy ?? Number.NEGATIVE_INFINITY) >= testAccuracy)
  );
}

/** Where a curve first reaches all goals; `null` if it never does. */
export function whereReached(curve: readonly CurvePoint[], goals: Goals): CurvePoint | null {
  return curve.find((point) => reaches(point, goals)) ?? null;
}
