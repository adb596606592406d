// The scale of a loss axis: logarithmic if wanted and possible, with a place for zeros below all other values.

import { decadesOf, type Extent, extentOf, formatTick, ticksOf, widen } from './axes.js';

export interface Scale {
  readonly log: boolean;
  readonly extent: Extent;
  /** Where to draw a value: on a logarithmic axis zero has a place, labelled 0. */
  readonly place: (value: number) => number;
  ticks(wanted?: number): number[];
  readonly format: (tick: number) => string;
}

export interface ScaleOptions {
  /** Prefer a logarithmic axis; negative values rule it out. */
  readonly log: boolean;
  /** On both sides, as a share of the length. */
  readonly margin: number;
  readonly format?: (tick: number) => string;
}

/** Zeros lie below the least positive value by this share of the axis, at least by a power of ten. */
const ZERO_SHARE = 0.12;

/** A scale that covers all finite values. */
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
      // Values that did not determine the extent may be 0.
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
