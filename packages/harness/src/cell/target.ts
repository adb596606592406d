// Targets: whether a point of a curve reaches what a run is to reach, and what that took.

import type { Goals } from '@gaussmark/core';
import type { CurvePoint } from './cell.js';

/** Loss and accuracy over the split that a run is evaluated on: test, or in a trial validation. */
export function evaluated(point: CurvePoint): {
  readonly loss: number | null;
  readonly accuracy?: number | null | undefined;
} {
  const { testLoss, testAccuracy, validationLoss, validationAccuracy } = point;
  return validationLoss === undefined
    ? { loss: testLoss, accuracy: testAccuracy }
    : { loss: validationLoss, accuracy: validationAccuracy };
}

/**
 * Whether a point reaches all goals at once; in a trial, the validation split stands for the test split. A value that is
 * not finite, or not measured, reaches nothing.
 */
export function reaches(point: CurvePoint, { trainLoss, testLoss, testAccuracy }: Goals): boolean {
  const { loss, accuracy } = evaluated(point);
  const atMost = (value: number | null | undefined, goal: number | undefined) =>
    goal === undefined || (typeof value === 'number' && value <= goal);
  return (
    atMost(point.trainLoss, trainLoss) &&
    atMost(loss, testLoss) &&
    (testAccuracy === undefined || (accuracy ?? Number.NEGATIVE_INFINITY) >= testAccuracy)
  );
}

/** Where a curve first reaches all goals; `null` if it never does. */
export function whereReached(curve: readonly CurvePoint[], goals: Goals): CurvePoint | null {
  return curve.find((point) => reaches(point, goals)) ?? null;
}
