// Whether and where a curve reaches the goals of its run.

import { type Goals, reaches as reachesOnTest } from '@gaussmark/core';
import type { CurvePoint } from './cell.js';

/** Loss and accuracy on the split that the run is evaluated on: the test split, or a trial's validation split. */
export function evaluated(point: CurvePoint): {
  readonly loss: number | null;
  readonly accuracy?: number | null | undefined;
} {
  const { testLoss, testAccuracy, validationLoss, validationAccuracy } = point;
  return validationLoss === undefined
    ? { loss: testLoss, accuracy: testAccuracy }
    : { loss: validationLoss, accuracy: validationAccuracy };
}

/** Whether a point reaches all goals at once; in a trial, the validation split stands for the test split. */
export function reaches(point: CurvePoint, goals: Goals): boolean {
  const { loss, accuracy = null } = evaluated(point);
  return reachesOnTest({ trainLoss: point.trainLoss, testLoss: loss, testAccuracy: accuracy }, goals);
}

/** Where a curve first reaches all goals; `null` if it never does. */
export function whereReached(curve: readonly CurvePoint[], goals: Goals): CurvePoint | null {
  return curve.find((point) => reaches(point, goals)) ?? null;
}
