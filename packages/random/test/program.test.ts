// The generator inside programs: JAX's numbers, and the distributions of those that JAX draws otherwise.

import {
  add,
  constant,
  iota,
  less,
  mul,
  scalar,
  scan,
  type Tensor,
  tensorValue,
  trace,
  vmap,
  whileLoop,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { describe, expect, it } from 'vitest';
import { words } from '../src/program/bits.js';
import {
  bits,
  categorical,
  drawLike,
  fold,
  integers,
  key,
  keys,
  normal,
  permutation,
  rademacher,
  split,
  stepKey,
  uniform,
} from '../src/program/index.js';
import { blocks, labelHash } from '../src/program/key.js';
import expected from './jax-reference/draws.expected.json' with { type: 'json' };
import { drawn, drawn1, normalTail } from './program-support.js';

const int32 = (value: number) => scalar(value, 'int32');

describe('jax.random draws the same', () => {
  it.each(Object.entries(expected.key))('key of %s', (seed, words) => {
    expect(drawn1(() => key(Number(seed)))).toEqual(words);
  });

  it.each(Object.entries(expected.fold))('fold of %s, known when traced or not', (data, words) => {
    expect(drawn1(() => fold(key(42), Number(data)))).toEqual(words);
    expect(drawn1(() => fold(key(42), int32(Number(data) | 0)))).toEqual(words);
  });

  it('keys, bits, uniform numbers', () => {
    expect(drawn1(() => keys(key(42), 5))).toEqual(expected.split);
    expect(drawn(() => split(key(42), 5)).flatMap((each) => [...each])).toEqual(expected.split);
    expect(drawn1(() => bits(key(42), [3, 4]))).toEqual(expected.bits);
    expect(drawn1(() => uniform(key(42), [3, 4], 'float32'))).toEqual(expected.uniform32);
    expect(drawn1(() => uniform(key(42), [3, 4], 'float64'))).toEqual(expected.uniform64);
  });
});

/** Mean, variance, third and fourth moment about 0. */
function momentsOf(values: readonly number[]): number[] {
  return [1, 2, 3, 4].map((power) => values.reduce((sum, x) => sum + x ** power, 0) / values.length);
}

/** The largest distance between the empirical distribution function and a given one. */
function kolmogorov(values: readonly number[], cdf: (x: number) => number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((x, i) => {
      const at = cdf(x);
      return Math.max(at - i / sorted.length, (i + 1) / sorted.length - at);
    }),
  );
}

const COUNT = 8000;
/** Exceeded with probability 1e-6 by a right distribution. */
const FAR = 2.7 / Math.sqrt(COUNT);
const SIGMAS = 5;

describe('uniform', () => {
  it.each(['float32', 'float64'] as const)('fills [0, 1) evenly in %s', (dtype) => {
    const values = drawn1(() => uniform(key(1), [COUNT], dtype));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(kolmogorov(values, (x) => x)).toBeLessThan(FAR);
  });
});

describe('normal', () => {
  it.each(['float32', 'float64'] as const)('has its moments and distribution in %s', (dtype) => {
    const values = drawn1(() => normal(key(2), [COUNT], dtype));
    const [mean, variance, skew, fourth] = momentsOf(values) as [number, number, number, number];
    // The standard deviations of the estimates are those of x, x^2, x^3 and x^4.
    const bound = (sd: number) => (SIGMAS * sd) / Math.sqrt(COUNT);
    expect(Math.abs(mean)).toBeLessThan(bound(1));
    expect(Math.abs(variance - 1)).toBeLessThan(bound(Math.sqrt(2)));
    expect(Math.abs(skew)).toBeLessThan(bound(Math.sqrt(15)));
    expect(Math.abs(fourth - 3)).toBeLessThan(bound(Math.sqrt(96)));
  });

  it.each(['float32', 'float64'] as const)('is the quantile function of a word in %s', (dtype) => {
    const [numbers, bits] = drawn(() => [
      normal(key(2), [COUNT], dtype),
      dtype === 'float32' ? words('', key(2), COUNT) : blocks('', key(2), COUNT)[0],
    ]);
    const errors = [...bits!].map((word, i) => {
      const x = numbers![i]!;
      // The sign bit, and 31 bits of the probability beyond |x|.
      expect(x < 0).toBe(word < 0);
      return Math.abs(normalTail(Math.abs(x)) - ((word & 0x7fffffff) + 0.5) / 2 ** 32);
    });
    expect(Math.max(...errors)).toBeLessThan(dtype === 'float32' ? 1.5e-7 : 1e-7);
  });
});

describe('integers', () => {
  it.each([
    [0, 6],
    [-3, 2],
    [0, 2 ** 16 + 1],
    [-(2 ** 30), 2 ** 30 - 1],
  ])('from %i to %i are the high words of products', (low, high) => {
    const made = drawn1(() => integers(key(3), [5000], low, high));
    const count = BigInt(high - low);
    expect(made).toEqual(
      drawn1(() => words('', key(3), 5000)).map((word) => Number((BigInt(word >>> 0) * count) >> 32n) + low),
    );
  });
});

describe('rademacher', () => {
  it('draws 64 signs of a block, all fair and uncorrelated', () => {
    const signs = drawn1(() => rademacher(key(4), [COUNT], 'float32'));
    expect(new Set(signs)).toEqual(new Set([-1, 1]));
    for (const lag of [1, 2, 31, 32, 33, 64]) {
      const sum = signs.slice(lag).reduce((total, sign, i) => total + sign * signs[i]!, 0);
      expect(Math.abs(sum)).toBeLessThan(SIGMAS * Math.sqrt(COUNT));
    }
    expect(Math.abs(signs.reduce((a, b) => a + b))).toBeLessThan(SIGMAS * Math.sqrt(COUNT));
  });
});

describe('categorical', () => {
  it.each(['float32', 'float64'] as const)(
    'draws classes by softmax, never one without chance, in %s',
    (dtype) => {
      const logits = [1, Number.NEGATIVE_INFINITY, 0, 2, Number.NEGATIVE_INFINITY];
      const count = 5000;
      const rows = tensorValue(dtype, [count, 5], Array.from({ length: count }, () => logits).flat());
      const classes = drawn1(() => categorical(key(5), constant(rows)));
      const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
      for (const [k, logit] of logits.entries()) {
        const [share, p] = [classes.filter((each) => each === k).length / count, Math.exp(logit) / total];
        expect(Math.abs(share - p)).toBeLessThanOrEqual(SIGMAS * Math.sqrt((p * (1 - p)) / count));
      }
    },
  );

  it('has one class, or a hundred', () => {
    expect(drawn1(() => categorical(key(5), constant(tensorValue('float64', [2, 1], [3, -3]))))).toEqual([
      0, 0,
    ]);
    const many = drawn1(() => categorical(key(6), mul(uniform(key(7), [500, 100], 'float64'), 0)));
    expect(
      kolmogorov(
        many.map((k) => (k + 0.5) / 100),
        (x) => x,
      ),
    ).toBeLessThan(2.7 / Math.sqrt(500) + 0.01);
  });
});

describe('permutation', () => {
  it.each([1, 2, 257])('of %i orders every number once', (size) => {
    const order = drawn1(() => permutation(key(8), size));
    expect(order.toSorted((a, b) => a - b)).toEqual([...Array(size).keys()]);
  });

  it('gives all orders of three the same chance', () => {
    const count = 3000;
    const orders = drawn1(() => vmap((each: Tensor) => permutation(each, 3))(keys(key(9), count)));
    const tally = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const name = orders.slice(3 * i, 3 * i + 3).join('');
      tally.set(name, (tally.get(name) ?? 0) + 1);
    }
    expect(tally.size).toBe(6);
    for (const times of tally.values()) expect(Math.abs(times - 500)).toBeLessThan(SIGMAS * Math.sqrt(500));
  });
});

describe('keys', () => {
  it('of 10^5 labels differ, also of those that only differ in zeros or order', () => {
    const labels = ['', '\0', '\0\0', 'ab', 'ba', 'abcdefgh', 'abcdefgh\0', 'Ä', 'A\u0308'];
    for (let i = 0; labels.length < 100_000; i++) labels.push(`label ${i}`);
    expect(new Set(labels.map((label) => labelHash(label).join())).size).toBe(100_000);
  });

  it('of seeds, labels and steps have uncorrelated draws', () => {
    const streams = [
      [0, 'a', 0],
      [1, 'a', 0],
      [0, 'b', 0],
      [0, 'a', 1],
      [0, 'a', -1],
      [2 ** 32 - 1, 'a', 0],
    ] as const;
    const draws = drawn(() =>
      streams.map(([seed, label, step]) => normal(stepKey(seed, label, int32(step)), [4000], 'float64')),
    );
    for (const [i, a] of draws.entries()) {
      for (const b of draws.slice(0, i)) {
        const correlation = [...a].reduce((sum, x, k) => sum + x * b[k]!, 0) / 4000;
        expect(Math.abs(correlation)).toBeLessThan(SIGMAS / Math.sqrt(4000));
      }
    }
  });

  it('fold labels into keys of programs', () => {
    const words = drawn(() => [fold(key(1), 'a'), fold(key(1), 'b'), fold(fold(key(1), 'a'), 'b'), key(1)]);
    expect(new Set(words.map((each) => each.join())).size).toBe(4);
  });

  it('are the same in vmap, scan, loops and one by one', () => {
    const draw = (k: Tensor) => normal(k, [3], 'float64');
    const base = () => key(10);
    const oneByOne = drawn(() => [0, 1, 2, 3].map((i) => draw(fold(base(), i)))).flatMap((each) => [...each]);
    expect(drawn1(() => vmap((i: Tensor) => draw(fold(base(), i)))(iota(4)))).toEqual(oneByOne);
    expect(drawn1(() => vmap(draw)(keys(base(), 4)))).toEqual(oneByOne);
    expect(
      drawn1(
        () =>
          scan((none: Tensor, i: Tensor) => ({ carry: none, y: draw(fold(base(), i)) }), int32(0), iota(4))
            .ys,
      ),
    ).toEqual(oneByOne);
    const sum = drawn1(
      () =>
        whileLoop(
          ({ i }) => less(i, 4),
          ({ i, total }) => ({ i: add(i, 1), total: add(total, draw(fold(base(), i))) }),
          { i: int32(0), total: constant(tensorValue('float64', [3], [0, 0, 0])) },
        ).total,
    );
    expect(sum).toEqual([0, 1, 2].map((k) => [0, 1, 2, 3].reduce((s, i) => s + oneByOne[3 * i + k]!, 0)));
  });

  it('do not depend on the shape they draw beyond its size', () => {
    const [flat, folded] = drawn(() => [
      uniform(key(1), [6], 'float32'),
      uniform(key(1), [2, 1, 3], 'float32'),
    ]);
    expect(folded).toEqual(flat);
    const { program } = trace(() => [normal(key(1), [0, 2], 'float32'), rademacher(key(1), [], 'float64')]);
    expect(evaluate(program, []).map(({ type }) => type)).toEqual([
      { dtype: 'float32', shape: [0, 2] },
      { dtype: 'float64', shape: [] },
    ]);
  });
});

describe('drawLike', () => {
  it('cuts one draw into leaves', () => {
    const like = [constant(tensorValue('float32', [2, 3], Array(6).fill(0))), scalar(0, 'float32')] as const;
    const [all, ...leaves] = drawn(() => [normal(key(1), [7], 'float32'), ...drawLike(normal, key(1), like)]);
    expect(leaves).toEqual([all!.slice(0, 6), all!.slice(6)]);
  });
});

describe('misuse is explained', () => {
  const float = () => scalar(0, 'float64');
  it.each<[string, () => unknown]>([
    ['key: seed: expected an integer from 0 to 2^32 - 1, got -1', () => key(-1)],
    [
      'uniform: expected the dtype float32 or float64, got int32',
      () => uniform(key(0), [1], 'int32' as never),
    ],
    ['normal: expected the dtype', () => normal(key(0), [1], undefined as never)],
    ['bits: expected a shape of fewer than 2^31 elements, got [-1]', () => bits(key(0), [-1])],
    ['bits: expected a shape of fewer than 2^31 elements, got 3', () => bits(key(0), 3 as never)],
    ['bits: expected a key, int32[2], got float64[]', () => bits(float(), [1])],
    ['fold: expected a key, int32[2], got number', () => fold(7 as never, 0)],
    ['fold: data: expected a label, a number or an int32 scalar, got float64[]', () => fold(key(0), float())],
    ['keys: expected a count from 1', () => keys(key(0), 0)],
    ['integers: expected int32 numbers low < high', () => integers(key(0), [1], 3, 3)],
    ['categorical: expected float logits [..., classes]', () => categorical(key(0), float())],
    ['permutation: expected a size from 1 to 4096, got 5000', () => permutation(key(0), 5000)],
    ['drawLike: expected leaves of one dtype, got no leaves', () => drawLike(normal, key(0), {})],
    [
      'drawLike: expected leaves of one dtype, got float64, float32',
      () => drawLike(normal, key(0), [float(), scalar(0, 'float32')]),
    ],
    ['label: expected a string, got number', () => stepKey(0, 3 as never, int32(0))],
  ])('%s', (message, misuse) => {
    expect(() => trace(() => misuse() as Tensor)).toThrow(message);
  });
});
