// The limits of every quantity a user can request: options, profiles and problems all check against this table.
//
// The bounds are far above any real need, yet low enough to prevent overflows, exhausted memory and timers that fire
// at once. docs/run.md lists them.

import { lock } from '@gaussmark/autodiff';
import { defined } from './defined.js';

export interface Bound {
  readonly least: number;
  readonly most: number;
  /** Whether only whole numbers are allowed. */
  readonly isWhole: boolean;
  readonly unit?: string;
}

const whole = (least: number, most: number, unit?: string): Bound =>
  defined({ least, most, isWhole: true, unit });
const real = (least: number, most: number, unit?: string): Bound => ({
  ...whole(least, most, unit),
  isWhole: false,
});

/** A timer cannot wait longer (2^31 ms). */
const LONGEST_SECONDS = 2_147_483;

export const BOUNDS = lock({
  epochs: whole(1, 1e12),
  steps: whole(1, 1e15),
  seconds: real(1e-6, LONGEST_SECONDS, 'seconds'),
  gradientEquivalents: real(1, 1e15),
  evaluationInterval: whole(1, 1e12),
  batchSize: whole(1, 2 ** 31 - 1),
  seeds: whole(1, 10_000),
  seed: whole(0, 2 ** 31 - 1),
  threads: whole(1, 1024),
  jobs: whole(1, 1024),
  shards: whole(1, 1_000_000),
  timeout: real(0.001, LONGEST_SECONDS, 'seconds'),
  memory: whole(64 * 2 ** 20, 2 ** 50, 'bytes'),
  runs: whole(1, 100_000),
  parameters: whole(0, 1e9),
  trials: whole(1, 10_000),
  rounds: whole(1, 100_000),
  turn: real(0.1, 60_000, 'milliseconds'),
  innerIterations: whole(1, 1_000_000),
  text: whole(1, 1000, 'characters'),
} as const satisfies Readonly<Record<string, Bound>>);

/**
 * Whether a number is within a bound.
 *
 * @internal
 */
export function isWithin(value: number, { least, most, isWhole }: Bound): boolean {
  return value >= least && value <= most && (!isWhole || Number.isSafeInteger(value));
}

/**
 * `a whole number, at least 1 and at most 1024`.
 *
 * @internal
 */
export function describeBound({ least, most, isWhole, unit }: Bound): string {
  const of = unit === undefined ? '' : ` of ${unit}`;
  return `a ${isWhole ? 'whole ' : ''}number${of}, at least ${shortNumber(least)} and at most ${shortNumber(most)}`;
}

/**
 * `1024`, `1e12`.
 *
 * @internal
 */
export function shortNumber(value: number): string {
  const exponent = value.toExponential().replace('e+', 'e');
  const plain = String(value);
  return plain.length > 5 && exponent.length < plain.length ? exponent : plain;
}
