// Threefry-2x32 with 20 rounds: for each key of two words, a bijection of counters of two words.
// Source: Salmon, Moraes, Dror and Shaw, *Parallel random numbers: as easy as 1, 2, 3*, SC11 (2011); Random123 1.14, threefry.h.

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** Of Skein's key schedule. */
const PARITY = 0x1bd11bda;

/** Arithmetic of 32-bit words that wraps around, on numbers or on values of a program under construction. */
export interface WordArithmetic<Word> {
  readonly word: (value: number) => Word;
  readonly add: (a: Word, b: Word) => Word;
  readonly xor: (a: Word, b: Word) => Word;
  /** To the left, by 1 to 31 bits. */
  readonly rotate: (a: Word, bits: number) => Word;
}

type Block<Word> = readonly [Word, Word];

/**
 * Threefry in any arithmetic of words: the words that replace a counter's under a key.
 *
 * @internal
 */
export function threefry<Word>(
  { word, add, xor, rotate }: WordArithmetic<Word>,
  [k0, k1]: Block<Word>,
  [c0, c1]: Block<Word>,
): Block<Word> {
  const keys = [k0, k1, xor(xor(k0, k1), word(PARITY))] as const;
  let [a, b] = [add(c0, k0), add(c1, k1)];
  for (let round = 1; round <= 20; round++) {
    a = add(a, b);
    b = xor(rotate(b, ROTATIONS[(round - 1) % 8]!), a);
    if (round % 4 !== 0) continue;
    a = add(a, keys[(round / 4) % 3]!);
    b = add(b, add(keys[(round / 4 + 1) % 3]!, word(round / 4)));
  }
  return [a, b];
}

const NUMBERS: WordArithmetic<number> = {
  word: (value) => value,
  add: (a, b) => (a + b) | 0,
  xor: (a, b) => a ^ b,
  rotate: (a, bits) => (a << bits) | (a >>> (32 - bits)),
};

/**
 * {@link threefry2x32} on numbers, signed: the bits of unsigned words of 32 bits. The example is a published vector.
 *
 * @example
 * threefryBlock([0, 0], [0, 0]); // = [0x6b200159, 0x99ba4efe | 0]
 */
export const threefryBlock = (key: Block<number>, counter: Block<number>) => threefry(NUMBERS, key, counter);
