// What trying a setting of a plugin gives: a number without noise, or why there is none.

import { GaussmarkError } from '@gaussmark/core';

export interface Observed {
  /** null: not finite. */
  readonly value: number | null;
  /** What roundings may change of it, relative. */
  readonly tolerance: number;
}

export type Outcome =
  | ({ readonly kind: 'observed' } & Observed)
  /** The plugin says that these values do not go together. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It broke, or its data are not here. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Trying it: whatever a plugin throws is its outcome. */
export async function outcomeOf(observe: () => Observed | Promise<Observed>): Promise<Outcome> {
  try {
    return { kind: 'observed', ...(await observe()) };
  } catch (error) {
    if (error instanceof GaussmarkError) return { kind: 'refused', reason: error.summary };
    return { kind: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether two settings give different numbers: by more than roundings, both finite. */
export function differs(a: Outcome, b: Outcome): boolean {
  if (a.kind !== 'observed' || b.kind !== 'observed' || a.value === null || b.value === null) return false;
  return Math.abs(a.value - b.value) > Math.max(a.tolerance, b.tolerance) * Math.abs(a.value);
}
