// Compares times of separate sessions: only a hint, since the machine may have changed in between.

import { bootstrap } from '@gaussmark/statistics';
import { median } from 'simple-statistics';
import type { Row } from './comparison-row.js';
import type { Measure } from './snapshot.js';

/** A machine drifts by at least this much between sessions. */
const LEAST_MARGIN = 0.1;

/**
 * A row for two timed measures: the ratio of the medians, with a bootstrap interval if both have samples. `apart` if the interval
 * exceeds max(threshold, 10 %).
 *
 * @returns none if a time is not above 0, or the clocks differ
 */
export function compareUnpaired(from: Measure, to: Measure, threshold: number): Row[] {
  if (from.clock !== to.clock || !(from.value! > 0) || !(to.value! > 0)) return [];
  const margin = Math.max(threshold, LEAST_MARGIN);
  const change = to.value! / from.value! - 1;
  const interval = intervalOf(from.samples, to.samples);
  const { low, high } = interval ?? { low: change, high: change };
  const apart = low > margin || high < 1 / (1 + margin) - 1;
  const { id, problem, optimizer, quantity, unit } = to;
  return [
    {
      ...{ id, problem, optimizer, quantity, unit, tier: 'timed', clock: to.clock, margin },
      from: from.value,
      to: to.value,
      change,
      interval,
      verdict: apart ? 'apart' : 'same',
    },
  ];
}

function intervalOf(
  from: Measure['samples'],
  to: Measure['samples'],
): { readonly low: number; readonly high: number } | undefined {
  if (from === undefined || to === undefined || from.length < 2 || to.length < 2) return undefined;
  const medians = (samples: readonly number[]) =>
    bootstrap(samples, (drawn) => Math.log(median(drawn as number[])), { resamples: 500 });
  const [a, b] = [medians(from), medians(to)];
  const center = b.value - a.value;
  // For independent estimates, squared distances to the limits add; the ratio is low if `to` is low and `from` high.
  const below = Math.hypot(b.value - b.interval!.low, a.interval!.high - a.value);
  const above = Math.hypot(b.interval!.high - b.value, a.value - a.interval!.low);
  return { low: Math.expm1(center - below), high: Math.expm1(center + above) };
}
