// Requirements on input numbers, and the types of estimates.

/** An interval with its confidence level, in the units of the estimate. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Confidence level of the procedure: exact if the method is exact, nominal for a bootstrap. */
  readonly level: number;
}

/** A number with its interval, method, and caution. */
export interface Estimate {
  readonly value: number;
  /** `null` if the values do not determine one (a single value, say); `caution` explains why. */
  readonly interval: Interval | null;
  /** Number of values (runs, pairs, points) used. */
  readonly count: number;
  /** The method, to be printed next to the number. */
  readonly method: string;
  /** Why the interval is missing or weaker than its level; `null` if it can be trusted. */
  readonly caution: string | null;
}

/** With fewer values, a bootstrap interval is too narrow. */
export const FEW_VALUES = 5;

/** @throws RangeError unless there are at least `minimum` values and every one is finite. */
export function requireFinite(name: string, values: readonly number[], minimum: number): void {
  requireCount(name, values.length, minimum);
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) {
      throw new RangeError(
        `${name}: expected finite numbers, got ${value} at index ${i}; omit such values or treat them as censored`,
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

/** @throws RangeError unless every value is above zero; +Infinity, a target never reached, is allowed. */
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
