// Seeds: `5` is 1 to 5, as the paper numbers them; `7,9` are those two; `3..6` are four.

import { BOUNDS } from './bounds.js';
import { GaussmarkError } from './errors.js';

/** Seeds are 31-bit: that is what generators of every engine take. */
const LARGEST = BOUNDS.seed.most;
const MOST = BOUNDS.seeds.most;

/** The seeds that a count stands for: 1, ..., n. A list stands for itself. */
export function seedsOf(seeds: number | readonly number[]): readonly number[] {
  return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i + 1) : seeds;
}

/**
 * Seeds from the command line.
 *
 * @throws GaussmarkError for anything but a count of at least 1, a list of different seeds, or a range.
 * @example
 * parseSeeds('3') // [1, 2, 3]
 * parseSeeds('7,') // [7]
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
    expected: `a count (3 is the seeds 1, 2, 3; at most ${MOST}), a list of different seeds (7,9; a single one: 7,) or a range (3..6)`,
    got: text === '' ? 'nothing' : text,
  });
}
