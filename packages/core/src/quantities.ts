// Parses quantities: durations, amounts of memory, targets, shards.

import { BOUNDS, type Bound, describeBound, isWithin, shortNumber } from './bounds.js';
import { didYouMean, GaussmarkError } from './errors.js';
import type { ProblemTargets } from './problems-schema.js';

/** The targets of a run, all to be met at once. */
export type Goals = Readonly<ProblemTargets>;

/** What goals are compared with; `null` for a value that is not finite. */
export interface ReachablePoint {
  readonly trainLoss: number | null;
  readonly testLoss: number | null;
  readonly testAccuracy?: number | null | undefined;
}

/**
 * Whether a point reaches all goals at once. A value that is not finite or not measured reaches nothing.
 *
 * @internal
 */
export function reaches(point: ReachablePoint, { trainLoss, testLoss, testAccuracy }: Goals): boolean {
  const atMost = (value: number | null | undefined, goal: number | undefined) =>
    goal === undefined || (typeof value === 'number' && value <= goal);
  return (
    atMost(point.trainLoss, trainLoss) &&
    atMost(point.testLoss, testLoss) &&
    (testAccuracy === undefined || (point.testAccuracy ?? Number.NEGATIVE_INFINITY) >= testAccuracy)
  );
}

/** How often to evaluate a run; exactly one of the two is set. */
export interface Interval {
  readonly steps?: number;
  readonly epochs?: number;
}

/**
 * Parses a decimal number: `10`, `0.5` or `1e-3`. NaN for anything else, including hexadecimal, blanks and Infinity.
 *
 * @example
 * decimal('0x10'); // = NaN
 */
export function decimal(text: string): number {
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN;
}

/**
 * Parses a number within a bound.
 *
 * @throws GaussmarkError with the bound, for anything else.
 * @internal
 */
export function parseWithin(text: string, bound: Bound): number {
  const value = decimal(text);
  if (isWithin(value, bound)) return value;
  throw new GaussmarkError(`cannot read the number '${text}'`, { expected: describeBound(bound), got: text });
}

const UNITS_OF_TIME: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };

/**
 * Parses a duration in seconds: `90`, `90s`, `10min` or `2h`.
 *
 * @throws GaussmarkError for anything else, for 0, and for more than a timer can wait.
 * @internal
 */
export function parseSeconds(text: string): number {
  const found = /^(\d+(?:\.\d+)?) ?(s|min|h)?$/.exec(text.trim());
  const seconds = found === null ? 0 : Number(found[1]) * UNITS_OF_TIME[found[2] ?? 's']!;
  if (isWithin(seconds, BOUNDS.timeout)) return seconds;
  const { least, most } = BOUNDS.timeout;
  throw new GaussmarkError(`cannot read the time '${text}'`, {
    expected: `a number of seconds, or with a unit: 90, 90s, 10min, 2h; from ${least} s to ${Math.floor(most / 3600)} h`,
    got: text,
  });
}

const PREFIXES = 'KMGT';

/**
 * Parses an amount of memory in bytes: `500MB` (powers of 1000) or `2GiB` (powers of 1024).
 *
 * @throws GaussmarkError for anything else, and for less than a run needs to start.
 * @internal
 */
export function parseBytes(text: string): number {
  const found = /^(\d+(?:\.\d+)?) ?([KMGT])(i)?B$/.exec(text.trim());
  const base = found?.[3] === undefined ? 1000 : 1024;
  const bytes = found === null ? 0 : Math.round(Number(found[1]) * base ** (PREFIXES.indexOf(found[2]!) + 1));
  if (isWithin(bytes, BOUNDS.memory)) return bytes;
  throw new GaussmarkError(`cannot read the amount of memory '${text}'`, {
    expected: 'a number with a unit: 500MB, 2GiB; from 64MiB to 1024TiB',
    got: text,
  });
}

/**
 * Parses an interval: `50 steps` or `2epochs`.
 *
 * @throws GaussmarkError for anything else, and for 0.
 * @internal
 */
export function parseInterval(text: string): Interval {
  const found = /^([1-9]\d*(?:e\+?\d{1,2})?) ?(step|epoch)s?$/i.exec(text.trim());
  const count = Number(found?.[1]);
  if (found !== null && isWithin(count, BOUNDS.evaluationInterval)) {
    return found[2]!.toLowerCase() === 'step' ? { steps: count } : { epochs: count };
  }
  throw new GaussmarkError(`cannot read the evaluation interval '${text}'`, {
    expected: `a whole number of steps or epochs, at most ${shortNumber(BOUNDS.evaluationInterval.most)}: '50 steps', 2epochs`,
    got: text,
  });
}

/**
 * `50 steps`, `1 epoch`.
 *
 * @internal
 */
export function formatInterval({ steps, epochs }: Interval): string {
  const [count, unit] = steps === undefined ? [epochs ?? 1, 'epoch'] : [steps, 'step'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

const GOALS = ['trainLoss', 'testLoss', 'testAccuracy'] as const satisfies readonly (keyof Goals)[];

/**
 * Parses targets: `testLoss=0.02` or `testAccuracy=0.97,trainLoss=0.1`.
 *
 * @throws GaussmarkError for an unknown or repeated quantity, an invalid number, a negative loss, or an accuracy outside 0 to 1.
 * @internal
 */
export function parseGoals(texts: readonly string[]): Goals {
  const goals: { -readonly [K in keyof Goals]: Goals[K] } = {};
  for (const text of texts.flatMap((each) => each.split(','))) {
    const [name, value, ...rest] = text.split('=').map((part) => part.trim());
    const goal = GOALS.find((each) => each === name);
    if (goal === undefined) {
      throw new GaussmarkError(`unknown target '${name}'${didYouMean(name ?? '', GOALS)}`);
    }
    const number = value === undefined || rest.length > 0 ? Number.NaN : decimal(value);
    const most = goal === 'testAccuracy' ? 1 : Number.MAX_VALUE;
    const sound = number >= 0 && number <= most;
    if (goals[goal] !== undefined) {
      throw new GaussmarkError(`target '${goal}' is set twice`, {
        expected: 'one value for each target',
        got: `${goals[goal]} and ${value ?? 'nothing'}`,
        remedy: 'remove one of them',
      });
    }
    if (!sound) {
      throw new GaussmarkError(`cannot read the target '${text}'`, {
        expected: `${goal}= followed by ${goal === 'testAccuracy' ? 'a share from 0 to 1' : 'a loss of at least 0'}`,
        got: value ?? 'nothing',
      });
    }
    goals[goal] = number;
  }
  return goals;
}

/** One of several parts of a plan. */
export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly count: number;
}

/**
 * Parses a shard: `2/4`.
 *
 * @throws GaussmarkError for anything but i/n with 1 <= i <= n.
 * @internal
 */
export function parseShard(text: string): Shard {
  const found = /^(\d+)\/(\d+)$/.exec(text.trim());
  const [index, count] = [Number(found?.[1]), Number(found?.[2])];
  if (index >= 1 && index <= count && isWithin(count, BOUNDS.shards)) return { index, count };
  throw new GaussmarkError(`cannot read the shard '${text}'`, {
    expected: `i/n, the i-th of n parts, at most ${shortNumber(BOUNDS.shards.most)}: 1/4, ..., 4/4`,
    got: text,
  });
}
