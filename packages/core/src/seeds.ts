// Parses seeds: `5` means 1 to 5, numbered as in the paper; `7,9` is a list; `3..6` is a range.

import { BOUNDS } from './bounds.js';
import { GaussmarkError } from './errors.js';

/** Seeds have 31 bits: generators in all engines accept them. */
const LARGEST = BOUNDS.seed.most;
const MOST = BOUNDS.seeds.most;

/**
 * The seeds for a count: 1, ..., n. A list is returned unchanged.
 *
 * @internal
 */
export function seedsOf(seeds: number | readonly number[]): readonly number[] {
  return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i + 1) : seeds;
}

/**
 * Parses seeds given on the command line.
 *
 * @throws GaussmarkError for anything but a count of at least 1, a list of distinct seeds, or a range.
 * @example
 * parseSeeds('3'); // = [1, 2, 3]
 * parseSeeds('7,'); // = [7]
 */
export function parseSeeds(text: string): readonly number[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(text);
  if (range !== null) {
    const [first, last] = [Number(range[1]), Number(range[2])];
    if (last < first || last > LARGEST || last - first >= MOST) throw invalid(text);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  }
  const count = /^\d+$/.test(text) ? Number(text) : undefined;
  if (count !== undefined) {
    if (count < 1 || count > MOST) throw invalid(text);
    return seedsOf(count);
  }
  const parts = text.replace(/,\s*$/, '').split(',');
  const seeds = parts.map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  const isSound = seeds.every((seed) => seed <= LARGEST) && seeds.length <= MOST;
  if (!isSound || new Set(seeds).size < seeds.length) throw invalid(text);
  return seeds;
}

function invalid(text: string): GaussmarkError {
  return new GaussmarkError(`cannot read the seeds '${text}'`, {
    expected: `a count (3 is the seeds 1, 2, 3; at most ${MOST}), a list of distinct seeds (7,9; for a single seed: 7,) or a range (3..6)`,
    got: text === '' ? 'nothing' : text,
  });
}
