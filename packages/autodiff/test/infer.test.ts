// Errors: every type rule, numbers that do not fit a dtype, operations outside a trace.

import { describe, expect, it } from 'vitest';
import * as ops from '../src/index.js';
import {
  Constant,
  checkProgram,
  type Equation,
  type Program,
  type Tensor,
  type TensorType,
  tensorType,
  trace,
  Variable,
} from '../src/index.js';
import { evaluate } from '../src/reference.js';
import { traceRaw } from './generate.js';
import { double } from './values.js';

const f64 = (...shape: number[]) => tensorType('float64', shape);
const f32 = (...shape: number[]) => tensorType('float32', shape);
const i32 = (...shape: number[]) => tensorType('int32', shape);
const bool = (...shape: number[]) => tensorType('bool', shape);

interface Mistake {
  readonly fn: (...inputs: never[]) => Tensor;
  readonly types: readonly TensorType[];
}

const mistakes = (
  ...rows: readonly (readonly [(...inputs: never[]) => Tensor, ...TensorType[]])[]
): readonly Mistake[] => rows.map(([fn, ...types]) => ({ fn, types }));

const messageOf = ({ fn, types }: Mistake): string => {
  try {
    trace(fn, ...types);
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  return 'no error';
};

const TYPE_ERRORS = mistakes(
  [ops.add, f64(3), f32(3)],
  [ops.mul, f64(3), f64(2)],
  [ops.exp, i32(3)],
  [ops.sub, bool(), bool()],
  [ops.not, i32()],
  [ops.select, i32(), f64(), f64()],
  [ops.select, bool(), f64(), f32()],
  [(a, b) => ops.matmul(a, b), f64(2, 3), f64(2, 3)],
  [(a, b) => ops.matmul(a, b), f64(3), f64(3, 2)],
  [(a, b) => ops.matmul(a, b), f64(2, 1, 1), f64(3, 1, 1)],
  [(x) => ops.reshape(x, [4]), f64(2, 3)],
  [(x) => ops.reshape(x, [4, -1]), f64(6)],
  [(x) => ops.transpose(x, [0, 0]), f64(2, 3)],
  [(x) => ops.broadcast(x, [2]), f64(3)],
  [(x) => ops.broadcast(x, [1]), f64(3)],
  [(...x) => ops.concat(x), f64(2, 3), f64(3, 2)],
  [(x) => ops.slice(x, [1], [4]), f64(3)],
  [(x) => ops.slice(x, [0.5], [2]), f64(3)],
  [(x) => ops.pad(x, [-1], [0]), f64(3)],
  [ops.take, f64(3), f64(2)],
  [(x, i) => ops.scatterAdd(x, i, 4), f64(3, 2), i32(2)],
  [(x, i) => ops.scatterAdd(x, i, -1), f64(2), i32(2)],
  [(x) => ops.max(x), f64(0)],
  [(x) => ops.argMax(x), f64(2, 0)],
  [(x) => ops.sum(x, { axes: [1, -1] }), f64(2, 3)],
  [(x) => ops.softmax(x, 2), f64(2, 3)],
);

it('type errors name the primitive and the operands', async () => {
  const messages = TYPE_ERRORS.map(messageOf);
  for (const message of messages) expect(message).toMatch(/^(?:TypeError: \w+\(\w+\[|RangeError: axis)/);
  await expect(`${messages.join('\n')}\n`).toMatchFileSnapshot('screens/type-errors.txt');
});

const VALUE_ERRORS = mistakes(
  [(x) => ops.mul(x, 0.5), i32(3)],
  [(x) => ops.maximum(Number.POSITIVE_INFINITY, x), i32()],
  [(x) => ops.equal(x, 2), bool()],
  [() => ops.add(1, 2)],
  [() => ops.exp(2 as never)],
  [(x) => ops.mul(x, undefined as never), f64()],
  [() => ops.mul(2, undefined as never)],
  [() => ops.sin(double([], [1]) as never)],
  [() => ops.scalar('1' as never, 'float64')],
  [() => ops.constant({ type: f64(3), data: new Float64Array(2) })],
  [() => ops.constant({ type: f64(1), data: new Float32Array(1) })],
  [() => ops.constant(ops.tensorValue('float64', [2], [1, 2, 3]))],
  [(x) => ((x as number) > 1 ? x : x), f64()],
  [(x) => ops.sin(((x as number) + 1) as never), f64()],
  [() => ({ loss: undefined }) as never],
);

describe('mistakes with numbers and values', () => {
  it('are errors that explain what is expected', async () => {
    const messages = VALUE_ERRORS.map(messageOf);
    for (const message of messages) expect(message).toMatch(/^(?:Type|Range)Error: /);
    await expect(`${messages.join('\n')}\n`).toMatchFileSnapshot('screens/value-errors.txt');
  });

  it('gives a number the dtype of the other operand', () => {
    const { program } = trace((x: Tensor, k: Tensor) => [ops.mul(x, 0.5), ops.add(2, k)], f32(2), i32());
    expect(program.outputs.map(({ type }) => type)).toEqual([f32(2), i32()]);
  });

  it('formats a tensor as its type', () => {
    let text = '';
    trace((x: Tensor) => {
      text = `${x}`;
      return x;
    }, f32(2));
    expect(text).toBe('Tensor(float32[2])');
  });

  it.each<[string, () => unknown]>([
    ['exp', () => ops.exp(ops.scalar(1, 'float64'))],
    ['broadcast', () => ops.zeros([3], 'float64')],
    ['linearize', () => ops.linearize(ops.sin, ops.scalar(1, 'float64'))],
    ['jvp', () => ops.jvp(ops.sin, ops.scalar(1, 'float64'), ops.scalar(1, 'float64'))],
    ['control flow', () => ops.whileLoop((x) => ops.less(x, 1), ops.sin, ops.scalar(1, 'float64'))],
  ])('rejects %s outside a trace', (what, run) => {
    expect(run).toThrow(new RegExp(`^${what}: .*trace\\(\\)`));
  });

  it('checks the inputs of an evaluation against the program', () => {
    const { program } = trace((x: Tensor) => ops.sin(x), f64(2));
    expect(() => evaluate(program, [double([3], [1, 2, 3])])).toThrow(
      'evaluate: the program takes (float64[2]), got (float64[3])',
    );
    expect(() => evaluate(program, [])).toThrow('got ()');
  });
});

describe('checkProgram', () => {
  const x = new Variable(f64(2));
  const y = new Variable(f64(2));
  const sin = (input: Variable | Constant, output: Variable): Equation => ({
    primitive: 'sin',
    params: {},
    inputs: [input],
    outputs: [output],
  });
  const program = (parts: Partial<Program>): Program => ({
    inputs: [x],
    equations: [],
    outputs: [x],
    ...parts,
  });

  it('accepts a program shared by two equations', () => {
    const branch = traceRaw((a) => [ops.sin(a!)], [f64(2)]);
    const p = new Variable(bool());
    const choose = (input: Variable, output: Variable): Equation => ({
      primitive: 'cond',
      params: { ifTrue: branch, ifFalse: branch },
      inputs: [p, input],
      outputs: [output],
    });
    const z = new Variable(f64(2));
    expect(
      checkProgram({ inputs: [p, x], equations: [choose(x, y), choose(y, z)], outputs: [z] }),
    ).toBeUndefined();
  });

  // One part of a nested program at a time uses a variable before its definition; the types are right.
  it.each(['ifTrue', 'ifFalse', 'condition', 'body'] as const)('looks into %s', (part) => {
    const vector = traceRaw((a) => [ops.sin(a!)], [f64(2)]);
    const test = traceRaw((a) => [ops.less(ops.sum(a!), 1)], [f64(2)]);
    const broken = ({ inputs, equations, outputs }: Program): Program => {
      const [first] = equations;
      const unknown = { ...first!, inputs: [new Variable(f64(2))] } as Equation;
      return { inputs, equations: [unknown, ...equations.slice(1)], outputs };
    };
    const nested = (name: typeof part, good: Program) => (name === part ? broken(good) : good);
    const choose: Equation = {
      primitive: 'cond',
      params: { ifTrue: nested('ifTrue', vector), ifFalse: nested('ifFalse', vector) },
      inputs: [new Constant(bool(), Uint8Array.of(1)), x],
      outputs: [y],
    };
    const loop: Equation = {
      primitive: 'while',
      params: {
        name: 'loop',
        conditionCaptures: 0,
        bodyCaptures: 0,
        condition: nested('condition', test),
        body: nested('body', vector),
      },
      inputs: [y],
      outputs: [new Variable(f64(2))],
    };
    expect(() => checkProgram(program({ equations: [choose, loop] }))).toThrow(
      'uses a float64[2] variable that is not defined before it',
    );
  });

  it.each<[string, Program, string]>([
    [
      'a use before the definition',
      program({ equations: [sin(y, new Variable(f64(2))), sin(x, y)] }),
      'equation 0 (sin) uses a float64[2] variable that is not defined before it',
    ],
    [
      'an undefined result',
      program({ outputs: [y] }),
      'the result uses a float64[2] variable that is not defined',
    ],
    ['a second definition', program({ equations: [sin(x, y), sin(x, y)] }), 'a variable is defined twice'],
    ['an input twice', program({ inputs: [x, x] }), 'a variable is defined twice'],
    [
      'a wrong output type',
      program({ equations: [sin(x, new Variable(f64(3)))] }),
      'equation 0 (sin) has outputs of other types than (float64[2])',
    ],
    [
      'operands that do not fit',
      program({ equations: [sin(new Constant(i32(), Int32Array.of(1)), y)] }),
      'sin(int32[]): expected float, got int32',
    ],
    [
      'a constant of another size',
      program({ outputs: [new Constant(f64(2), new Float64Array(3))] }),
      'the result uses a float64[2] constant whose data is a Float64Array of 3',
    ],
    [
      'a constant of another dtype',
      program({ equations: [sin(new Constant(f64(2), new Float32Array(2)), y)] }),
      'whose data is a Float32Array of 2',
    ],
    [
      'an outer variable in a branch',
      program({
        inputs: [x, new Variable(bool())],
        equations: [
          {
            primitive: 'cond',
            params: {
              ifTrue: { inputs: [], equations: [], outputs: [x] },
              ifFalse: { inputs: [], equations: [], outputs: [x] },
            },
            inputs: [new Constant(bool(), Uint8Array.of(1))],
            outputs: [y],
          },
        ],
      }),
      'the result uses a float64[2] variable that is not defined',
    ],
    [
      'a loop that changes its carry',
      program({
        equations: [
          {
            primitive: 'while',
            params: {
              name: 'w',
              conditionCaptures: 0,
              bodyCaptures: 0,
              condition: traceRaw((a) => [ops.less(ops.sum(a!), 1)], [f64(2)]),
              body: traceRaw((a) => [ops.sum(a!)], [f64(2)]),
            },
            inputs: [x],
            outputs: [y],
          },
        ],
      }),
      'while(float64[2]): outputs of the body: expected (float64[2]), got (float64[])',
    ],
    [
      'branches of different types',
      program({
        equations: [
          {
            primitive: 'cond',
            params: {
              ifTrue: traceRaw((a) => [a!], [f64(2)]),
              ifFalse: traceRaw((a) => [ops.less(a!, 0)], [f64(2)]),
            },
            inputs: [new Constant(bool(), Uint8Array.of(1)), x],
            outputs: [y],
          },
        ],
      }),
      'cond(bool[], float64[2]): outputs of the false branch: expected (float64[2]), got (bool[2])',
    ],
  ])('catches %s', (_, wrong, message) => {
    expect(() => checkProgram(wrong)).toThrow(message);
  });
});
