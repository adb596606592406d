// Cases of the elementwise primitives.

import type { Shape, Tensor } from '../../src/index.js';
import * as ops from '../../src/index.js';
import type { Case } from '../check-derivatives.js';
import { awayFromZero, bool, double, float64, int32, type Range } from '../values.js';

/** A smooth unary function on a scalar, a vector and a matrix. */
function smooth(fn: (x: Tensor) => Tensor, range: Range, plain: (x: number) => number): Case[] {
  return ([[], [4], [2, 1, 3]] satisfies Shape[]).map((shape, i) => {
    const x = float64(shape, { ...range, seed: i + 1 });
    return { name: `[${shape}]`, fn, inputs: [x], expected: Array.from(x.data, plain) };
  });
}

/** A unary function with a kink at 0. */
const kinked = (fn: (x: Tensor) => Tensor, plain: (x: number) => number): Case[] =>
  ([[], [8]] satisfies Shape[]).map((shape) => {
    const x = awayFromZero(shape);
    return { name: `[${shape}]`, fn, inputs: [x], expected: Array.from(x.data, plain) };
  });

const SHAPES: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [[2, 3], []],
  [[], [2, 3]],
  [
    [2, 1],
    [1, 3],
  ],
  [
    [1, 3],
    [2, 2, 1],
  ],
  [[1], []],
];

/** A binary function on every kind of broadcasting, and on one tensor twice. */
function pairs(fn: (a: Tensor, b: Tensor) => Tensor, a: Range = {}, b: Range = {}): Case[] {
  const separate = SHAPES.map(([left, right], i) => ({
    name: `[${left}] with [${right}]`,
    fn,
    inputs: [float64(left, { ...a, seed: 2 * i + 1 }), float64(right, { ...b, seed: 2 * i + 2 })],
  }));
  // One operand alone varies, and is stretched: its tangent must be, too.
  const [left, right] = [float64([2, 3], { ...a, seed: 20 }), float64([2, 3], { ...b, seed: 21 })];
  const oneSided = [
    { name: 'a constant with [3]', fn: (x: Tensor) => fn(ops.constant(left), x), inputs: [float64([3], b)] },
    { name: '[] with a constant', fn: (x: Tensor) => fn(x, ops.constant(right)), inputs: [float64([], a)] },
  ];
  return [
    ...separate,
    ...oneSided,
    { name: 'with itself', fn: (x: Tensor) => fn(x, x), inputs: [float64([3], b)] },
  ];
}

const twoMatrices = [double([2, 2], [1, -2, 3, 4]), double([2, 2], [2, -5, 3.5, -4])];

const POSITIVE = { low: 0.5, high: 2.5 };

/** Zero derivative: a comparison, as numbers. */
const flat = (fn: (a: Tensor, b: Tensor) => Tensor, expected: readonly number[]): Case[] => [
  {
    name: 'is flat',
    fn: (a: Tensor, b: Tensor) => ops.cast(fn(a, b), 'float64'),
    inputs: twoMatrices,
    expected,
  },
  {
    name: 'chooses, and stretches',
    fn: (a: Tensor, b: Tensor) => ops.mul(ops.cast(fn(a, b), 'float64'), ops.mul(a, b)),
    inputs: [float64([2, 3]), float64([3], { seed: 2 })],
  },
];

const words = (...values: number[]) => int32([values.length], values);

/** A function of words, times a float in which it is linear. */
const onWords =
  (fn: (...words: [Tensor, Tensor, Tensor, Tensor]) => Tensor) =>
  (x: Tensor, ...inputs: Tensor[]) =>
    ops.mul(x, ops.cast(fn(...(inputs as [Tensor, Tensor, Tensor, Tensor])), 'float64'));
const ONE = double([], [1]);

const positive = (x: Tensor) => ops.less(0, x);

export const ELEMENTWISE = {
  neg: smooth(ops.neg, {}, (x) => -x),
  abs: kinked(ops.abs, Math.abs),
  sign: kinked(
    (x) => ops.mul(ops.sign(x), ops.square(x)),
    (x) => Math.sign(x) * x * x,
  ),
  exp: smooth(ops.exp, {}, Math.exp),
  log: smooth(ops.log, POSITIVE, Math.log),
  sqrt: smooth(ops.sqrt, POSITIVE, Math.sqrt),
  sin: smooth(ops.sin, {}, Math.sin),
  cos: smooth(ops.cos, {}, Math.cos),
  tanh: smooth(ops.tanh, {}, Math.tanh),
  sigmoid: smooth(ops.sigmoid, {}, (x) => 1 / (1 + Math.exp(-x))),
  relu: kinked(ops.relu, (x) => Math.max(x, 0)),
  isFinite: [
    {
      name: 'is flat',
      fn: (x: Tensor) => ops.mul(ops.cast(ops.finite(x), 'float64'), ops.square(x)),
      inputs: [double([2], [3, -2])],
      expected: [9, 4],
    },
  ],
  not: [
    {
      name: 'is flat',
      fn: (x: Tensor) => ops.mul(ops.cast(ops.not(positive(x)), 'float64'), ops.square(x)),
      inputs: [double([2], [3, -2])],
      expected: [0, 4],
    },
  ],
  cast: [
    {
      name: 'from int32, a factor',
      fn: (k: Tensor, x: Tensor) => ops.mul(ops.cast(k, 'float64'), ops.square(x)),
      inputs: [int32([3], [2, 0, -3]), double([3], [1, 2, 3])],
      expected: [2, 0, -27],
    },
    {
      name: 'to int32 and back is flat',
      fn: (x: Tensor) => ops.mul(ops.cast(ops.cast(x, 'int32'), 'float64'), x),
      inputs: [double([3], [1.5, -2.5, 3.25])],
      expected: [1.5, 5, 9.75],
    },
  ],
  stopGradient: [
    {
      name: 'is constant',
      fn: (x: Tensor) => ops.stopGradient(ops.square(x)),
      inputs: [float64([3])],
      stopped: true,
    },
  ],

  add: pairs(ops.add),
  sub: pairs(ops.sub),
  mul: pairs(ops.mul),
  div: pairs(ops.div, {}, POSITIVE),
  pow: [
    ...pairs(ops.pow, POSITIVE, POSITIVE),
    ...[-2, 0.5, 1, 2, 3].map((exponent) => {
      const x = float64([4], POSITIVE);
      return {
        name: `to the constant ${exponent}`,
        fn: (t: Tensor) => ops.pow(t, exponent),
        inputs: [x],
        expected: Array.from(x.data, (e) => e ** exponent),
      };
    }),
    { name: 'a negative base, squared', fn: (t: Tensor) => ops.pow(t, 2), inputs: [double([2], [-3, 0])] },
  ],
  // Uniform random values: both branches occur, and no ties.
  maximum: [
    ...pairs(ops.maximum).slice(0, -1),
    { name: 'values', fn: ops.maximum, inputs: twoMatrices, expected: [2, -2, 3.5, 4] },
  ],
  minimum: [
    ...pairs(ops.minimum).slice(0, -1),
    { name: 'values', fn: ops.minimum, inputs: twoMatrices, expected: [1, -5, 3, -4] },
  ],
  equal: flat(ops.equal, [0, 0, 0, 0]),
  less: flat(ops.less, [1, 0, 1, 0]),
  lessEqual: flat(ops.lessEqual, [1, 0, 1, 0]),
  and: flat((a, b) => ops.and(positive(a), positive(b)), [1, 0, 1, 0]),
  or: flat((a, b) => ops.or(positive(a), positive(b)), [1, 0, 1, 1]),
  xor: [
    {
      name: 'bits, stretched',
      fn: onWords(ops.xor),
      inputs: [ONE, words(0b0110, -1, 2 ** 31 - 1, 2 ** 31), int32([2, 1], [0b1010, -1])],
      expected: [
        ...words(0b1100, ~0b1010, 2 ** 31 - 11, 2 ** 31 + 10, ~0b0110, 0, 2 ** 31, 2 ** 31 - 1).data,
      ],
    },
  ],
  shiftRight: [
    [0, [7, -1, -(2 ** 31)]] as const,
    [1, [3, 2 ** 31 - 1, 2 ** 30]] as const,
    [31, [0, 1, 1]] as const,
  ].map(([bits, expected]) => ({
    name: `by ${bits}`,
    fn: onWords((x) => ops.shiftRight(x, bits)),
    inputs: [ONE, words(7, -1, -(2 ** 31))],
    expected,
  })),
  threefry2x32: [
    {
      // Random123 1.14, kat_vectors: key and counter of zeros, of ones, and the digits of pi.
      name: 'published vectors',
      fn: onWords((k0, k1, c0, c1) => ops.concat(ops.threefry2x32([k0, k1], [c0, c1]))),
      inputs: [
        ONE,
        words(0, -1, 0x13198a2e),
        words(0, -1, 0x03707344),
        words(0, -1, 0x243f6a88),
        words(0, -1, 0x85a308d3),
      ],
      expected: [...words(0x6b200159, 0x1cb996fc, 0xc4923a9c, 0x99ba4efe, 0xbb002be7, 0x483df7a0).data],
    },
    {
      name: 'one key for all counters',
      fn: onWords((key, counter) => ops.concat(ops.threefry2x32([key, key], [counter, counter]))),
      inputs: [ONE, int32([], [0]), words(0, 0)],
      expected: [...words(0x6b200159, 0x6b200159, 0x99ba4efe, 0x99ba4efe).data],
    },
  ],
  select: [
    {
      name: 'values',
      fn: ops.select,
      inputs: [bool([2, 2], [1, 0, 0, 1]), ...twoMatrices],
      expected: [1, -5, 3.5, 4],
    },
    {
      name: 'stretching each operand',
      fn: (p: Tensor, a: Tensor, b: Tensor) => ops.select(p, ops.square(a), ops.mul(a, b)),
      inputs: [bool([2, 1], [1, 0]), float64([3]), float64([4, 1, 1], { seed: 2 })],
    },
    {
      name: 'a stretched predicate',
      fn: (p: Tensor, a: Tensor) => ops.select(p, a, 7),
      inputs: [bool([3], [1, 0, 1]), double([], [2])],
      expected: [2, 7, 2],
    },
    {
      name: 'constant where true',
      fn: (p: Tensor, b: Tensor) => ops.select(p, 7, b),
      inputs: [bool([3], [1, 0, 1]), float64([2, 3])],
    },
  ],
} satisfies Partial<Record<ops.Primitive, readonly Case[]>>;
