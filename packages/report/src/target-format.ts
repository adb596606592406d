// Targets and times to them in words.

import { type Clock, formatClock } from './clock.js';
import { formatNumber, formatPercent, NOTHING } from './format.js';
import type { Goals, ProblemTarget, TimeEstimate } from './targets.js';
import type { TextCell } from './text-table.js';

/** `test loss ≤ 0.0125 and test accuracy ≥ 97.00 %` */
export function goalWords({ trainLoss, testLoss, testAccuracy }: Goals): string {
  return [
    ...(trainLoss === undefined ? [] : [`train loss ≤ ${formatNumber(trainLoss)}`]),
    ...(testLoss === undefined ? [] : [`test loss ≤ ${formatNumber(testLoss)}`]),
    ...(testAccuracy === undefined ? [] : [`test accuracy ≥ ${formatPercent(testAccuracy)} %`]),
  ].join(' and ');
}

/** What a target is and where it comes from, in a sentence. */
export function targetSentence({ goals, origin }: ProblemTarget): string {
  return origin === 'stated'
    ? `Target: ${goalWords(goals)}, as the runs were told.`
    : `Target: ${goalWords(goals)}, derived: what every seed of the runner-up's best setting ended at or below.`;
}

/** `12.3 s` with `[10.1 s, ∞)`; `> 14.0 s` where half of the runs never got there. */
export function timeCell(clock: Clock, time: TimeEstimate | undefined): TextCell {
  if (time === undefined) return { text: NOTHING, interval: '', key: null };
  const format = (value: number) => formatClock(clock, value);
  const { median, interval, watched } = time;
  const limit = (value: number | null) => (value === null ? '∞' : format(value));
  return {
    text: median === null ? `> ${format(watched)}` : format(median),
    interval:
      interval === undefined
        ? ''
        : `[${limit(interval.low)}, ${limit(interval.high)}${interval.high === null ? ')' : ']'}`,
    key: median,
  };
}
