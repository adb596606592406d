// Replaces staircases by ramps: drifts between two levels, joined to both.

import type { FittedSegment } from './segmentation.js';

export interface RampOptions {
  /** Price of a fitted number (a level, a slope, a position), in squared units of the values. */
  readonly price: number;
  readonly minimumLength: number;
  readonly minimumLine: number;
}

interface Ramp {
  /** Last index at the first level, and first index at the last level. */
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly last: number;
  readonly cost: number;
}

/** Longer runs of segments are not tried as a ramp. */
const LONGEST_RUN = 6;

/**
 * Replaces runs of adjacent segments by "level, ramp, level" if that is cheaper. `segmentSeries` fits segments independently, so a
 * ramp costs it a line (two numbers), two positions and a level, six numbers with the first level, while a ramp joined to its levels
 * has four. A staircase of two steps has five, and would win.
 *
 *   cost = squared residuals + price x (fitted numbers)
 *
 * Runs are replaced in order of savings; runs that overlap a replaced one are skipped. Either level may be missing (a drift from the
 * start, or to the end, of the run).
 */
export function joinRamps(
  values: readonly number[],
  segments: readonly FittedSegment[],
  options: RampOptions,
): readonly FittedSegment[] {
  const candidates: {
    readonly i: number;
    readonly j: number;
    readonly ramp: Ramp;
    readonly saving: number;
  }[] = [];
  for (let i = 0; i < segments.length; i++) {
    for (let j = i + 1; j < Math.min(segments.length, i + LONGEST_RUN); j++) {
      const ramp = bestRamp(values, segments[i]!.start, segments[j]!.end, options);
      if (ramp === null) continue;
      const saving = costOf(values, segments.slice(i, j + 1), options.price) - ramp.cost;
      if (saving > 0) candidates.push({ i, j, ramp, saving });
    }
  }
  candidates.sort((a, b) => b.saving - a.saving);
  const replacement = new Map<number, { readonly j: number; readonly ramp: Ramp }>();
  const taken = new Set<number>();
  for (const { i, j, ramp } of candidates) {
    const run = segments.slice(i, j + 1).map((_, k) => i + k);
    if (run.some((k) => taken.has(k))) continue;
    for (const k of run) taken.add(k);
    replacement.set(i, { j, ramp });
  }
  const joined: FittedSegment[] = [];
  for (let i = 0; i < segments.length; i++) {
    const found = replacement.get(i);
    if (found === undefined) joined.push(segments[i]!);
    else {
      joined.push(...pieces(found.ramp, segments[i]!.start, segments[found.j]!.end));
      i = found.j;
    }
  }
  return joined;
}

function pieces({ from, to, first, last }: Ramp, start: number, end: number): FittedSegment[] {
  const parts: FittedSegment[] = [
    { start, end: from, kind: 'level', first, last: first },
    { start: from, end: to + 1, kind: 'line', first, last },
    { start: to + 1, end, kind: 'level', first: last, last },
  ];
  return parts.filter((part) => part.end > part.start);
}

function costOf(values: readonly number[], run: readonly FittedSegment[], price: number): number {
  const numbers = run.reduce((sum, { kind }) => sum + (kind === 'line' ? 2 : 1), run.length - 1);
  return run.reduce((sum, segment) => sum + residuals(values, segment), price * numbers);
}

function residuals(values: readonly number[], { start, end, first, last }: FittedSegment): number {
  let sum = 0;
  for (let t = start; t < end; t++) {
    const fitted = end - start === 1 ? first : first + ((last - first) * (t - start)) / (end - start - 1);
    sum += (values[t]! - fitted) ** 2;
  }
  return sum;
}

/** The cheapest ramp over [start, end): a grid of some 24 positions, refined around the best to single nights. */
function bestRamp(values: readonly number[], start: number, end: number, options: RampOptions): Ramp | null {
  const { minimumLength, minimumLine } = options;
  let best: Ramp | null = null;
  const attempt = (from: number, to: number) => {
    const roomBefore = from === start || from - start >= minimumLength;
    const roomAfter = to === end - 1 || end - 1 - to >= minimumLength;
    if (from < start || to >= end || to - from + 1 < minimumLine || !roomBefore || !roomAfter) return;
    const knots = (from > start ? 1 : 0) + (to < end - 1 ? 1 : 0);
    const ramp = fitRamp(values, start, end, from, to);
    const cost = ramp.cost + options.price * (2 + knots);
    if (best === null || cost < best.cost) best = { ...ramp, cost };
  };
  let stride = Math.max(1, Math.floor((end - start) / 24));
  for (let from = start; from < end; from += stride) {
    attempt(from, end - 1);
    for (let to = from + minimumLine - 1; to < end; to += stride) attempt(from, to);
  }
  while (stride > 1 && best !== null) {
    stride = Math.ceil(stride / 2);
    const { from, to } = best as Ramp;
    for (const a of [from - stride, from, from + stride])
      for (const b of [to - stride, to, to + stride]) attempt(a, b);
  }
  return best;
}

/** Least squares on 1 and r(t) = (t - from) / (to - from), kept in [0, 1]. */
function fitRamp(values: readonly number[], start: number, end: number, from: number, to: number): Ramp {
  const m = end - start;
  const ramp = (t: number) => Math.min(1, Math.max(0, (t - from) / (to - from)));
  let r = 0;
  let y = 0;
  for (let t = start; t < end; t++) {
    r += ramp(t) / m;
    y += values[t]! / m;
  }
  let [srr, sry, syy] = [0, 0, 0];
  for (let t = start; t < end; t++) {
    const [dr, dy] = [ramp(t) - r, values[t]! - y];
    srr += dr * dr;
    sry += dr * dy;
    syy += dy * dy;
  }
  const rise = sry / srr;
  const first = y - rise * r;
  return { from, to, first, last: first + rise, cost: Math.max(0, syy - rise * sry) };
}
