// Loops and branches: captures, hoisting, and errors on misuse.

import { describe, expect, it } from 'vitest';
import {
  add,
  checkProgram,
  cond,
  exp,
  less,
  loopsOf,
  mul,
  type Program,
  printProgram,
  scalar,
  sin,
  sum,
  type Tensor,
  tensorType,
  trace,
  whileLoop,
} from '../src/index.js';
import { compute } from './check-derivatives.js';
import { bool, double, int32 } from './values.js';

const SCALAR = tensorType('float64');
const VECTOR = tensorType('float64', [3]);
const zero = () => scalar(0, 'int32');
const primitives = (program: Program) => program.equations.map((equation) => equation.primitive);

/** Runs a body a number of times on a vector. */
const repeat = (times: number, body: (x: Tensor) => Tensor, init: Tensor): Tensor =>
  whileLoop(
    ({ k }) => less(k, times),
    ({ k, x }) => ({ k: add(k, 1), x: body(x) }),
    { k: zero(), x: init },
  ).x;

describe('hoisting', () => {
  it('hoists loop-invariant computations and captures their results', () => {
    const { program } = trace(
      (x: Tensor, y: Tensor) => repeat(3, (z) => mul(z, exp(sin(y))), x),
      VECTOR,
      VECTOR,
    );
    expect(printProgram(program)).toMatchInlineSnapshot(`
      "program(a: float64[3], b: float64[3]) {
        c: float64[3] = sin b
        d: float64[3] = exp c
        m: int32[], n: float64[3] = while [name=while captures=0+1] d 0:int32 a
          condition(e: int32[], f: float64[3]) {
            g: bool[] = less e 3:int32
            return g
          }
          body(h: float64[3], i: int32[], j: float64[3]) {
            k: int32[] = add i 1:int32
            l: float64[3] = mul j h
            return k, l
          }
        return n
      }"
    `);
  });

  it('hoists out of nested loops as far as possible', () => {
    const { program } = trace(
      (x: Tensor, y: Tensor) => repeat(2, (z) => repeat(3, (w) => mul(w, add(exp(y), sin(z))), z), x),
      VECTOR,
      VECTOR,
    );
    expect(primitives(program)).toEqual(['exp', 'while']);
    const [outer] = loopsOf(program);
    // sin(z) and the sum change in the outer loop, but leave the inner one.
    expect(primitives(outer!.params.body).toSorted()).toEqual(['add', 'add', 'sin', 'while']);
  });

  it('hoists a whole invariant loop', () => {
    const { program } = trace(
      (x: Tensor, y: Tensor) => repeat(2, (z) => mul(z, repeat(3, sin, y)), x),
      VECTOR,
      VECTOR,
    );
    expect(primitives(program)).toEqual(['while', 'while']);
  });

  it('does not hoist out of a branch', () => {
    const { program } = trace(
      (p: Tensor, x: Tensor) =>
        cond(
          p,
          () => exp(x),
          () => sin(x),
        ),
      tensorType('bool'),
      VECTOR,
    );
    expect(primitives(program)).toEqual(['cond']);
  });

  it('does not hoist out of a branch inside a loop', () => {
    const { program } = trace(
      (p: Tensor, x: Tensor, y: Tensor) =>
        repeat(
          3,
          (z) =>
            cond(
              p,
              () => mul(z, exp(y)),
              () => z,
            ),
          x,
        ),
      tensorType('bool'),
      VECTOR,
      VECTOR,
    );
    expect(primitives(program)).toEqual(['while']);
  });
});

describe('values', () => {
  it('captures an outer tensor once, however often it is used', () => {
    const fn = (p: Tensor, x: Tensor, y: Tensor) =>
      cond(
        p,
        () => mul(add(x, x), y),
        () => add(y, x),
      );
    const { program } = trace(fn, tensorType('bool'), SCALAR, SCALAR);
    expect(program.equations[0]!.inputs).toHaveLength(3);
    expect(compute(fn, bool([], [1]), double([], [3]), double([], [5]))).toEqual([[30]]);
    expect(compute(fn, bool([], [0]), double([], [3]), double([], [5]))).toEqual([[8]]);
  });

  it('captures through two levels', () => {
    const fn = (n: Tensor, x: Tensor, y: Tensor) =>
      whileLoop(
        ({ k }) => less(k, n),
        ({ k, z }) => ({
          k: add(k, 1),
          z: cond(
            less(k, 1),
            () => add(z, y),
            () => mul(z, x),
          ),
        }),
        { k: zero(), z: x },
      );
    // (3 + 5) 3 3
    expect(compute(fn, int32([], [3]), double([], [3]), double([], [5]))).toEqual([[3], [72]]);
  });

  it('returns a carry of any tree, in the order of the initial one', () => {
    const result = compute(
      (x: Tensor) =>
        whileLoop(
          ({ k }) => less(k, 4),
          ({ k, pair: [a, b] }) => ({ pair: [b, add(a, b)] as const, k: add(k, 1) }),
          { k: zero(), pair: [x, x] as const },
        ),
      double([], [1]),
    );
    expect(result).toEqual([[4], [5], [8]]);
  });
});

describe('misuse', () => {
  const whileOf = (condition: (c: never) => unknown, body: (c: never) => unknown, init: unknown) => () =>
    trace(() => whileLoop(condition as never, body as never, init as never), ...[]);
  const always = () => less(scalar(0, 'float64'), 1);

  it.each([
    [
      'a forgotten key',
      whileOf(always, ({ k }: { k: Tensor }) => ({ k }), { k: scalar(0, 'int32'), x: scalar(1, 'float64') }),
      /body: missing 'x' at the top; expected the keys k, x/,
    ],
    [
      'another key',
      whileOf(always, ({ k }: { k: Tensor }) => ({ k, y: k }), { k: scalar(0, 'int32') }),
      /body: unexpected 'y' at the top; expected the keys k/,
    ],
    [
      'a number in the carry',
      whileOf(always, (c) => c, { state: { k: 0 } }),
      /initial carry: .* got the number 0 at 'state.k'.*scalar\(\)/,
    ],
    [
      'a number from the body',
      whileOf(always, () => ({ k: 1 }), { k: scalar(0, 'int32') }),
      /body: expected a tensor at 'k', got the number 1.*scalar\(\)/,
    ],
    [
      'another dtype',
      whileOf(always, () => ({ k: scalar(1, 'float32') }), { k: scalar(0, 'float64') }),
      /body .*expected float64\[\] at 'k', got float32\[\].*cast\(\)/,
    ],
    [
      'a condition that is not bool',
      whileOf(
        (k) => k,
        (k) => k,
        scalar(1, 'float64'),
      ),
      /condition .*bool\[\], got float64\[\].*less\(\)/,
    ],
    [
      'a condition with an operator',
      whileOf(
        (k) => k < (3 as never),
        (k) => k,
        scalar(1, 'float64'),
      ),
      /^Tensor\(float64\[\]\) has no value.*less\(\)/,
    ],
    [
      'a JavaScript boolean as a condition',
      whileOf(
        () => true,
        (k) => k,
        scalar(1, 'float64'),
      ),
      /condition: expected a tensor at the top, got the boolean true/,
    ],
  ])('whileLoop: %s', (_, run, message) => {
    expect(run).toThrow(message);
  });

  it.each<[string, (x: Tensor) => unknown, RegExp]>([
    [
      'a predicate that is not bool',
      (x) =>
        cond(
          x,
          () => x,
          () => x,
        ),
      /predicate .*bool\[\], got float64\[\].*less\(\)/,
    ],
    [
      'a JavaScript boolean as a predicate',
      (x) =>
        cond(
          true as never,
          () => x,
          () => x,
        ),
      /expected a tensor, got the boolean true/,
    ],
    [
      'branches of different structures',
      (x) =>
        cond(
          less(x, 0),
          () => ({ a: x, b: x }),
          () => ({ a: x }) as never,
        ),
      /false branch: missing 'b' at the top; expected the keys a, b/,
    ],
    [
      'branches of different types',
      (x) =>
        cond(
          less(x, 0),
          () => ({ a: x }),
          () => ({ a: less(x, 1) }),
        ),
      /branches .*expected float64\[\] at 'a', got bool\[\]/,
    ],
  ])('cond: %s', (_, fn, message) => {
    expect(() => trace(fn as never, SCALAR)).toThrow(message);
  });
});

describe('a tensor out of scope', () => {
  const LEAK =
    'a float64[] tensor was used outside the function that was traced with it; return it from that function ' +
    'instead of keeping it in a variable';

  it('cannot be used after its loop', () => {
    expect(() =>
      trace((x: Tensor) => {
        let kept = x;
        repeat(
          2,
          (z) => {
            kept = sin(z);
            return kept;
          },
          x,
        );
        return add(kept, x);
      }, SCALAR),
    ).toThrow(LEAK);
  });

  it('cannot be returned from another branch', () => {
    expect(() =>
      trace((x: Tensor) => {
        let kept = x;
        const result = cond(
          less(x, 0),
          () => {
            kept = sin(x);
            return kept;
          },
          () => x,
        );
        return [result, kept];
      }, SCALAR),
    ).toThrow(LEAK);
  });

  it('cannot be used in another trace, nor in a branch of one', () => {
    let kept: Tensor | undefined;
    trace((x: Tensor) => {
      kept = sin(x);
      return kept;
    }, SCALAR);
    expect(() => trace((x: Tensor) => mul(x, kept!), SCALAR)).toThrow(LEAK);
    expect(() => trace(() => kept!)).toThrow(LEAK);
    const inBranch = (x: Tensor) =>
      cond(
        less(x, 0),
        () => mul(x, kept!),
        () => x,
      );
    expect(() => trace(inBranch, SCALAR)).toThrow(LEAK);
  });

  it('does not affect the next trace after an error', () => {
    expect(() =>
      trace((x: Tensor) => {
        repeat(
          2,
          () => {
            throw new Error('from the body');
          },
          x,
        );
        return x;
      }, SCALAR),
    ).toThrow('from the body');
    expect(() => sin(scalar(1, 'float64'))).toThrow('sin: tensor operations build programs');
    const { program } = trace((x: Tensor) => sum(x), VECTOR);
    checkProgram(program);
    expect(primitives(program)).toEqual(['reduceSum']);
  });
});
