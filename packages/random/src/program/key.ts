// Keys of the generator inside programs: made from seeds, labels and numbers, without state.
//
// Threefry-2x32 with 20 rounds (autodiff/src/threefry.ts): every draw is the image of a counter under a key, so it depends on
// nothing else, neither on the engine nor on what was drawn before.

import {
  add,
  concat,
  constant,
  formatType,
  iota,
  reshape,
  slice,
  Tensor,
  tensorValue,
  threefry2x32,
  threefryBlock,
} from '@gaussmark/autodiff';

/** A key: int32[2], the bits of two words. Use each for one draw, or to derive others, but not both. */
export type Key = Tensor;

type Words = readonly [number, number];

const toKey = (words: Words): Key => constant(tensorValue('int32', [2], words));

const OUT_OF_RANGE = 'expected an integer from 0 to 2^32 - 1';

/** The bits of an unsigned word. */
function word(what: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value | 0;
  throw new RangeError(`${what}: ${OUT_OF_RANGE}, got ${value}`);
}

/**
 * The key of a seed: jax.random.key(seed).
 *
 * @param seed from 0 to 2^32 - 1
 * @throws RangeError for other seeds
 * @example
 * const x = uniform(key(0), [3], 'float32');
 * key(7); // = [0, 7]
 */
export function key(seed: number): Key {
  return toKey([0, word('key: seed', seed)]);
}

/**
 * The key of a label, or of a number, under a key: different ones for different data. For numbers, jax.random.fold_in.
 *
 * A label's key costs nothing where it follows {@link key}; under a key that is known only when the program runs, and for numbers,
 * it costs one block of the generator.
 *
 * @param data a label, a number from 0 to 2^32 - 1, or an int32 scalar
 * @throws TypeError, RangeError if the key or the data are something else
 * @example
 * const each = vmap((i) => normal(fold(base, i), [4], 'float64'))(iota(10)); // float64[10,4]
 * fold(key(0), 'probe'); // = int32[2]
 */
export function fold(parent: Key, data: number | string | Tensor): Key {
  demandKey('fold', parent);
  if (typeof data === 'string') return block(parent, toKey(labelHash(data)));
  if (typeof data === 'number') return block(parent, toKey([0, word('fold: data', data)]));
  if (!(data instanceof Tensor) || data.dtype !== 'int32' || data.shape.length > 0) {
    const got = data instanceof Tensor ? formatType(data.type) : typeof data;
    throw new TypeError(`fold: data: expected a label, a number or an int32 scalar, got ${got}`);
  }
  return block(parent, concat([constant(tensorValue('int32', [1], [0])), reshape(data, [1])]));
}

/**
 * Independent keys, the rows of int32[count,2], for {@link vmap} or a loop. jax.random.split, in its partitionable layout.
 *
 * @param count at least 1
 * @throws TypeError, RangeError if the key or the count is something else
 * @example
 * const probes = vmap((k) => rademacher(k, [4], 'float32'))(keys(key(0), 10)); // float32[10,4]
 * keys(key(0), 3); // = int32[3,2]
 */
export function keys(parent: Key, count: number): Tensor {
  if (!Number.isInteger(count) || count < 1 || count >= 2 ** 31)
    throw new RangeError(`keys: expected a count from 1 to 2^31 - 1, got ${count}`);
  const words = blocks('keys', parent, count).map((each) => reshape(each, [count, 1]));
  return concat(words, 1);
}

/**
 * Independent keys: the rows of {@link keys}, one by one.
 *
 * @example
 * const [forNoise, forProbes] = split(key(0), 2);
 * split(key(0), 2).length; // = 2
 */
export function split(parent: Key, count: number): Key[] {
  const rows = keys(parent, count);
  return Array.from({ length: count }, (_, i) => reshape(slice(rows, [i, 0], [i + 1, 2]), [2]));
}

/**
 * The key of a label at a step of a run. Labels and seeds are independent; steps count up its second word, so it costs one addition.
 *
 * @param seed of the run, from 0 to 2^32 - 1
 * @param step int32 scalar: steps taken before this one; -1 before the first, for the initial state
 * @throws RangeError for another seed, TypeError for a label that is not a string
 * @example
 * stepKey(1, 'probe', scalar(0, 'int32')); // = [-1590763662, 2083341049]
 */
export function stepKey(seed: number, label: string, step: Tensor): Key {
  const start = threefryBlock([0, word('stepKey: seed', seed)], labelHash(label));
  return add(toKey(start), concat([constant(tensorValue('int32', [1], [0])), reshape(step, [1])]));
}

/**
 * 64 bits of a label's UTF-8 bytes, in blocks of eight, each the counter under a key that is the hash so far; the first key is the
 * number of bytes. Among 10^5 labels, two are equal with probability 3e-10.
 *
 * @throws TypeError if the label is not a string
 */
export function labelHash(label: string): Words {
  if (typeof label !== 'string') throw new TypeError(`label: expected a string, got ${typeof label}`);
  const text = new TextEncoder().encode(label);
  const padded = new DataView(new ArrayBuffer(8 * Math.ceil((text.length + 1) / 8)));
  for (const [i, byte] of text.entries()) padded.setUint8(i, byte);
  let hash: Words = [text.length, 0];
  for (let i = 0; i < padded.byteLength; i += 8)
    hash = threefryBlock(hash, [padded.getInt32(i), padded.getInt32(i + 4)]);
  return hash;
}

/** @throws TypeError if it is not a key */
export function demandKey(what: string, value: unknown): asserts value is Key {
  if (value instanceof Tensor && value.dtype === 'int32' && value.shape.length === 1 && value.shape[0] === 2)
    return;
  const got = value instanceof Tensor ? formatType(value.type) : typeof value;
  throw new TypeError(`${what}: expected a key, int32[2], got ${got}; key(), fold() and split() make keys`);
}

/** The two words of the counters (0, 0), (0, 1), ..., (0, count - 1), each int32[count]. */
export function blocks(what: string, of: Key, count: number): [Tensor, Tensor] {
  demandKey(what, of);
  const zero = constant(tensorValue('int32', [], [0]));
  return threefry2x32([slice(of, [0], [1]), slice(of, [1], [2])], [zero, iota(count)]);
}

function block(of: Key, counter: Tensor): Key {
  const halves = (pair: Tensor): [Tensor, Tensor] => [slice(pair, [0], [1]), slice(pair, [1], [2])];
  return concat(threefry2x32(halves(of), halves(counter)));
}
