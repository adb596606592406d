// What every function here asks of its numbers, and the shapes in which estimates are returned.

/** An interval with its confidence level, in the units of the estimate. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Confidence that the procedure has: exact where the method is exact, nominal for a bootstrap. */
  readonly level: number;
}

/** A number with its interval, how it was made, and whether to trust it. */
export interface Estimate {
  readonly value: number;
  /** `null` where the values cannot give one (a single value, say); `caution` says why. */
  readonly interval: Interval | null;
  /** Values (runs, pairs, points) behind the estimate. */
  readonly count: number;
  /** The method in words, to be printed next to the number. */
  readonly method: string;
  /** Why the interval is missing or weaker than its level says; `null` if nothing is wrong with it. */
  readonly caution: string | null;
}

/** Below this many values a bootstrap interval is too narrow to be believed. */
export const FEW_VALUES = 5;

/** @throws RangeError unless there are at least `minimum` values and every one is finite. */
export function requireFinite(name: string, values: readonly number[], minimum: number): void {
  requireCount(name, values.length, minimum);
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `${name}: expected finite numbers, got ${value} at index ${i}; leave such values out or treat them as censored`,
      );
    }
  });
}

/** @throws RangeError unless there are at least `minimum` values and every one is finite and above zero. */
export function requirePositive(name: string, values: readonly number[], minimum: number): void {
  requireFinite(name, values, minimum);
  const bad = values.findIndex((value) => value <= 0);
  if (bad >= 0) {
    throw new RangeError(
      `${name}: expected numbers above zero, got ${values[bad]} at index ${bad}; ratios and logarithms need positive values`,
    );
  }
}

/** @throws RangeError unless every value is above zero; +Infinity, a target never reached, is welcome. */
export function requireTimes(name: string, values: readonly number[], minimum: number): void {
  requireCount(name, values.length, minimum);
  const bad = values.findIndex((value) => !(value > 0));
  if (bad >= 0) {
    throw new RangeError(
      `${name}: expected times above zero, or Infinity for a target never reached, got ${values[bad]} at index ${bad}`,
    );
  }
}

/** @throws RangeError if there are fewer than `minimum`. */
export function requireCount(name: string, count: number, minimum: number): void {
  if (count < minimum) {
    throw new RangeError(
      `${name}: expected at least ${minimum} ${minimum === 1 ? 'value' : 'values'}, got ${count}`,
    );
  }
}

/** @throws RangeError if the lengths differ. */
export function requireSameLength(a: string, countA: number, b: string, countB: number): void {
  if (countA !== countB) {
    throw new RangeError(
      `${a} and ${b} must have the same length, got ${countA} and ${countB}; pair the values by seed first`,
    );
  }
}

/** @throws RangeError unless `value` lies strictly between 0 and 1. */
export function requireFraction(name: string, value: number): void {
  if (!(value > 0 && value < 1))
    throw new RangeError(`${name}: expected a number between 0 and 1, exclusive, got ${value}`);
}

/** @throws RangeError unless `value` is an integer and at least `minimum`. */
export function requireInteger(name: string, value: number, minimum: number): void {
  if (!Number.isSafeInteger(value) || value < minimum) {
    throw new RangeError(`${name}: expected an integer of at least ${minimum}, got ${value}`);
  }
}

/** @throws RangeError unless `value` is finite and not negative. */
export function requireNonNegative(name: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`${name}: expected a finite number of at least 0, got ${value}`);
  }
}
