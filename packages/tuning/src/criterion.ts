// The order of trials.

import { outcomeOf, type TuningCriterion } from '@gaussmark/analysis';
import { CRITERIA } from '@gaussmark/analysis/words';
import { type CurvePoint, whereReached } from '@gaussmark/cell';
import type { Goals } from '@gaussmark/core';
import type { CellOutcome } from '@gaussmark/harness';

/** The outcome of a trial, best first: with a value, finished without one, diverged, failed. */
export type Standing = 'valued' | 'missed' | 'diverged' | 'failed';
const ORDER: readonly Standing[] = ['valued', 'missed', 'diverged', 'failed'];

export interface Judged {
  readonly standing: Standing;
  /** The criterion; null unless `valued`. */
  readonly value: number | null;
}

type Ended = Pick<CellOutcome['result'], 'status' | 'curve'>;

const TO_TARGET = {
  'iterations-to-target': 'iterations',
  'seconds-to-target': 'seconds',
  'gradient-equivalents-to-target': 'gradientEquivalents',
} as const satisfies Partial<Record<TuningCriterion, keyof CurvePoint>>;

/** Whether trials are ranked by their time to a target; they then stop at it. */
export function needsTarget(criterion: TuningCriterion): criterion is keyof typeof TO_TARGET {
  return criterion in TO_TARGET;
}

/** Judges a single trial. */
export function judge(
  { status, curve }: Ended,
  criterion: TuningCriterion,
  goals: Goals | undefined,
): Judged {
  if (status === 'diverged') return { standing: 'diverged', value: null };
  if (outcomeOf({ status }) !== 'finished') return { standing: 'failed', value: null };
  const value = criterionOf(curve, criterion, goals);
  return value === null ? { standing: 'missed', value } : { standing: 'valued', value };
}

function criterionOf(
  curve: readonly CurvePoint[],
  criterion: TuningCriterion,
  goals: Goals | undefined,
): number | null {
  const last = curve.at(-1);
  switch (criterion) {
    case 'final-validation-loss':
      return last?.validationLoss ?? null;
    case 'best-validation-loss':
      return bestLoss(curve);
    case 'final-validation-accuracy':
      return last?.validationAccuracy ?? null;
    case 'iterations-to-target':
    case 'seconds-to-target':
    case 'gradient-equivalents-to-target':
      return goals === undefined ? null : (whereReached(curve, goals)?.[TO_TARGET[criterion]] ?? null);
    default:
      return criterion satisfies never;
  }
}

/** The least validation loss of all evaluations. */
export function bestLoss(curve: readonly CurvePoint[]): number | null {
  const losses = curve.flatMap(({ validationLoss }) =>
    typeof validationLoss === 'number' ? [validationLoss] : [],
  );
  return losses.length === 0 ? null : Math.min(...losses);
}

/** A trial for {@link compareTrials}. */
export interface Ranked extends Judged {
  readonly finalLoss: number | null;
}

/**
 * Orders trials, best first: by value; then those that never reached the target, by final validation loss; then diverged
 * ones; then failed ones. Ties keep their order.
 */
export function compareTrials(a: Ranked, b: Ranked, criterion: TuningCriterion): number {
  const standing = ORDER.indexOf(a.standing) - ORDER.indexOf(b.standing);
  if (standing !== 0) return standing;
  const sign = CRITERIA[criterion].better === 'higher' ? -1 : 1;
  if (a.standing === 'valued') return sign * (a.value! - b.value!);
  const last = ({ finalLoss }: Ranked) => finalLoss ?? Number.MAX_VALUE;
  return last(a) - last(b);
}
