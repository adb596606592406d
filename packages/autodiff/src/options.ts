// Options: unknown ones are refused, since JavaScript authors have no types that would.

import { distance } from 'fastest-levenshtein';

/**
 * Refuses options that a function does not have.
 *
 * @param known all of its options
 * @throws TypeError naming the unknown option, the nearest known one, and all
 * @internal
 */
export function demandOptions<T extends object>(
  what: string,
  options: T,
  known: readonly (keyof T & string)[],
) {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `${what}: expected an object with the options ${known.join(', ')}; got ${String(options)}`,
    );
  const wrong = Object.keys(options).find((name) => !(known as readonly string[]).includes(name));
  if (wrong === undefined) return;
  const far = (name: string) => distance(wrong.toLowerCase(), name.toLowerCase());
  const [nearest] = known.filter((name) => far(name) <= name.length / 3).sort((a, b) => far(a) - far(b));
  const meant = nearest ?? known.find((name) => name.startsWith(wrong));
  const guess = meant === undefined ? '.' : `; did you mean '${meant}'?`;
  throw new TypeError(`${what}: unknown option '${wrong}'${guess} Its options: ${known.join(', ')}`);
}
