// The optimizer's own metrics: scalars, and vectors whose entries have names, packed into one vector per step.

import { cast, type FloatDType, formatType, reshape, scalar, Tensor } from '@gaussmark/autodiff';
import { GaussmarkError, type Metrics } from '@gaussmark/core';

/** A metric as a vector, with a name for each of its values. */
export interface PackedMetric {
  /** `damping`, or for the entries of a vector `ratio[0]`, `ratio[1]`, ... */
  readonly names: readonly string[];
  /** In the run's dtype, (names,). */
  readonly values: readonly Tensor[];
}

/** Metrics appear in every point of a curve; their names, in tables and legends. */
const MOST_METRICS = 100;
const MOST_ENTRIES = 64;
const MOST_VALUES = 512;
const LONGEST_NAME = 64;

/**
 * The metrics of a step without `loss`, which is the harness's own.
 *
 * @throws GaussmarkError if there are too many, or one is neither a scalar, nor a vector, nor a record of scalars
 */
export function packedMetrics(metrics: Metrics, dtype: FloatDType): PackedMetric[] {
  const own = Object.entries(metrics).filter(([name]) => name !== 'loss');
  demandFew('metrics', own.length, MOST_METRICS);
  const packed = own.map(([name, value]) => packedMetric(name, value, dtype));
  const names = packed.flatMap((metric) => metric.names);
  demandFew('values of metrics', names.length, MOST_VALUES);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new GaussmarkError(`the optimizer reports the metric '${twice}' twice`);
  return packed;
}

/** A metric that must be a scalar. */
export function packedScalar(name: string, value: unknown, dtype: FloatDType): Tensor {
  if (typeof value === 'number') return packedScalar(name, scalar(value, dtype), dtype);
  if (value instanceof Tensor && value.shape.length === 0) return reshape(cast(value, dtype), [1]);
  const got = value instanceof Tensor ? formatType(value.type) : typeof value;
  throw new GaussmarkError(`the optimizer's metric '${name}' is not a scalar: got ${got}`, {
    remedy: 'report a scalar, a vector, or a record of scalars: { ratio: { weight: a, bias: b } }',
  });
}

function packedMetric(name: string, value: unknown, dtype: FloatDType): PackedMetric {
  demandName(name);
  if (value instanceof Tensor && value.shape.length === 1) {
    const size = value.shape[0]!;
    demandEntries(name, size);
    return { names: Array.from({ length: size }, (_, i) => `${name}[${i}]`), values: [cast(value, dtype)] };
  }
  if (typeof value !== 'object' || value === null || value instanceof Tensor)
    return { names: [name], values: [packedScalar(name, value, dtype)] };
  const entries = Object.entries(value);
  demandEntries(name, entries.length);
  for (const [label] of entries) demandName(label);
  const names = entries.map(([label]) => `${name}[${label}]`);
  return { names, values: entries.map(([, entry], i) => packedScalar(names[i]!, entry, dtype)) };
}

function demandFew(what: string, got: number, most: number): void {
  if (got <= most) return;
  throw new GaussmarkError(`the optimizer reports too many ${what}`, {
    expected: `at most ${most}`,
    got: String(got),
  });
}

function demandEntries(name: string, got: number): void {
  if (got >= 1 && got <= MOST_ENTRIES) return;
  throw new GaussmarkError(`the optimizer's metric '${name}' has an unusable length`, {
    expected: `1 to ${MOST_ENTRIES} entries`,
    got: String(got),
  });
}

function demandName(name: string): void {
  if (name.length <= LONGEST_NAME && name.trim() !== '' && !/\p{C}/u.test(name)) return;
  throw new GaussmarkError('the optimizer reports a metric with an unusable name', {
    expected: `1 to ${LONGEST_NAME} visible characters`,
    got: JSON.stringify(name),
  });
}
