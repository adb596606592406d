// What numeric options must be: checked where a rule is made, before anything is traced.

/** @throws RangeError unless the decay of a mean is at least 0 and below 1 */
export function demandDecay(name: string, option: string, decay: number): void {
  if (decay >= 0 && decay < 1) return;
  throw new RangeError(`${name}: expected ${option} of at least 0 and below 1, got ${decay}`);
}

/** @throws RangeError unless the value is above 0; infinity passes */
export function demandPositive(name: string, option: string, value: number): void {
  if (!(value > 0)) throw new RangeError(`${name}: expected ${option} above 0, got ${value}`);
}

/** @throws RangeError unless the value is finite and at least 0 */
export function demandNonNegative(name: string, option: string, value: number): void {
  if (value >= 0 && Number.isFinite(value)) return;
  throw new RangeError(`${name}: expected a finite ${option} of at least 0, got ${value}`);
}

/** @throws RangeError unless all are finite */
export function demandFinite(name: string, options: Readonly<Record<string, number>>): void {
  for (const [option, value] of Object.entries(options)) {
    if (!Number.isFinite(value)) throw new RangeError(`${name}: expected a finite ${option}, got ${value}`);
  }
}

/** @throws RangeError unless it is a whole number of at least 1 */
export function demandCount(name: string, option: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new RangeError(`${name}: expected a whole ${option} of at least 1, got ${value}`);
}
