// The time to a target as a cell of a table.

import type { TimeEstimate } from '@gaussmark/analysis';
import { type Clock, formatClock, NOTHING, type TextCell, textCell } from '@gaussmark/analysis/words';

/** `12.3 s` with `[10.1 s, ∞)`; `> 14.0 s` if at least half of the runs never reached the target. */
export function timeCell(clock: Clock, time: TimeEstimate | undefined): TextCell {
  if (time === undefined) return textCell(NOTHING, { key: null });
  const format = (value: number) => formatClock(clock, value);
  const { median, interval, watched } = time;
  const limit = (value: number | null) => (value === null ? '∞' : format(value));
  return textCell(median === null ? `> ${format(watched)}` : format(median), {
    interval:
      interval === undefined
        ? ''
        : `[${limit(interval.low)}, ${limit(interval.high)}${interval.high === null ? ')' : ']'}`,
    key: median,
  });
}
