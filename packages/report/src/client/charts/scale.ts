// How losses lie on an axis: logarithmic where it is wanted and can be, with a place for zeros below all other values.

import { decadesOf, type Extent, extentOf, formatTick, ticksOf, widen } from './axes.js';

export interface Scale {
  readonly log: boolean;
  readonly extent: Extent;
  /** Where a value is drawn: a zero on a logarithmic axis has a place of its own, and is labelled as what it is. */
  readonly place: (value: number) => number;
  ticks(wanted?: number): number[];
  readonly format: (tick: number) => string;
}

export interface ScaleOptions {
  /** Whether a logarithmic axis is wanted; negative values cannot have it. */
  readonly log: boolean;
  /** Margin on both sides, as a share of the length. */
  readonly margin: number;
  readonly format?: (tick: number) => string;
}

/** The place of zeros is this share of the axis, and at least a power of ten, below the least positive value. */
const ZERO_SHARE = 0.12;

/** The scale that shows all of the finite values. */
export function scaleOf(
  values: readonly (number | null | undefined)[],
  { log, margin, format = formatTick }: ScaleOptions,
): Scale {
  const positive = extentOf(values, true);
  const all = extentOf(values, false);
  if (!log || positive === null || all!.min < 0) {
    const extent = widen(all ?? { min: 0, max: 1 }, false, margin);
    return {
      log: false,
      extent,
      place: (value) => value,
      ticks: (wanted) => ticksOf(extent, false, wanted),
      format,
    };
  }
  if (all!.min > 0) {
    const extent = widen(positive, true, margin);
    return {
      log: true,
      extent,
      // A value that did not count for the extent may be 0 nevertheless.
      place: (value) => Math.max(value, extent.min),
      ticks: (wanted) => ticksOf(extent, true, wanted),
      format,
    };
  }
  const below = Math.max(1, ZERO_SHARE * decadesOf(positive));
  const zero = widen({ min: positive.min / 10 ** below, max: positive.max }, true, 0).min;
  const extent = widen({ min: zero, max: positive.max }, true, margin);
  return {
    log: true,
    extent,
    place: (value) => Math.max(value, zero),
    ticks: (wanted) => [zero, ...ticksOf(widen(positive, true, margin), true, wanted)],
    format: (tick) => (tick === zero ? '0' : format(tick)),
  };
}
