// A row of a comparison: a measure on both sides, its change, and the verdict.

import type { Clock } from '@gaussmark/steps';
import type { HardVerdict } from './hard-comparison.js';
import type { Measure, Tier } from './snapshot.js';

/**
 * Of times, beside those of {@link HardVerdict}: `slower` was confirmed by a second session with fresh processes,
 * `unconfirmed` was not; `undecided` wants more samples; `apart` are times of different minutes that differ, which is no finding.
 */
export type TimedVerdict = 'same' | 'slower' | 'faster' | 'unconfirmed' | 'undecided' | 'apart';

export interface Row extends Pick<Measure, 'id' | 'problem' | 'optimizer' | 'quantity' | 'unit'> {
  readonly tier: Tier;
  /** null: not finite, or not reached. */
  readonly from: number | null;
  readonly to: number | null;
  /** to / from - 1; null where there is none. */
  readonly change: number | null;
  /** Of the change, at 95 %. Timed only. */
  readonly interval?: { readonly low: number; readonly high: number } | undefined;
  /** What a change must leave to count, relative. Timed only. */
  readonly margin?: number;
  readonly clock?: Clock | undefined;
  readonly verdict: HardVerdict | TimedVerdict;
  /** A sentence on the verdict, where it needs one. */
  readonly note?: string;
  /** Since when the value is what it is, by the history. */
  readonly since?: Since;
}

export interface Since {
  readonly commit: string | null;
  readonly date: string | null;
  readonly subject: string | null;
}
