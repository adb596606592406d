// Where a measure changed: statistics for noisy measures, tolerances for deterministic ones.

import { detectChanges } from '@gaussmark/statistics';
import type {
  ChangeVerdict,
  HistoryChange,
  HistoryMeasure,
  HistoryPoint,
  HistorySegment,
} from '../schema/history-schema.js';

/** A measure, apart from its values. */
export interface SeriesKind {
  readonly tier: HistoryMeasure['tier'];
  readonly better: HistoryMeasure['better'];
  /** Of a hard measure, by point: differences up to max(absolute, relative |previous value|) are ignored. Default: exact. */
  readonly tolerances?: readonly (Tolerance | undefined)[];
}

interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

export type SeriesAnalysis = Pick<
  HistoryMeasure,
  'changes' | 'segments' | 'noise' | 'trend' | 'nightsNeeded'
>;

/** Fewest nights that distinguish noise from change. */
export const FEWEST_NIGHTS = 10;

/**
 * Two-sided p-value below which a trend is reported before it is a change. With a hundred measures every night, one report in
 * ten then has a false one.
 */
const TREND_LEVEL = 0.001;

/**
 * The changes of one measure. `detectChanges` finds those of a timed measure: steps and slow drifts, on the log scale. A hard
 * measure has no noise: a level lasts until a value differs from the level's first by more than the tolerance, so small
 * differences of one sign accumulate. Nights without a value are left out of a timed series; for a hard measure a missing
 * value (target not reached, loss not finite) is a level too.
 */
export function analyzeSeries(points: readonly HistoryPoint[], kind: SeriesKind): SeriesAnalysis {
  return kind.tier === 'hard' ? analyzeHard(points, kind) : analyzeTimed(points, kind);
}

function analyzeTimed(points: readonly HistoryPoint[], { better }: SeriesKind): SeriesAnalysis {
  const usable = points.filter(({ value }) => value !== null && value > 0);
  if (usable.length < FEWEST_NIGHTS) {
    return { changes: [], segments: [], noise: null, nightsNeeded: FEWEST_NIGHTS - usable.length };
  }
  const night = (index: number) => usable[Math.min(index, usable.length - 1)]!.night;
  const { changes, segments, noise, latest } = detectChanges(usable.map(({ value }) => value!));
  return {
    changes: changes.map(({ kind, start, end, before, after, size, interval, pValue }) => ({
      kind,
      start: night(start),
      end: night(kind === 'drift' ? end - 1 : start),
      before,
      after,
      ratio: size,
      low: interval.low,
      high: interval.high,
      pValue,
      verdict: verdictOf(before, after, better),
    })),
    segments: segments.map(({ start, end, first, last }) => ({
      start: night(start),
      end: night(end - 1),
      first,
      last,
    })),
    noise,
    // An ongoing drift is reported already.
    ...(latest === null || latest.pValue >= TREND_LEVEL || segments.at(-1)?.kind === 'drift'
      ? {}
      : {
          trend: {
            since: night(latest.start),
            perNight: latest.perNight,
            low: latest.interval.low,
            high: latest.interval.high,
            pValue: latest.pValue,
          },
        }),
  };
}

function analyzeHard(
  points: readonly HistoryPoint[],
  { better, tolerances = [] }: SeriesKind,
): SeriesAnalysis {
  const changes: HistoryChange[] = [];
  const segments: HistorySegment[] = [];
  let level: (HistoryPoint & { readonly tolerance: Tolerance | undefined }) | undefined;
  for (const [index, point] of points.entries()) {
    const tolerance = tolerances[index];
    if (level !== undefined && !differs(level.value, point.value, [level.tolerance, tolerance])) {
      const segment = segments.at(-1);
      if (point.value !== null && segment !== undefined) segment.end = point.night;
      continue;
    }
    if (level !== undefined) {
      const [before, after] = [level.value, point.value];
      changes.push({
        kind: 'step',
        start: point.night,
        end: point.night,
        before,
        after,
        ratio:
          before === null || after === null || before === 0 || after / before <= 0 ? null : after / before,
        verdict: verdictOf(before, after, better),
      });
    }
    if (point.value !== null) {
      segments.push({ start: point.night, end: point.night, first: point.value, last: point.value });
    }
    level = { ...point, tolerance };
  }
  return { changes, segments, noise: null };
}

/** The larger of two tolerances, each measured at its own revision. */
function differs(
  before: number | null,
  after: number | null,
  tolerances: readonly (Tolerance | undefined)[],
): boolean {
  if (before === null || after === null) return before !== after;
  const allowed = tolerances.map((tolerance) =>
    tolerance === undefined ? 0 : Math.max(tolerance.absolute, tolerance.relative * Math.abs(before)),
  );
  return Math.abs(after - before) > Math.max(...allowed);
}

/** A missing value is worse than any value. */
function verdictOf(before: number | null, after: number | null, better: SeriesKind['better']): ChangeVerdict {
  if (better === 'same') return 'change';
  if (before === null || after === null) return after === null ? 'regression' : 'improvement';
  return after < before === (better === 'lower') ? 'improvement' : 'regression';
}
