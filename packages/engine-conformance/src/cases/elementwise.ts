// Elementwise primitives: ordinary, special and empty values, with all kinds of broadcasting.

import {
  Constant,
  type DType,
  type Primitive,
  type Shape,
  type TensorValue,
  tensorValue,
  toData,
} from '@gaussmark/autodiff';
import type { Example } from '../case.js';
import { edgeValues, mapValue, nonFiniteValues, randomValue, type ValueRange } from '../values.js';
import { ALL, FLOATS, NUMBERS } from './dtypes.js';

/** One operand. `rest` adds the primitive's special values. */
function unary(
  dtypes: readonly DType[],
  range: ValueRange = {},
  rest: (dtype: DType) => readonly Example<'neg'>[] = () => [],
): Example<'neg'>[] {
  return dtypes.flatMap((dtype) => [
    ...([[3, 5], [], [1], [0, 3], [2, 1, 3, 1]] satisfies Shape[]).map((shape, i) => ({
      name: `[${shape}]`,
      dtype,
      params: {},
      operands: [randomValue(dtype, shape, i + 1, range)],
    })),
    ...rest(dtype),
  ]);
}

const onEdges = (dtype: DType): Example<'neg'>[] => [
  { name: 'special values', dtype, params: {}, operands: [edgeValues(dtype)] },
];

const onNonFinite = (dtype: DType): Example<'neg'>[] =>
  dtype === 'float32' || dtype === 'float64'
    ? [{ name: 'infinities and NaN', dtype, params: {}, operands: [nonFiniteValues(dtype)] }]
    : [];

const onBoth = (dtype: DType) => [...onEdges(dtype), ...onNonFinite(dtype)];

/** (shape, shape) of two operands. */
const PAIRS: readonly (readonly [Shape, Shape])[] = [
  [
    [3, 5],
    [3, 5],
  ],
  [[3, 5], [5]],
  [[5], [3, 5]],
  [
    [3, 1],
    [1, 5],
  ],
  [
    [1, 3],
    [2, 2, 1],
  ],
  [[], [2, 2]],
  [[2, 2], []],
  [[], []],
  [[1], []],
  [[0, 2], [2]],
  [
    [2, 1, 4, 1],
    [3, 1, 5],
  ],
];

function binary(dtypes: readonly DType[], a: ValueRange = {}, b: ValueRange = {}): Example<'add'>[] {
  return dtypes.flatMap((dtype) =>
    PAIRS.map(([left, right], i) => ({
      name: `[${left}] with [${right}]`,
      dtype,
      params: {},
      operands: [randomValue(dtype, left, 2 * i + 1, a), randomValue(dtype, right, 2 * i + 2, b)],
    })),
  );
}

const constant = (dtype: DType, value: number) => new Constant({ dtype, shape: [] }, toData(dtype, [value]));

/** An operand with itself, and with a constant on either side: engines fold and fuse these. */
const withConstants = (dtypes: readonly DType[], value: number): Example<'add'>[] =>
  dtypes.flatMap((dtype) => {
    const x = randomValue(dtype, [2, 3], 7);
    return [
      { name: `[2,3] with the constant ${value}`, dtype, params: {}, operands: [x, constant(dtype, value)] },
      { name: `the constant ${value} with [2,3]`, dtype, params: {}, operands: [constant(dtype, value), x] },
    ];
  });

/** Every pair of special values. */
const everyPair = (dtypes: readonly DType[]): Example<'add'>[] =>
  dtypes.map((dtype) => {
    const values = edgeValues(dtype);
    const size = values.type.shape[0]!;
    const column = { type: { dtype, shape: [size, 1] }, data: values.data };
    return { name: 'pairs of special values', dtype, params: {}, operands: [column, values] };
  });

/** All words of 32 bits. */
const WORDS: ValueRange = { low: -(2 ** 31), high: 2 ** 31 };

/** int32 results beyond 32 bits, whose low 32 bits count. Factors have 16 bits, or are powers of two: random numbers need no others. */
const wrapping = (b: TensorValue): Example<'add'>[] => [
  {
    name: 'results that wrap around',
    dtype: 'int32',
    params: {},
    operands: [randomValue('int32', [40, 1], 8, WORDS), b],
  },
];

const HALVES: ValueRange = { low: 0, high: 2 ** 16 };
const POWERS_OF_TWO = tensorValue(
  'int32',
  [32],
  Array.from({ length: 32 }, (_, k) => (1 << k) | 0),
);

const wrappingProducts = (): Example<'mul'>[] => [
  ...wrapping(POWERS_OF_TWO),
  {
    name: 'halves of words, whose products wrap around',
    dtype: 'int32',
    params: {},
    operands: [randomValue('int32', [40, 1], 9, HALVES), randomValue('int32', [7], 10, HALVES)],
  },
];

/** Divisors are not zero; integer division truncates towards zero. */
const division = (): Example<'div'>[] =>
  binary(NUMBERS).map((example) => ({
    ...example,
    operands: example.operands.map((operand, i) =>
      i === 0 || operand instanceof Constant
        ? operand
        : mapValue(operand, (v) => (Math.abs(v) < 0.1 ? v + 3 : v)),
    ),
  }));

const POSITIVE: ValueRange = { low: 0.5, high: 2.5 };

const powers = (): Example<'pow'>[] => [
  ...binary(FLOATS, POSITIVE, { low: -2, high: 2 }),
  ...FLOATS.flatMap((dtype) => [
    ...[1, 2, 3, 0.5, -1, -0.5, 1.7, 0].map((exponent) => ({
      name: `to the constant ${exponent}`,
      dtype,
      params: {},
      operands: [randomValue(dtype, [5], 3, POSITIVE), constant(dtype, exponent)],
    })),
    {
      name: 'negative bases, squared',
      dtype,
      params: {},
      operands: [randomValue(dtype, [5], 4, { low: -3, high: 0 }), constant(dtype, 2)],
    },
  ]),
];

/** Numbers representable in each dtype; conversion to an integer truncates towards zero. */
const CAST_FROM: Readonly<Record<DType, readonly number[]>> = {
  float32: [0, 2.75, -2.75, 1, 1e-3],
  float64: [0, 2.75, -2.75, 1, 0.1],
  int32: [0, 3, -3, 1, 2 ** 24 + 1],
  bool: [0, 1, 1, 0, 1],
};

const casts = (): Example<'cast'>[] =>
  ALL.flatMap((from) =>
    ALL.map((dtype) => ({
      name: `from ${from} to ${dtype}`,
      // The narrower of two floats determines the rounding; an engine without float64 supports neither.
      dtype: from === 'float64' || dtype === 'float64' ? 'float64' : from === 'float32' ? 'float32' : dtype,
      params: { dtype },
      operands: [{ type: { dtype: from, shape: [5] }, data: toData(from, CAST_FROM[from]) }],
    })),
  );

const SELECTIONS: readonly (readonly [Shape, Shape, Shape])[] = [
  [
    [4, 3],
    [4, 3],
    [4, 3],
  ],
  [[4, 1], [4, 3], [3]],
  [[3], [], [2, 1]],
  [[], [2, 2], [2, 2]],
  [[], [], []],
  [[0], [1], []],
];

const selections = (): Example<'select'>[] =>
  ALL.flatMap((dtype) =>
    SELECTIONS.map(([predicate, a, b], i) => ({
      name: `[${predicate}] ? [${a}] : [${b}]`,
      dtype,
      params: {},
      operands: [
        randomValue('bool', predicate, 3 * i + 1),
        randomValue(dtype, a, 3 * i + 2),
        randomValue(dtype, b, 3 * i + 3),
      ],
    })),
  );

/** Keys and counters of all kinds of broadcasting; results wrap around. */
const blocks = (): Example<'threefry2x32'>[] =>
  (
    [
      [[], [], [], []],
      [[], [], [7], [7]],
      [[3, 1], [3, 1], [], [5]],
      [[2], [2], [0, 2], [0, 2]],
    ] satisfies Shape[][]
  ).map((shapes, i) => ({
    name: shapes.map((shape) => `[${shape}]`).join(', '),
    dtype: 'int32',
    params: {},
    operands: shapes.map((shape, k) => randomValue('int32', shape, 4 * i + k + 1, WORDS)),
  }));

const floats = (range?: ValueRange) => unary(FLOATS, range, onBoth);

export const ELEMENTWISE = {
  neg: unary(NUMBERS, {}, onBoth),
  abs: unary(NUMBERS, {}, onBoth),
  sign: unary(FLOATS, {}, onEdges),
  exp: floats(),
  // Not for negative arguments, whose NaN no contract covers.
  log: unary(FLOATS, { low: 1e-3, high: 10 }),
  sqrt: unary(FLOATS, { low: 0, high: 10 }),
  sin: unary(FLOATS, { low: -10, high: 10 }, onEdges),
  cos: unary(FLOATS, { low: -10, high: 10 }, onEdges),
  tanh: unary(FLOATS, { low: -4, high: 4 }, onBoth),
  sigmoid: unary(FLOATS, { low: -8, high: 8 }, onBoth),
  relu: floats(),
  isFinite: floats(),
  not: unary(['bool'], {}, onEdges),
  cast: casts(),
  stopGradient: unary(ALL, {}, onBoth),

  add: [
    ...binary(NUMBERS),
    ...withConstants(NUMBERS, 2),
    ...withConstants(NUMBERS, 0),
    ...wrapping(randomValue('int32', [7], 9, WORDS)),
  ],
  sub: [...binary(NUMBERS), ...withConstants(NUMBERS, 2), ...wrapping(randomValue('int32', [7], 9, WORDS))],
  mul: [...binary(NUMBERS), ...withConstants(NUMBERS, -3), ...wrappingProducts()],
  div: division(),
  pow: powers(),
  maximum: [...binary(NUMBERS), ...everyPair(NUMBERS)],
  minimum: [...binary(NUMBERS), ...everyPair(NUMBERS)],
  equal: [...binary(ALL), ...everyPair(ALL)],
  less: [...binary(NUMBERS), ...everyPair(NUMBERS)],
  lessEqual: [...binary(NUMBERS), ...everyPair(NUMBERS)],
  and: [...binary(['bool']), ...everyPair(['bool'])],
  or: [...binary(['bool']), ...everyPair(['bool'])],
  xor: [...binary(['int32'], WORDS, WORDS), ...everyPair(['int32'])],
  shiftRight: [0, 1, 9, 31].map((bits) => ({
    name: `by ${bits}`,
    dtype: 'int32' as const,
    params: { bits },
    operands: [randomValue('int32', [3, 5], bits + 1, WORDS)],
  })),
  threefry2x32: blocks(),
  select: selections(),
} satisfies { readonly [P in Primitive]?: readonly Example<P>[] };
