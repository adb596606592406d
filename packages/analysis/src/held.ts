// What the rows of a leaderboard held equal: work, time, steps, epochs, or none of these.

import { amountWords, type Budget, budgetOf, budgetWords, LIMITS } from './budget.js';
import type { Clock } from './clock.js';
import type { RunGroup } from './groups.js';
import type { ReportRun } from './schema/report-schema.js';

export interface Held {
  /** The clock on which all rows ended at the same amount; null without one. */
  readonly clock: Clock | null;
  /** That amount. */
  readonly amount: number | null;
  /** Whether every optimizer had the same work or the same time. */
  readonly fair: boolean;
  /** For a headline: `at equal gradient-equivalents (300 each)`. */
  readonly words: string;
  /** For the axis of a chart: `after 300 gradient-equivalents`. */
  readonly after: string;
}

/** Clocks on which equal amounts are fair, whatever a step costs. */
const FAIR: readonly Clock[] = ['gradientEquivalents', 'seconds'];

/** Names of the quantity held equal. */
const NOUNS: Readonly<Record<Clock, string>> = {
  gradientEquivalents: 'gradient-equivalents',
  seconds: 'training time',
  iterations: 'steps',
  epoch: 'epochs',
};

/** Ends count as equal within this share, or within one step of the row with the most expensive steps ... */
const TOLERANCE = 0.01;
/** ... unless that step exceeds this share of the whole: ends a tenth apart are not equal. */
const MOST_TOLERANCE = 0.1;

/** What the finished runs of these groups held equal. The groups share one budget, or none is known. */
export function heldEqual(groups: readonly RunGroup[]): Held {
  const finished = groups.filter(({ outcome }) => outcome === 'finished');
  const runs = finished.flatMap(({ counted }) => counted);
  const budget = groups.flatMap(({ runs }) => runs.flatMap((run) => budgetOf(run) ?? [])).at(0);
  if (runs.length === 0) return unequal(budget, []);
  if (runs.some(({ status }) => status === 'target-reached')) {
    return { clock: null, amount: null, fair: false, words: 'each up to its target', after: 'at the target' };
  }
  const alike = inOrder(budget)
    .flatMap(({ limit, clock }) => endsOn(clock, runs, budget?.[limit]) ?? [])
    .filter((ends) => ends.most - ends.least <= ends.tolerance);
  // Prefer the limit that ended the runs to one they stayed below.
  const held = alike.find(isLimit) ?? alike.at(0);
  if (held === undefined) return unequal(budget, runs);
  const { clock, most } = held;
  return {
    clock,
    amount: isLimit(held) && equalAt(held, held.limit!) ? held.limit! : most,
    fair: FAIR.includes(clock),
    words: `at equal ${NOUNS[clock]} (${bare(clock, rangeOf(held))}${isRange(held) ? '' : ' each'})`,
    after: `after ${rangeOf(held)}`,
  };
}

/** Rows that ended at different amounts: their budget, and the range in which they ended. */
function unequal(budget: Budget | undefined, runs: readonly ReportRun[]): Held {
  const nothing = { clock: null, amount: null, fair: false };
  if (budget === undefined) {
    const words = runs.length === 0 ? '' : 'at different amounts of training';
    return { ...nothing, words, after: words };
  }
  const given = `within ${budgetWords(budget)}`;
  if (runs.length === 0) return { ...nothing, words: given, after: '' };
  const [only, ...others] = inOrder(budget);
  const ends = only !== undefined && others.length === 0 ? endsOn(only.clock, runs, undefined) : null;
  const words = ends === null ? given : `${given} (${bare(ends.clock, rangeOf(ends))})`;
  return { ...nothing, words, after: given };
}

/** The limits of the budget. If it is unknown, every clock, epochs before steps: the default budget counts epochs. */
const inOrder = (budget: Budget | undefined): readonly (typeof LIMITS)[number][] =>
  budget === undefined ? LIMITS.toReversed() : LIMITS.filter(({ limit }) => budget[limit] !== undefined);

/** Where runs ended on a clock. */
interface Ends {
  readonly clock: Clock;
  readonly least: number;
  readonly most: number;
  /** Largest distance of ends that count as equal. */
  readonly tolerance: number;
  /** The budget's limit on this clock, if it has one. */
  readonly limit: number | undefined;
}

/** null if some run lacks the clock. */
function endsOn(clock: Clock, runs: readonly ReportRun[], limit: number | undefined): Ends | null {
  const ends = runs.flatMap((run) => run.curve.at(-1)?.[clock] ?? []);
  if (ends.length < runs.length) return null;
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const steps = runs.map((run, index) => ends[index]! / Math.max(1, run.curve.at(-1)?.iterations ?? 1));
  // The last step of a run may cost more than the mean step.
  const dearest = FAIR.includes(clock) ? 2 * Math.max(...steps) : 0;
  const whole = Math.min(most, limit ?? most);
  return {
    clock,
    least,
    most,
    tolerance: Math.max(TOLERANCE * most, Math.min(dearest, MOST_TOLERANCE * whole)),
    limit,
  };
}

/** Whether this is the limit that ended the runs. */
const isLimit = ({ least, limit, tolerance }: Ends): boolean =>
  limit !== undefined && least >= limit - tolerance;

const equalAt = ({ least, most }: Ends, amount: number): boolean =>
  Math.abs(most - amount) <= TOLERANCE * amount && Math.abs(amount - least) <= TOLERANCE * amount;

const isRange = (ends: Ends): boolean => !equalAt(ends, ends.most);

/** `300 gradient-equivalents`, `289 to 300 gradient-equivalents`: the actual ends, not the limit. */
function rangeOf(ends: Ends): string {
  const { clock, least, most, limit } = ends;
  if (isRange(ends)) return `${bare(clock, amountWords(clock, least))} to ${amountWords(clock, most)}`;
  return amountWords(clock, limit !== undefined && equalAt(ends, limit) ? limit : most);
}

/** The amount without a unit that the surrounding words name: `300`, `20.0 s`. */
const bare = (clock: Clock, words: string): string =>
  clock === 'seconds'
    ? words.replace(/ of training$/, '')
    : words.replace(/ (?:gradient-equivalent|step|epoch)s?$/, '');

/** The ratio of two groups' work or, if that is unknown, of their time. */
export interface WorkRatio {
  readonly clock: 'gradientEquivalents' | 'seconds';
  readonly ratio: number;
}

/** Mean work of `a` over that of `b`, over the seeds that count; null if not measured. */
export function workRatio(a: RunGroup, b: RunGroup): WorkRatio | null {
  for (const clock of ['gradientEquivalents', 'seconds'] as const) {
    const [of, over] = [meanEnd(a, clock), meanEnd(b, clock)];
    if (of !== null && over !== null && of > 0 && over > 0) return { clock, ratio: of / over };
  }
  return null;
}

/** Mean end of a group's runs on a clock; null if unknown for any of them. */
export function meanEnd({ counted }: RunGroup, clock: Clock): number | null {
  const ends = counted.flatMap((run) => run.curve.at(-1)?.[clock] ?? []);
  if (ends.length === 0 || ends.length < counted.length) return null;
  return ends.reduce((sum, end) => sum + end, 0) / ends.length;
}
