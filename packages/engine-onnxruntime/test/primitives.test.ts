// Every primitive, in every dtype and shape that matters, against the reference evaluator.

import {
  type Atom,
  Constant,
  type DType,
  type Equation,
  type None,
  type Primitive,
  type PrimitiveParams,
  type Program,
  type TensorValue,
  tensorValue,
  toData,
  Variable,
} from '@gaussmark/autodiff';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { createEngine, expectReference, randomValue, run, type } from './support.js';

interface Case<Params> {
  readonly params: Params;
  readonly operands: readonly (TensorValue | Constant)[];
  readonly result: { readonly dtype: DType; readonly shape: readonly number[] };
  readonly what: string;
}

/** A program of one equation. Operands that are constants stay so. */
function programOf<P extends Primitive>(
  primitive: P,
  { params, operands, result }: Case<PrimitiveParams[P]>,
) {
  const atoms = operands.map(
    (operand): Atom => (operand instanceof Constant ? operand : new Variable(operand.type)),
  );
  const output = new Variable(result);
  const equation = { primitive, params, inputs: atoms, outputs: [output] } as unknown as Equation;
  const variables = atoms.filter((atom) => atom instanceof Variable);
  const program: Program = { inputs: variables, equations: [equation], outputs: [output] };
  return { program, inputs: operands.filter((operand) => !(operand instanceof Constant)) };
}

const FLOATS = ['float32', 'float64'] as const;
const NUMBERS = [...FLOATS, 'int32'] as const;
const ALL = [...NUMBERS, 'bool'] as const;

let seed = 0;
const random = (dtype: DType, ...shape: readonly number[]) => randomValue(type(dtype, ...shape), ++seed);

/** Values where elementwise functions are special. */
function special(dtype: DType): TensorValue {
  if (dtype === 'bool') return tensorValue(dtype, [2], [0, 1]);
  if (dtype === 'int32') return tensorValue(dtype, [6], [0, 1, -1, 7, -7, 2 ** 31 - 1]);
  return tensorValue(dtype, [10], [0, -0, 1, -1, 0.5, -2.5, 1e-8, -30, Number.POSITIVE_INFINITY, Number.NaN]);
}

function positive(dtype: DType, ...shape: readonly number[]): TensorValue {
  const value = random(dtype, ...shape);
  return { type: value.type, data: value.data.map((v) => Math.abs(v) + 0.5) as TensorValue['data'] };
}

function nonzero(dtype: DType, ...shape: readonly number[]): TensorValue {
  const value = random(dtype, ...shape);
  return { type: value.type, data: value.data.map((v) => (v === 0 ? 3 : v)) as TensorValue['data'] };
}

function unary(dtypes: readonly DType[], result?: DType, operand = special): Case<None>[] {
  return dtypes.flatMap((dtype) =>
    [operand(dtype), random(dtype, 3, 5), random(dtype), random(dtype, 0, 3)].map((x) => ({
      params: {},
      operands: [x],
      result: { dtype: result ?? dtype, shape: x.type.shape },
      what: dtype,
    })),
  );
}

/** Logarithms and roots, away from where the native library and the reference may return different NaNs. */
const positiveUnary = (): Case<None>[] =>
  FLOATS.map((dtype) => ({
    params: {},
    operands: [positive(dtype, 4, 3)],
    result: type(dtype, 4, 3),
    what: dtype,
  }));

function binary(dtypes: readonly DType[], result?: DType, divisor = random): Case<None>[] {
  return dtypes.flatMap((dtype) => {
    const of = (a: readonly number[], b: readonly number[], shape: readonly number[], what: string) => ({
      params: {},
      operands: [random(dtype, ...a), divisor(dtype, ...b)],
      result: { dtype: result ?? dtype, shape },
      what: `${dtype}, ${what}`,
    });
    return [
      of([3, 5], [3, 5], [3, 5], 'same shapes'),
      of([3, 5], [5], [3, 5], 'a row'),
      of([3, 1], [1, 5], [3, 5], 'outer'),
      of([], [2, 2], [2, 2], 'a scalar'),
      of([0, 2], [2], [0, 2], 'empty'),
    ];
  });
}

const constantScalar = (dtype: DType, value: number) => new Constant(type(dtype), toData(dtype, [value]));

const reduction = (dtypes: readonly DType[], emptyAxis: boolean): Case<PrimitiveParams['reduceSum']>[] =>
  dtypes.flatMap((dtype) => [
    ...[true, false]
      .flatMap((keepDims) => [
        { axes: [0], shape: keepDims ? [1, 4, 2] : [4, 2], keepDims },
        { axes: [1], shape: keepDims ? [3, 1, 2] : [3, 2], keepDims },
        { axes: [0, 2], shape: keepDims ? [1, 4, 1] : [4], keepDims },
        { axes: [0, 1, 2], shape: keepDims ? [1, 1, 1] : [], keepDims },
        { axes: [], shape: [3, 4, 2], keepDims },
      ])
      .map(({ axes, shape, keepDims }) => ({
        params: { axes, keepDims },
        operands: [random(dtype, 3, 4, 2)],
        result: { dtype, shape },
        what: `${dtype}, axes ${axes.join()}`,
      })),
    ...(emptyAxis
      ? [
          {
            params: { axes: [0], keepDims: false },
            operands: [random(dtype, 0, 2)],
            result: type(dtype, 2),
            what: `${dtype}, nothing`,
          },
        ]
      : []),
  ]);

const alongAxis = (): Case<PrimitiveParams['softmax']>[] =>
  FLOATS.flatMap((dtype) =>
    [0, 1, 2].map((axis) => ({
      params: { axis },
      operands: [random(dtype, 3, 4, 2)],
      result: type(dtype, 3, 4, 2),
      what: `${dtype}, axis ${axis}`,
    })),
  );

const matmul = (): Case<PrimitiveParams['matmul']>[] =>
  FLOATS.flatMap((dtype) =>
    [false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB) =>
        [
          { batch: [], m: 3, k: 4, n: 5 },
          { batch: [2, 3], m: 3, k: 4, n: 5 },
          { batch: [], m: 1, k: 7, n: 1 },
          { batch: [], m: 2, k: 0, n: 3 },
        ].map(({ batch, m, k, n }) => ({
          params: { transposeA, transposeB },
          operands: [
            random(dtype, ...batch, ...(transposeA ? [k, m] : [m, k])),
            random(dtype, ...batch, ...(transposeB ? [n, k] : [k, n])),
          ],
          result: type(dtype, ...batch, m, n),
          what: `${dtype}, ${[...batch, m, k, n].join('x')}, transposed ${transposeA} ${transposeB}`,
        })),
      ),
    ),
  );

/** One operand, moved about: (parameters, shape before, shape after). */
function layout<P extends Primitive>(
  dtypes: readonly DType[],
  variants: readonly (readonly [PrimitiveParams[P], readonly number[], readonly number[]])[],
): Case<PrimitiveParams[P]>[] {
  return dtypes.flatMap((dtype) =>
    variants.map(([params, before, after]) => ({
      params,
      operands: [random(dtype, ...before)],
      result: { dtype, shape: after },
      what: `${dtype}[${before}] to [${after}]`,
    })),
  );
}

const indices = (...values: readonly number[]) => tensorValue('int32', [values.length], values);

/** x: float64 -> x doubled until its sum is above 10. */
function doubling(): PrimitiveParams['while'] {
  const [x, y, total, test, next] = [
    new Variable(type('float64', 3)),
    new Variable(type('float64', 3)),
    new Variable(type('float64')),
    new Variable(type('bool')),
    new Variable(type('float64', 3)),
  ] as const;
  const sum: Equation = {
    primitive: 'reduceSum',
    params: { axes: [0], keepDims: false },
    inputs: [x],
    outputs: [total],
  };
  const less: Equation = {
    primitive: 'less',
    params: {},
    inputs: [total, constantScalar('float64', 10)],
    outputs: [test],
  };
  const double: Equation = { primitive: 'add', params: {}, inputs: [y, y], outputs: [next] };
  return {
    name: 'doubling',
    conditionCaptures: 0,
    bodyCaptures: 0,
    condition: { inputs: [x], equations: [sum, less], outputs: [test] },
    body: { inputs: [y], equations: [double], outputs: [next] },
  };
}

function negated(): Program {
  const [x, y] = [new Variable(type('float64', 2)), new Variable(type('float64', 2))] as const;
  return {
    inputs: [x],
    equations: [{ primitive: 'neg', params: {}, inputs: [x], outputs: [y] }],
    outputs: [y],
  };
}

function unchanged(): Program {
  const x = new Variable(type('float64', 2));
  return { inputs: [x], equations: [], outputs: [x] };
}

/** Convolution and pooling have a test file of their own. */
type Windowless = Exclude<Primitive, `conv2d${string}` | `maxPool2d${string}`>;

const CASES: { readonly [P in Windowless]: readonly Case<PrimitiveParams[P]>[] } = {
  neg: unary(NUMBERS),
  abs: unary(NUMBERS),
  sign: unary(FLOATS),
  exp: unary(FLOATS),
  log: positiveUnary(),
  sqrt: positiveUnary(),
  sin: positiveUnary(),
  cos: positiveUnary(),
  tanh: unary(FLOATS),
  sigmoid: unary(FLOATS),
  relu: unary(FLOATS),
  isFinite: unary(FLOATS, 'bool'),
  not: unary(['bool']),
  cast: ALL.flatMap((from) =>
    ALL.map((dtype) => ({
      params: { dtype },
      // Integers are exact in every dtype; fractions are truncated towards zero.
      operands: [
        tensorValue(
          from,
          [4],
          from === 'bool' ? [0, 1, 1, 0] : from === 'int32' ? [0, 3, -3, 1] : [0, 2.75, -2.75, 1],
        ),
      ],
      result: type(dtype, 4),
      what: `${from} to ${dtype}`,
    })),
  ),
  stopGradient: unary(ALL),

  add: binary(NUMBERS),
  sub: binary(NUMBERS),
  mul: binary(NUMBERS),
  div: binary(NUMBERS, undefined, nonzero),
  pow: FLOATS.flatMap((dtype) => [
    ...[1, 2, 3, 0.5, -1, -0.5, 1.7].map((exponent) => ({
      params: {},
      operands: [positive(dtype, 5), constantScalar(dtype, exponent)],
      result: type(dtype, 5),
      what: `${dtype}, to the ${exponent}`,
    })),
    {
      params: {},
      operands: [positive(dtype, 2, 3), random(dtype, 3)],
      result: type(dtype, 2, 3),
      what: `${dtype}, a variable`,
    },
  ]),
  maximum: binary(NUMBERS),
  minimum: binary(NUMBERS),
  equal: binary(ALL, 'bool'),
  less: binary(NUMBERS, 'bool'),
  lessEqual: binary(NUMBERS, 'bool'),
  and: binary(['bool']),
  or: binary(['bool']),
  select: ALL.map((dtype) => ({
    params: {},
    operands: [random('bool', 4, 1), random(dtype, 4, 3), random(dtype, 3)],
    result: type(dtype, 4, 3),
    what: dtype,
  })),

  reduceSum: reduction(NUMBERS, true),
  reduceMax: reduction(NUMBERS, false),
  argMax: FLOATS.flatMap((dtype) => [
    ...[0, 1].map((axis) => ({
      params: { axis },
      operands: [random(dtype, 4, 3)],
      result: type('int32', axis === 0 ? 3 : 4),
      what: `${dtype}, axis ${axis}`,
    })),
    {
      params: { axis: 0 },
      operands: [tensorValue(dtype, [4], [1, 5, 5, 2])],
      result: type('int32'),
      what: `${dtype}, a tie`,
    },
  ]),
  softmax: alongAxis(),
  logSoftmax: alongAxis(),

  matmul: matmul(),

  reshape: layout<'reshape'>(ALL, [
    [{ shape: [3, 4] }, [2, 6], [3, 4]],
    [{ shape: [] }, [1, 1], []],
    [{ shape: [0, 5] }, [3, 0], [0, 5]],
    [{ shape: [2, 3] }, [2, 3], [2, 3]],
  ]),
  transpose: layout<'transpose'>(ALL, [
    [{ permutation: [1, 0] }, [2, 3], [3, 2]],
    [{ permutation: [2, 0, 1] }, [2, 3, 4], [4, 2, 3]],
    [{ permutation: [1, 0] }, [1, 3], [3, 1]],
    [{ permutation: [2, 0, 1] }, [2, 3, 1], [1, 2, 3]],
    [{ permutation: [0, 1] }, [2, 3], [2, 3]],
    // Axes that move as one, with others of size 1 between and around them.
    [{ permutation: [1, 0, 3, 4, 2] }, [2, 1, 3, 4, 5], [1, 2, 4, 5, 3]],
    [{ permutation: [3, 1, 0, 2] }, [2, 1, 3, 4], [4, 1, 2, 3]],
    [{ permutation: [2, 3, 0, 1] }, [2, 3, 4, 5], [4, 5, 2, 3]],
    [{ permutation: [3, 2, 1, 0] }, [2, 3, 4, 5], [5, 4, 3, 2]],
    [{ permutation: [2, 0, 1] }, [2, 0, 3], [3, 2, 0]],
  ]),
  broadcast: layout<'broadcast'>(ALL, [
    [{ shape: [2, 3] }, [3], [2, 3]],
    [{ shape: [2, 3] }, [2, 1], [2, 3]],
    [{ shape: [2, 3] }, [], [2, 3]],
    [{ shape: [0, 3] }, [3], [0, 3]],
  ]),
  concat: ALL.flatMap((dtype) => [
    {
      params: { axis: 1 },
      operands: [random(dtype, 2, 3), random(dtype, 2, 0), random(dtype, 2, 2)],
      result: type(dtype, 2, 5),
      what: `${dtype}, three`,
    },
    {
      params: { axis: 0 },
      operands: [random(dtype, 2, 3)],
      result: type(dtype, 2, 3),
      what: `${dtype}, one`,
    },
  ]),
  slice: layout<'slice'>(ALL, [
    [{ starts: [1, 0], stops: [3, 4] }, [5, 4], [2, 4]],
    [{ starts: [1, 2], stops: [4, 3] }, [5, 4], [3, 1]],
    [{ starts: [0, 0], stops: [5, 4] }, [5, 4], [5, 4]],
    [{ starts: [2, 0], stops: [2, 4] }, [5, 4], [0, 4]],
  ]),
  pad: layout<'pad'>(NUMBERS, [
    [{ before: [1, 0], after: [0, 2] }, [2, 3], [3, 5]],
    [{ before: [0, 0], after: [0, 0] }, [2, 3], [2, 3]],
    [{ before: [2, 0], after: [0, 0] }, [0, 3], [2, 3]],
  ]),
  take: ALL.flatMap((dtype) => [
    {
      params: {},
      operands: [random(dtype, 4, 2, 3), indices(3, 0, 3)],
      result: type(dtype, 3, 2, 3),
      what: `${dtype}, blocks`,
    },
    {
      params: {},
      operands: [random(dtype, 4), indices(2, 2, 1, 0, 3)],
      result: type(dtype, 5),
      what: `${dtype}, scalars`,
    },
  ]),
  scatterAdd: FLOATS.flatMap((dtype) => [
    {
      params: { size: 4 },
      operands: [random(dtype, 3, 2, 3), indices(3, 0, 3)],
      result: type(dtype, 4, 2, 3),
      what: `${dtype}, blocks`,
    },
    {
      params: { size: 3 },
      operands: [random(dtype, 5), indices(2, 2, 1, 1, 2)],
      result: type(dtype, 3),
      what: `${dtype}, scalars`,
    },
    {
      params: { size: 3 },
      operands: [random(dtype, 5, 1), indices(2, 2, 1, 1, 2)],
      result: type(dtype, 3, 1),
      what: `${dtype}, columns`,
    },
  ]),

  while: [
    { params: doubling(), operands: [positive('float64', 3)], result: type('float64', 3), what: 'entered' },
    {
      params: doubling(),
      operands: [tensorValue('float64', [3], [5, 5, 5])],
      result: type('float64', 3),
      what: 'not entered',
    },
  ],
  cond: [0, 1].map((predicate) => ({
    params: { ifTrue: negated(), ifFalse: unchanged() },
    operands: [tensorValue('bool', [], [predicate]), random('float64', 2)],
    result: type('float64', 2),
    what: predicate === 0 ? 'false' : 'true',
  })),
};

describe('primitives', () => {
  let engine: OnnxRuntimeEngine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  afterAll(() => engine.dispose());

  for (const primitive of Object.keys(CASES) as Windowless[]) {
    it(primitive, async () => {
      for (const example of CASES[primitive] as readonly Case<PrimitiveParams[Primitive]>[]) {
        const { program, inputs } = programOf(primitive, example);
        await expectReference(engine, program, inputs).catch((error: Error) => {
          throw new Error(`${example.what}: ${error.message}`);
        });
      }
    });
  }

  it('adds repeated rows of a scatter without losing any, on two threads', async () => {
    const threaded = await createEngine({ threads: 2 });
    const rows = 20_000;
    const operands = [
      { type: type('float32', rows, 64), data: new Float32Array(rows * 64).fill(1) },
      { type: type('int32', rows), data: Int32Array.from({ length: rows }, (_, i) => i % 2) },
    ];
    const example = { params: { size: 2 }, operands, result: type('float32', 2, 64), what: 'scatter' };
    const { program, inputs } = programOf('scatterAdd', example);
    const [sums] = await run(threaded, program, inputs);
    expect([...new Set(sums!.data)]).toEqual([rows / 2]);
    await threaded.dispose();
  });
});
