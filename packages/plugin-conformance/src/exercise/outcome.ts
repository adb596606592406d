// The outcome of trying a setting: a deterministic number, or why there is none.

import { GaussmarkError } from '@gaussmark/core';

export interface Observed {
  /** null: not finite. */
  readonly value: number | null;
  /** Relative tolerance, for rounding. */
  readonly tolerance: number;
}

export type Outcome =
  | ({ readonly kind: 'observed' } & Observed)
  /** The plugin refuses this combination of values. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The plugin failed, or its data is missing. */
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * Tries a setting. Never throws: an error is its outcome.
 *
 * @internal
 */
export async function outcomeOf(observe: () => Observed | Promise<Observed>): Promise<Outcome> {
  try {
    return { kind: 'observed', ...(await observe()) };
  } catch (error) {
    if (error instanceof GaussmarkError) return { kind: 'refused', reason: error.summary };
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether two finite numbers differ by more than rounding. */
export function differs(a: Outcome, b: Outcome): boolean {
  if (a.kind !== 'observed' || b.kind !== 'observed' || a.value === null || b.value === null) return false;
  return Math.abs(a.value - b.value) > Math.max(a.tolerance, b.tolerance) * Math.abs(a.value);
}
