// Targets in words.

import { formatNumber, formatPercent } from './format.js';
import type { Goals, ProblemTarget } from './targets.js';

/** `test loss ≤ 0.0125 and test accuracy ≥ 97.00 %` */
export function goalWords({ trainLoss, testLoss, testAccuracy }: Goals): string {
  return [
    ...(trainLoss === undefined ? [] : [`train loss ≤ ${formatNumber(trainLoss)}`]),
    ...(testLoss === undefined ? [] : [`test loss ≤ ${formatNumber(testLoss)}`]),
    ...(testAccuracy === undefined ? [] : [`test accuracy ≥ ${formatPercent(testAccuracy)} %`]),
  ].join(' and ');
}

/** A target and its origin, in a sentence. */
export function targetSentence({ goals, origin }: ProblemTarget): string {
  return origin === 'stated'
    ? `Target: ${goalWords(goals)}, as given to the runs.`
    : `Target: ${goalWords(goals)}, derived: what every seed of the runner-up's best setting ended at or below.`;
}
