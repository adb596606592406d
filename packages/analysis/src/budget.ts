// A run's budget, as data and in words: 60 epochs, 300 gradient-equivalents, 12 s of training.

import type { Clock } from './clock.js';
import { formatCount, formatNumber, formatSeconds } from './format.js';
import type { ReportRun } from './schema/report-schema.js';

export type Budget = NonNullable<ReportRun['budget']>;

/** The limits of a budget, work and time first, each with its clock. */
export const LIMITS = [
  { limit: 'gradientEquivalents', clock: 'gradientEquivalents' },
  { limit: 'seconds', clock: 'seconds' },
  { limit: 'steps', clock: 'iterations' },
  { limit: 'epochs', clock: 'epoch' },
] as const satisfies readonly { readonly limit: keyof Budget; readonly clock: Clock }[];

/** Reports from before 2026-11-27 state the spent budget only in words. */
const SPENT = /^(?<amount>[\d.e+-]+) (?<unit>seconds of training|gradient-equivalents)$/;

/** A run's budget; undefined if its report lacks it. */
export function budgetOf({ budget, status, reason }: ReportRun): Budget | undefined {
  if (budget !== undefined) return budget;
  const spent = status === 'budget' ? SPENT.exec(reason ?? '')?.groups : undefined;
  if (spent === undefined) return undefined;
  const amount = Number(spent.amount);
  return spent.unit === 'gradient-equivalents' ? { gradientEquivalents: amount } : { seconds: amount };
}

const counted = (amount: number, noun: string): string =>
  `${Number.isInteger(amount) || amount >= 1000 ? formatCount(amount) : formatNumber(amount)} ${noun}${amount === 1 ? '' : 's'}`;

const AMOUNTS: Readonly<Record<Clock, (amount: number) => string>> = {
  gradientEquivalents: (amount) => counted(amount, 'gradient-equivalent'),
  seconds: (amount) => `${formatSeconds(amount)} of training`,
  iterations: (amount) => counted(amount, 'step'),
  epoch: (amount) => counted(amount, 'epoch'),
};

/** An amount with its unit: `300 gradient-equivalents`. */
export const amountWords = (clock: Clock, amount: number): string => AMOUNTS[clock](amount);

/** `60 epochs`; several limits are joined by "or", since the first one reached ends the run. */
export const budgetWords = (budget: Budget): string =>
  LIMITS.flatMap(({ limit, clock }) => {
    const amount = budget[limit];
    return amount === undefined ? [] : [amountWords(clock, amount)];
  }).join(' or ');
