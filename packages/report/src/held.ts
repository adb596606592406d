// What the rows of a leaderboard had in common: the same work, time, steps or epochs, or none of these.

import { amountWords, type Budget, budgetOf, budgetWords, LIMITS } from './budget.js';
import type { Clock } from './clock.js';
import type { RunGroup } from './groups.js';
import type { ReportRun } from './schema.js';

export interface Held {
  /** The clock on which all rows ended alike; null where they did so on none. */
  readonly clock: Clock | null;
  /** Where they ended on it. */
  readonly amount: number | null;
  /** Whether that gives every optimizer the same work or the same time. */
  readonly fair: boolean;
  /** For a headline: `at equal gradient-equivalents (300 each)`. */
  readonly words: string;
  /** For the axis of a chart: `after 300 gradient-equivalents`. */
  readonly after: string;
}

/** Clocks on which being equal is fair whatever a step costs. */
const FAIR: readonly Clock[] = ['gradientEquivalents', 'seconds'];

/** How the equal thing is called. */
const NOUNS: Readonly<Record<Clock, string>> = {
  gradientEquivalents: 'gradient-equivalents',
  seconds: 'training time',
  iterations: 'steps',
  epoch: 'epochs',
};

/** Rows end alike if they do so within this share, or within a step of the row whose steps are dearest. */
const TOLERANCE = 0.01;

/** What the finished runs of these groups had in common. The groups have one budget, or none that is known. */
export function heldEqual(groups: readonly RunGroup[]): Held {
  const finished = groups.filter(({ outcome }) => outcome === 'finished');
  const runs = finished.flatMap(({ counted }) => counted);
  const budget = groups.flatMap(({ runs }) => runs.flatMap((run) => budgetOf(run) ?? [])).at(0);
  if (runs.length === 0) {
    const words = budget === undefined ? '' : `within ${budgetWords(budget)}`;
    return { clock: null, amount: null, fair: false, words, after: '' };
  }
  if (runs.some(({ status }) => status === 'target-reached')) {
    return { clock: null, amount: null, fair: false, words: 'each up to its target', after: 'at the target' };
  }
  for (const { limit, clock } of inOrder(budget)) {
    const ends = runs.flatMap((run) => run.curve.at(-1)?.[clock] ?? []);
    if (ends.length < runs.length || !alike(ends, runs, clock)) continue;
    const amount = budget?.[limit] ?? Math.max(...ends);
    return {
      clock,
      amount,
      fair: FAIR.includes(clock),
      words: `at equal ${NOUNS[clock]} (${each(clock, amount)})`,
      after: `after ${amountWords(clock, amount)}`,
    };
  }
  const words = budget === undefined ? 'at different amounts of training' : `within ${budgetWords(budget)}`;
  return { clock: null, amount: null, fair: false, words, after: words };
}

/** The limits of the budget first, epochs before steps where there is none: whoever sets no budget counts epochs. */
function inOrder(budget: Budget | undefined): readonly (typeof LIMITS)[number][] {
  if (budget === undefined) return LIMITS.toReversed();
  return [
    ...LIMITS.filter(({ limit }) => budget[limit] !== undefined),
    ...LIMITS.filter(({ limit }) => budget[limit] === undefined),
  ];
}

function alike(ends: readonly number[], runs: readonly ReportRun[], clock: Clock): boolean {
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const steps = runs.map((run, index) => ends[index]! / Math.max(1, run.curve.at(-1)?.iterations ?? 1));
  // Steps of one run differ in cost: the last one may be dearer than their mean.
  const dearest = FAIR.includes(clock) ? 2 * Math.max(...steps) : 0;
  return most - least <= Math.max(TOLERANCE * most, dearest);
}

/** `300 each`, `20.0 s each` */
const each = (clock: Clock, amount: number): string =>
  `${amountWords(clock, amount).replace(/ (?:gradient-equivalent|step|epoch)s?$| of training$/, '')} each`;

/** How many times the work, or where it is not known the time, one group spent of another. */
export interface WorkRatio {
  readonly clock: 'gradientEquivalents' | 'seconds';
  readonly ratio: number;
}

/** What `a` spent over what `b` did, in means over the seeds that count; null where nothing was measured. */
export function workRatio(a: RunGroup, b: RunGroup): WorkRatio | null {
  for (const clock of ['gradientEquivalents', 'seconds'] as const) {
    const [of, over] = [meanEnd(a, clock), meanEnd(b, clock)];
    if (of !== null && over !== null && of > 0 && over > 0) return { clock, ratio: of / over };
  }
  return null;
}

/** Where the runs of a group ended on a clock, in the mean; null where that is not known of all. */
export function meanEnd({ counted }: RunGroup, clock: Clock): number | null {
  const ends = counted.flatMap((run) => run.curve.at(-1)?.[clock] ?? []);
  if (ends.length === 0 || ends.length < counted.length) return null;
  return ends.reduce((sum, end) => sum + end, 0) / ends.length;
}
