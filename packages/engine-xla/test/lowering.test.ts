// The text that programs become. What it computes is checked by the conformance suite, on a plugin.

import {
  add,
  cond,
  constant,
  type DType,
  less,
  matmul,
  mul,
  neg,
  relu,
  scan,
  sum,
  type Tensor,
  type TensorType,
  tensorValue,
  trace,
  whileLoop,
} from '@gaussmark/autodiff';
import { conformanceCases } from '@gaussmark/engine-conformance';
import { describe, expect, it } from 'vitest';
import { lower } from '../src/index.js';

const f32 = (...shape: number[]): TensorType => ({ dtype: 'float32', shape });

const ELEMENT: Readonly<Record<DType, string>> = { float32: 'f32', float64: 'f64', int32: 'i32', bool: 'i1' };
const tensor = ({ dtype, shape }: TensorType) => `tensor<${[...shape, ELEMENT[dtype]].join('x')}>`;

/** The types of the results of `main`, as its last line states them. */
const returned = (text: string) => /\n {4}return .* : (.*)\n/.exec(text)![1];

describe('lower', () => {
  it('prints a function of the inputs, with donated memory and exact products', () => {
    const { program } = trace(
      (w: Tensor, x: Tensor) => ({ w: mul(w, 0.5), y: relu(matmul(x, w)) }),
      f32(3, 2),
      f32(4, 3),
    );
    expect(lower(program, { donated: new Map([[0, 0]]) })).toEqual({
      text: expect.any(String),
      constants: [],
    });
    expect(lower(program, { donated: new Map([[0, 0]]) }).text).toMatchInlineSnapshot(`
      "module @program {
        func.func public @main(%arg0: tensor<3x2xf32> {tf.aliasing_output = 0 : i32}, %arg1: tensor<4x3xf32>) -> (tensor<3x2xf32>, tensor<4x2xf32>) {
          %0 = stablehlo.constant dense<5.0e-1> : tensor<f32>
          %1 = stablehlo.broadcast_in_dim %0, dims = [] : (tensor<f32>) -> tensor<3x2xf32>
          %2 = stablehlo.multiply %arg0, %1 : tensor<3x2xf32>
          %3 = stablehlo.dot_general %arg1, %arg0, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST] : (tensor<4x3xf32>, tensor<3x2xf32>) -> tensor<4x2xf32>
          %4 = stablehlo.constant dense<0.0e+0> : tensor<4x2xf32>
          %5 = stablehlo.maximum %3, %4 : tensor<4x2xf32>
          return %2, %5 : tensor<3x2xf32>, tensor<4x2xf32>
        }
      }
      "
    `);
  });

  it('passes to a loop what its regions use, each value once', () => {
    const { program } = trace(
      (x: Tensor, limit: Tensor) => {
        const [count] = whileLoop(
          ([n]) => less(n, limit),
          ([n, y]) => [add(n, limit), mul(y, x)] as const,
          [constant(tensorValue('float32', [], [0])), x] as const,
        );
        return count;
      },
      f32(),
      f32(),
    );
    expect(lower(program).text).toMatchInlineSnapshot(`
      "module @program {
        func.func public @main(%arg0: tensor<f32>, %arg1: tensor<f32>) -> (tensor<f32>) {
          %0 = stablehlo.constant dense<0.0e+0> : tensor<f32>
          %5:2 = stablehlo.while(%1 = %arg1, %2 = %0) : tensor<f32>, tensor<f32>
            cond {
              %3 = stablehlo.compare LT, %2, %1 : (tensor<f32>, tensor<f32>) -> tensor<i1>
              stablehlo.return %3 : tensor<i1>
            } do {
              %4 = stablehlo.add %2, %1 : tensor<f32>
              stablehlo.return %1, %4 : tensor<f32>, tensor<f32>
            }
          return %5#1 : tensor<f32>
        }
      }
      "
    `);
  });

  it('counts the turns of a scan, backwards over the last elements first', () => {
    const { program } = trace(
      (xs: Tensor) =>
        scan((total: Tensor, x: Tensor) => ({ carry: add(total, x), y: neg(total) }), sum(xs), xs, {
          reverse: true,
        }),
      f32(5),
    );
    expect(lower(program).text).toMatchInlineSnapshot(`
      "module @program {
        func.func public @main(%arg0: tensor<5xf32>) -> (tensor<f32>, tensor<5xf32>) {
          %0 = stablehlo.constant dense<0.0e+0> : tensor<f32>
          %1 = stablehlo.reduce(%arg0 init: %0) applies stablehlo.add across dimensions = [0] : (tensor<5xf32>, tensor<f32>) -> tensor<f32>
          %2 = stablehlo.constant dense<0.0e+0> : tensor<5xf32>
          %3 = stablehlo.constant dense<0> : tensor<i32>
          %20:4 = stablehlo.while(%4 = %arg0, %5 = %3, %6 = %1, %7 = %2) : tensor<5xf32>, tensor<i32>, tensor<f32>, tensor<5xf32>
            cond {
              %8 = stablehlo.constant dense<5> : tensor<i32>
              %9 = stablehlo.compare LT, %5, %8 : (tensor<i32>, tensor<i32>) -> tensor<i1>
              stablehlo.return %9 : tensor<i1>
            } do {
              %10 = stablehlo.constant dense<4> : tensor<i32>
              %11 = stablehlo.subtract %10, %5 : tensor<i32>
              %12 = stablehlo.dynamic_slice %4, %11, sizes = [1] : (tensor<5xf32>, tensor<i32>) -> tensor<1xf32>
              %13 = stablehlo.reshape %12 : (tensor<1xf32>) -> tensor<f32>
              %14 = stablehlo.add %6, %13 : tensor<f32>
              %15 = stablehlo.negate %6 : tensor<f32>
              %16 = stablehlo.reshape %15 : (tensor<f32>) -> tensor<1xf32>
              %17 = stablehlo.dynamic_update_slice %7, %16, %11 : (tensor<5xf32>, tensor<1xf32>, tensor<i32>) -> tensor<5xf32>
              %18 = stablehlo.constant dense<1> : tensor<i32>
              %19 = stablehlo.add %5, %18 : tensor<i32>
              stablehlo.return %4, %19, %14, %17 : tensor<5xf32>, tensor<i32>, tensor<f32>, tensor<5xf32>
            }
          return %20#2, %20#3 : tensor<f32>, tensor<5xf32>
        }
      }
      "
    `);
  });

  it('shows branches the values around them', () => {
    const { program } = trace(
      (x: Tensor) =>
        cond(
          less(x, 0),
          () => neg(x),
          () => mul(x, x),
        ),
      f32(),
    );
    expect(lower(program).text).toMatchInlineSnapshot(`
      "module @program {
        func.func public @main(%arg0: tensor<f32>) -> (tensor<f32>) {
          %0 = stablehlo.constant dense<0.0e+0> : tensor<f32>
          %1 = stablehlo.compare LT, %arg0, %0 : (tensor<f32>, tensor<f32>) -> tensor<i1>
          %4 = "stablehlo.if"(%1) ({
              %2 = stablehlo.negate %arg0 : tensor<f32>
              stablehlo.return %2 : tensor<f32>
          }, {
              %3 = stablehlo.multiply %arg0, %arg0 : tensor<f32>
              stablehlo.return %3 : tensor<f32>
          }) : (tensor<i1>) -> (tensor<f32>)
          return %4 : tensor<f32>
        }
      }
      "
    `);
  });

  it('takes large constants as arguments, through loops and branches', () => {
    const big = tensorValue(
      'float32',
      [1025],
      Float32Array.from({ length: 1025 }, (_, i) => i),
    );
    const { program } = trace((x: Tensor) => {
      const data = constant(big);
      const [last] = whileLoop(
        ([y]) => less(sum(y), 9),
        ([y]) =>
          [
            cond(
              less(sum(y), 1),
              () => add(y, data),
              () => mul(y, data),
            ),
          ] as const,
        [x] as const,
      );
      return last;
    }, f32(1025));
    const { text, constants } = lower(program);
    expect(constants.map(({ type, data }) => [type, data])).toEqual([[big.type, big.data]]);
    expect(text).toContain('@main(%arg0: tensor<1025xf32>, %arg1: tensor<1025xf32>)');
    expect(text).not.toContain('dense<"');
  });

  it.each([
    ['an input that is not there', new Map([[2, 0]]), 'input 2'],
    ['an output of another type', new Map([[1, 0]]), 'float32[2] to float32[3]'],
    [
      'an output twice',
      new Map([
        [0, 0],
        [2, 0],
      ]),
      'output 0',
    ],
  ])('refuses to donate to %s', (_, donated, named) => {
    const types = named === 'output 0' ? [f32(3), f32(2), f32(3)] : [f32(3), f32(2)];
    const { program } = trace((...xs: Tensor[]) => neg(xs[0]!), ...types);
    expect(() => lower(program, { donated })).toThrow(RangeError);
    expect(() => lower(program, { donated })).toThrow(named);
  });
});

describe('constants', () => {
  const textOf = (dtype: DType, shape: number[], values: number[]) => {
    const { program } = trace(() => constant(tensorValue(dtype, shape, values)));
    return /dense<(.*)> : /.exec(lower(program).text)![1];
  };

  it.each<[DType, number[], number[], string]>([
    ['float64', [], [0.1], '1.0e-1'],
    ['float32', [2], [0.1, -0], '[1.0000000149011612e-1, -0.0e+0]'],
    ['float32', [2, 1], [Number.NaN, Number.NEGATIVE_INFINITY], '[[0x7FC00000], [0xFF800000]]'],
    ['float64', [], [Number.POSITIVE_INFINITY], '0x7FF0000000000000'],
    ['int32', [3], [-7, -7, -7], '-7'],
    ['bool', [2, 2], [1, 0, 0, 1], '[[true, false], [false, true]]'],
    ['float32', [0, 3], [], ''],
    [
      'int32',
      [17],
      Array.from({ length: 17 }, (_, i) => i - 1),
      `"0xFFFFFFFF${Array.from({ length: 16 }, (_, i) => `${i.toString(16).padStart(2, '0')}000000`)
        .join('')
        .toUpperCase()}"`,
    ],
  ])('are exact: %s%j of %j', (dtype, shape, values, expected) => {
    expect(textOf(dtype, shape, values)).toBe(expected);
  });
});

describe('every conformance case', () => {
  const cases = conformanceCases();

  it('has results of the types of its program', () => {
    for (const { subject, name, program } of cases) {
      const expected = program.outputs.map(({ type }) => tensor(type)).join(', ');
      expect(returned(lower(program).text), `${subject}, ${name}`).toBe(expected);
    }
    expect(cases.length).toBeGreaterThan(1600);
  });

  it('convolves in the one form that XLA is fast at in loops', () => {
    const convolutions = cases
      .filter(({ subject }) => subject.startsWith('conv2d'))
      .flatMap(({ program }) => lower(program).text.split('\n'))
      .filter((line) => line.includes('stablehlo.convolution'));
    for (const line of convolutions) {
      expect(line).toContain('dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]');
      expect(line).toContain('reverse = [false, false]');
    }
    expect(convolutions.length).toBeGreaterThan(100);
  });

  it.each([
    ['conv2d', 'plain', 'a loop over rows of 6 terms', { convolution: 0, multiply: 6, dot_general: 0 }],
    ['conv2d', 'strides', 'a convolution', { convolution: 1, multiply: 0, dot_general: 0 }],
    ['conv2dFilterAdjoint', 'plain', 'a convolution', { convolution: 1, multiply: 0, dot_general: 0 }],
    [
      'conv2dFilterAdjoint',
      'many channels, all options',
      'a product for each element of the kernel',
      { convolution: 0, multiply: 0, dot_general: 6 },
    ],
  ])('%s, %s, becomes %s', (subject, name, _, expected) => {
    const { program } = cases.find((each) => each.subject === subject && each.name === name)!;
    const { text } = lower(program);
    const count = (operation: string) => text.split(`stablehlo.${operation}`).length - 1;
    expect(Object.fromEntries(Object.keys(expected).map((each) => [each, count(each)]))).toEqual(expected);
    expect(lower(program, { target: 'gpu' }).text.split('stablehlo.convolution').length - 1).toBe(1);
  });
});
