// Compares deterministic measures: same, different rounding, or changed.

import type { Measure } from './snapshot.js';

/**
 * `same`: equal. `rounding`: within the tolerance. `worse`, `better`: beyond it, in a measure with a direction. `changed`: beyond
 * it, in a measure without one.
 */
export type HardVerdict = 'same' | 'rounding' | 'worse' | 'better' | 'changed';

type Compared = Pick<Measure, 'value' | 'better'> & Pick<Partial<Measure>, 'tolerance'>;

/**
 * Compares two values of a hard measure. Differences up to max(absolute, relative |from|) are rounding; each revision measured
 * its own tolerance, and the larger one counts. A value that is not finite, or a target not reached, is worse than any other.
 */
export function compareHard(from: Compared, to: Compared): HardVerdict {
  if (from.value === to.value) return 'same';
  const { better } = to;
  if (from.value === null || to.value === null) {
    if (better === 'same') return 'changed';
    return to.value === null ? 'worse' : 'better';
  }
  const difference = Math.abs(to.value - from.value);
  const allowed = [from, to].map(({ tolerance }) =>
    tolerance === undefined ? 0 : Math.max(tolerance.absolute, tolerance.relative * Math.abs(from.value!)),
  );
  if (difference <= Math.max(...allowed)) return 'rounding';
  if (better === 'same') return 'changed';
  return to.value < from.value === (better === 'lower') ? 'better' : 'worse';
}
