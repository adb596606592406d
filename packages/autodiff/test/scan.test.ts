// scan: residuals of reverse mode, simplification, and errors on misuse.

import { describe, expect, it } from 'vitest';
import {
  add,
  type EquationOf,
  exp,
  grad,
  mul,
  type Program,
  type Shape,
  scan,
  sin,
  square,
  sum,
  type Tensor,
  tanh,
  tensorType,
  trace,
} from '../src/index.js';

const scansIn = ({ equations }: Program): EquationOf<'scan'>[] =>
  equations.filter((equation) => equation.primitive === 'scan');
const primitives = ({ equations }: Program) => equations.map(({ primitive }) => primitive);
const float64 = (...shape: Shape) => tensorType('float64', shape);

/** The states of h -> tanh(w h + x). */
const states = (w: Tensor, h: Tensor, xs: Tensor) =>
  scan(
    (state: Tensor, x: Tensor) => {
      const next = tanh(add(mul(w, state), x));
      return { carry: next, y: next };
    },
    h,
    xs,
  ).ys;

describe('the gradient of a scan', () => {
  const { program } = trace(
    (w: Tensor, h: Tensor, xs: Tensor) => grad((at: Tensor) => sum(square(states(at, h, xs))))(w),
    float64(3),
    float64(3),
    float64(7, 3),
  );
  const [forward, backward] = scansIn(program);

  it('is two scans: a forward one that stores residuals, and a backward one', () => {
    expect(scansIn(program)).toHaveLength(2);
    expect([forward!.params.reverse, backward!.params.reverse]).toEqual([false, true]);
    expect(primitives(forward!.params.body).filter((primitive) => primitive === 'tanh')).toHaveLength(1);
    expect(primitives(backward!.params.body)).not.toContain('tanh');
  });

  it('stores only values that change between iterations', () => {
    const { captures, carries } = backward!.params;
    const stacked = backward!.inputs.slice(captures + carries).map(({ type }) => type.shape);
    for (const shape of stacked) expect(shape).toEqual([7, 3]);
    // The states before and after, or their squares, and the incoming cotangents.
    expect(stacked.length).toBeLessThanOrEqual(4);
    expect(program.outputs.map(({ type }) => type.shape)).toEqual([[3]]);
  });
});

describe('simplification of a scan', () => {
  it('hoists loop-invariant computations', () => {
    const { program } = trace(
      (x: Tensor, xs: Tensor) =>
        scan((total: Tensor, y: Tensor) => ({ carry: add(total, mul(y, exp(x))), y: [] }), x, xs).carry,
      float64(),
      float64(4),
    );
    expect(primitives(program)).toEqual(['exp', 'scan']);
    expect(primitives(scansIn(program)[0]!.params.body)).toEqual(['mul', 'add']);
  });

  it('drops unused carried, stacked and scanned values', () => {
    const { program } = trace(
      (x: Tensor, xs: Tensor) =>
        scan(
          ({ used, unused }, { a, b }) => ({
            carry: { used: sin(add(used, a)), unused: mul(unused, b) },
            y: { used, unused: exp(unused) },
          }),
          { used: x, unused: x },
          { a: xs, b: xs },
        ).ys.used,
      float64(),
      float64(4),
    );
    const [equation] = scansIn(program);
    expect(equation!.params).toMatchObject({ captures: 0, carries: 1, length: 4 });
    expect([equation!.inputs.length, equation!.outputs.length]).toEqual([2, 2]);
    expect(primitives(equation!.params.body)).toEqual(['add', 'sin']);
  });
});

describe('scan rejects', () => {
  const next = (carry: Tensor) => ({ carry, y: carry });
  const run = (fn: (x: Tensor, xs: Tensor) => unknown) => () => trace(fn as never, float64(), float64(4));

  it.each<[string, ErrorConstructor, (x: Tensor, xs: Tensor) => unknown]>([
    ['no scanned input and no length', RangeError, (x) => scan(next, x, [])],
    ['a length of zero', RangeError, (x) => scan(next, x, [], { length: 0 })],
    ['a length that differs from its xs', RangeError, (x, xs) => scan(next, x, xs, { length: 5 })],
    ['a scalar among its xs', TypeError, (x) => scan(next, x, [x])],
    [
      'a step that changes the type of the carry',
      TypeError,
      (x, xs) => scan((_: Tensor) => ({ carry: xs, y: [] }), x, xs),
    ],
    [
      'a step that returns another tree',
      TypeError,
      (x, xs) => scan(() => ({ carry: { x } as never, y: [] }), x, xs),
    ],
  ])('%s', (_, error, fn) => {
    expect(run(fn)).toThrow(error);
    expect(run(fn)).toThrow(/^scan: /);
  });
});
