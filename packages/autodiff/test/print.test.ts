// Printing: stable text with every type, parameter and small constant.

import { expect, it } from 'vitest';
import {
  add,
  cast,
  concat,
  cond,
  constant,
  full,
  less,
  mul,
  not,
  pad,
  printProgram,
  scalar,
  type Tensor,
  tensorType,
  tensorValue,
  trace,
  whileLoop,
} from '../src/index.js';
import { traceRaw } from './generate.js';

it('prints nested programs, parameters and constants', () => {
  const fn = (x: Tensor, p: Tensor) =>
    whileLoop(
      ({ k }) => less(k, 3),
      ({ k, y }) => ({
        k: add(k, 1),
        y: cond(
          p,
          () => mul(y, x),
          () => pad(y, [0], [0]),
        ),
      }),
      { k: scalar(0, 'int32'), y: full([2], -0, 'float32') },
      { name: 'cg' },
    );
  const print = () => printProgram(trace(fn, tensorType('float32', [2]), tensorType('bool')).program);
  expect(print()).toMatchInlineSnapshot(`
    "program(a: float32[2], b: bool[]) {
      c: float32[2] = broadcast [shape=(2)] -0:float32
      r: int32[], s: float32[2] = while [name=cg captures=0+2] b a 0:int32 c
        condition(d: int32[], e: float32[2]) {
          f: bool[] = less d 3:int32
          return f
        }
        body(g: bool[], h: float32[2], i: int32[], j: float32[2]) {
          k: int32[] = add i 1:int32
          q: float32[2] = cond g j h
            then(l: float32[2], m: float32[2]) {
              n: float32[2] = mul l m
              return n
            }
            else(o: float32[2], p: float32[2]) {
              return o
            }
          return k, q
        }
      return r, s
    }"
  `);
  // Another trace has different variables but the same text.
  expect(print()).toBe(print());
});

it('prints constants with their dtype, and long ones by their type', () => {
  const numbers = (size: number) => constant(tensorValue('float32', [size], new Array(size).fill(0.5)));
  const { program } = trace(
    (x: Tensor) => [
      add(x, Number.POSITIVE_INFINITY),
      add(x, Number.NaN),
      mul(x, -0),
      concat([numbers(2), x]),
      concat([numbers(9), x]),
      not(constant(tensorValue('bool', [2], [1, 0]))),
      cast(x, 'int32'),
    ],
    tensorType('float32', [1]),
  );
  expect(printProgram(program)).toMatchInlineSnapshot(`
    "program(a: float32[1]) {
      b: float32[1] = add a Infinity:float32
      c: float32[1] = add a NaN:float32
      d: float32[1] = mul a -0:float32
      e: float32[3] = concat [axis=0] {0.5,0.5}:float32[2] a
      f: float32[10] = concat [axis=0] {...}:float32[9] a
      g: int32[1] = cast [dtype=int32] a
      return b, c, d, e, f, {0,1}:bool[2], g
    }"
  `);
});

it('names more than 26 variables', () => {
  const program = traceRaw(
    (x) => {
      let y = x!;
      for (let i = 0; i < 27; i++) y = add(y, x!);
      return [y];
    },
    [tensorType('int32')],
  );
  const lines = printProgram(program).split('\n');
  expect(lines.slice(-5, -1)).toEqual([
    '  z: int32[] = add y a',
    '  aa: int32[] = add z a',
    '  ab: int32[] = add aa a',
    '  return ab',
  ]);
});
