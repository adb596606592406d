// Renders time limits for schedulers. Limits are whole seconds everywhere else.

import { GaussmarkError } from '@gaussmark/core';

/**
 * A time limit as `D-HH:MM:SS`, which no scheduler reads in two ways; `UNLIMITED` for null. Fractions of a second round up.
 *
 * @throws GaussmarkError for 0 or less, which Slurm takes for no limit at all, and for what is not finite
 * @example
 * formatTimeLimit(61 * 60); // = '0-01:01:00'
 * formatTimeLimit(25 * 3600); // = '1-01:00:00'
 */
export function formatTimeLimit(seconds: number | null): string {
  if (seconds === null) return 'UNLIMITED';
  if (!(seconds > 0) || !Number.isSafeInteger(Math.ceil(seconds))) {
    throw new GaussmarkError('cannot render a time limit', {
      expected: 'more than 0 seconds, or none',
      got: String(seconds),
    });
  }
  const whole = Math.ceil(seconds);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${Math.floor(whole / 86_400)}-${two((whole % 86_400) / 3600)}:${two((whole % 3600) / 60)}:${two(whole % 60)}`;
}
