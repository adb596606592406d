// Clocks for the time to a target.

import { formatCount, formatNumber, formatSeconds } from './format.js';

/** Fields of a curve's points. */
export const CLOCKS = ['iterations', 'epoch', 'seconds', 'gradientEquivalents'] as const;
export type Clock = (typeof CLOCKS)[number];

export const CLOCK_WORDS: Readonly<Record<Clock, string>> = {
  iterations: 'iterations',
  epoch: 'epochs',
  seconds: 'seconds',
  gradientEquivalents: 'gradients',
};

const FORMATS: Readonly<Record<Clock, (value: number) => string>> = {
  iterations: formatCount,
  epoch: (value) => (Number.isInteger(value) ? formatCount(value) : formatNumber(value)),
  seconds: formatSeconds,
  gradientEquivalents: (value) => formatNumber(value),
};

export const formatClock = (clock: Clock, value: number): string => FORMATS[clock](value);
