// Geometric means of ratios, with intervals.

import { mean, sampleStandardDeviation } from 'simple-statistics';
import {
  type BootstrapMethod,
  type BootstrapOptions,
  bootstrapMean,
  bootstrapSettings,
} from './bootstrap.js';
import { studentHalfWidth } from './distributions.js';
import { ratioFromLogs } from './paired.js';
import { type Estimate, requirePositive } from './samples.js';

/**
 * The geometric mean exp(mean(log r)) of ratios such as speedups, the only mean for which "a is twice b" and "b is half of a"
 * agree (Fleming and Wallace, CACM 29 (1986), doi:10.1145/5666.5673), with an interval computed on the logarithms:
 *
 * - `student` (default): exp(m -+ t_(n-1) s / sqrt(n)); exact for normal logs, and honest for two or three values;
 * - `percentile`, `bca`: the bootstrap of the mean log.
 *
 * @throws RangeError if there are no ratios, or one is not finite and above zero.
 * @example
 * geometricMean([2, 0.5, 4]).value // 1.587
 */
export function geometricMean(
  ratios: readonly number[],
  options: BootstrapOptions & { readonly method?: 'student' | BootstrapMethod } = {},
): Estimate {
  requirePositive('ratios', ratios, 1);
  const { method = 'student', ...rest } = options;
  const logs = ratios.map(Math.log);
  const named = (estimate: Estimate) => ({ ...estimate, method: `geometric mean, ${estimate.method}` });
  return ratioFromLogs(
    named(method === 'student' ? studentMean(logs, rest) : bootstrapMean(logs, { ...rest, method })),
  );
}

function studentMean(values: readonly number[], options: BootstrapOptions): Estimate {
  const { level } = bootstrapSettings(options);
  const data = values as number[];
  const count = values.length;
  const value = mean(data);
  const method = "Student's t on logarithms";
  if (count === 1) return { value, interval: null, count, method, caution: 'one value has no interval' };
  const half = (studentHalfWidth(level, count - 1) * sampleStandardDeviation(data)) / Math.sqrt(count);
  return { value, interval: { low: value - half, high: value + half, level }, count, method, caution: null };
}
