// A row of a comparison: a measure on both sides, its change and the verdict.

import type { Clock } from '@gaussmark/steps';
import type { HardVerdict } from './hard-comparison.js';
import type { Measure, Tier } from './snapshot.js';

/**
 * For times, besides {@link HardVerdict}: `slower` was confirmed by a second session with fresh processes, `unconfirmed` was
 * not; `undecided` needs more samples; `apart` are unpaired times that differ, which proves nothing.
 */
export type TimedVerdict = 'same' | 'slower' | 'faster' | 'unconfirmed' | 'undecided' | 'apart';

export interface Row extends Pick<Measure, 'id' | 'problem' | 'optimizer' | 'quantity' | 'unit'> {
  readonly tier: Tier;
  /** null: not finite, or not reached. */
  readonly from: number | null;
  readonly to: number | null;
  /** to / from - 1; null if undefined. */
  readonly change: number | null;
  /** 95 % interval of the change. Timed only. */
  readonly interval?: { readonly low: number; readonly high: number } | undefined;
  /** The relative margin a change must exceed. Timed only. */
  readonly margin?: number;
  readonly clock?: Clock | undefined;
  readonly verdict: HardVerdict | TimedVerdict;
  /** Explains the verdict if necessary. */
  readonly note?: string;
  /** The commit that introduced the new value, by the history. */
  readonly since?: Since;
}

export interface Since {
  readonly commit: string | null;
  readonly date: string | null;
  readonly subject: string | null;
}
