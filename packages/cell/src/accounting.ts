// The accounting identity: load + compile + train + evaluate + record is the wall clock of a run.

import type { CellResult } from './cell.js';

/** Share of the wall clock that the phases of a run may miss. */
const TOLERANCE = 0.01;

type Seconds = CellResult['seconds'];

/** Seconds in all phases together. */
export const phaseSeconds = ({
  load,
  compile,
  train,
  evaluate,
  record = 0,
}: Omit<Seconds, 'total'>): number => load + compile + train + evaluate + record;

/** Seconds of a run on the clock of its supervisor. */
export interface Supervised {
  /** From the start of its process to its first sign of life, which a busy machine may deliver late. */
  readonly startup: number;
  /** From the start of its process to its end. */
  readonly wall: number;
}

/**
 * The seconds of a run on its supervisor's clock: what passes before its own clock counts as loading, what passes after it as
 * recording. If the phases do not add up to the wall clock within 1 %, `unaccounted` is the wall clock without them, negative
 * where they overlap.
 *
 * @example
 * const seconds = { load: 0.25, compile: 0.5, train: 3, evaluate: 0.25, record: 0, total: 4.5 };
 * accountFor(seconds, { startup: 0.25, wall: 5 }).record // = 0.25
 * accountFor(seconds, { startup: 0.25, wall: 5 }).unaccounted // = 0.5
 * accountFor({ ...seconds, train: 3.5 }, { startup: 0.25, wall: 5 }).unaccounted // = undefined
 */
export function accountFor(reported: Seconds, { startup, wall }: Supervised): Seconds {
  const { unaccounted: _, ...seconds } = reported;
  // The run's own clock cannot have started later than its total before the end.
  const outside = Math.max(0, wall - seconds.total);
  const before = Math.min(startup, outside);
  const whole = {
    ...seconds,
    load: seconds.load + before,
    record: (seconds.record ?? 0) + (outside - before),
    total: wall,
  };
  const unaccounted = wall - phaseSeconds(whole);
  return Math.abs(unaccounted) > TOLERANCE * wall ? { ...whole, unaccounted } : whole;
}
