// Simplification: preserves the meaning of any program, and performs the intended rewrites.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ops from '../src/index.js';
import {
  checkProgram,
  cond,
  loopsOf,
  type Program,
  printProgram,
  simplify,
  type Tensor,
  type TensorType,
  tensorType,
  trace,
  whileLoop,
} from '../src/index.js';
import { evaluate } from '../src/reference.js';
import { emit1 } from '../src/trace.js';
import { INPUT_TYPES, inputValues, instructions, interpret, traceRaw } from './generate.js';
import { double } from './values.js';

/** Bitwise equality, except for the sign of a zero. */
const same = (a: number, b: number) => Object.is(a, b) || a === b;

describe('meaning', () => {
  it('preserves results, including NaN and infinities, and well-formedness', () => {
    fc.assert(
      fc.property(instructions, inputValues, fc.nat(), (code, inputs, result) => {
        const program = traceRaw((...pool) => {
          const made = interpret(code, pool);
          return [made.at(-1)!, made.at(-2)!, made[result % made.length]!];
        }, INPUT_TYPES);
        checkProgram(program);
        const simplified = simplify(program);
        checkProgram(simplified);
        expect(simplified.inputs).toEqual(program.inputs);
        const [before, after] = [evaluate(program, inputs), evaluate(simplified, inputs)];
        for (const [i, { type, data }] of before.entries()) {
          expect(after[i]!.type).toEqual(type);
          const equal = data.every((x, k) => same(x, after[i]!.data[k]!));
          expect(equal, `output ${i}: [${data}] became [${after[i]!.data}]`).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(instructions, (code) => {
        const once = simplify(traceRaw((...pool) => interpret(code, pool).slice(-2), INPUT_TYPES));
        expect(printProgram(simplify(once))).toBe(printProgram(once));
      }),
      { numRuns: 200 },
    );
  });

  it('does not turn NaN or infinity into a number', () => {
    const program = traceRaw(
      (x) => [ops.mul(x!, 0), ops.sub(x!, x!), ops.div(x!, x!), ops.pow(x!, 0.5)],
      [tensorType('float64', [2])],
    );
    const x = ops.tensorValue('float64', [2], [Number.NaN, Number.NEGATIVE_INFINITY]);
    const values = evaluate(simplify(program), [x]).map(({ data }) => Array.from(data));
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    expect(values).toEqual([
      [nan, nan],
      [nan, nan],
      [nan, nan],
      [nan, infinity],
    ]);
  });
});

const S = tensorType('float64');
const V = tensorType('float64', [3]);
const M = tensorType('float64', [2, 3]);
const B = tensorType('bool');

/** The lines of the simplified program, without its header and braces. */
function simplified(fn: (...inputs: Tensor[]) => readonly Tensor[], ...types: TensorType[]): string[] {
  const program = traceRaw(fn, types);
  return printProgram(simplify(program))
    .split('\n')
    .slice(1, -1)
    .map((line) => line.slice(2));
}

describe('rewrites', () => {
  it('computes common subexpressions once, including commuted ones', () => {
    expect(
      simplified((x, y) => [ops.add(ops.mul(x!, y!), ops.exp(x!)), ops.mul(y!, x!), ops.exp(x!)], V, V),
    ).toEqual([
      'c: float64[3] = mul a b',
      'd: float64[3] = exp a',
      'e: float64[3] = add c d',
      'return e, c, d',
    ]);
    // Subtraction does not commute, parameters matter, and -0 is not 0.
    expect(simplified((x) => [ops.mul(x!, 0), ops.mul(x!, -0)], V)).toHaveLength(3);
    expect(simplified((x, y) => [ops.sub(x!, y!), ops.sub(y!, x!)], V, V)).toHaveLength(3);
    expect(simplified((x) => [ops.sum(x!, { axes: [0] }), ops.sum(x!, { axes: [1] })], M)).toHaveLength(3);
  });

  it('drops unused equations', () => {
    expect(simplified((x) => [ops.sin(x!), ops.exp(ops.cos(x!))].slice(0, 1), V)).toEqual([
      'b: float64[3] = sin a',
      'return b',
    ]);
  });

  it('folds constants', () => {
    expect(
      simplified(
        (x) => [ops.mul(x!, ops.add(ops.exp(ops.scalar(0, 'float64')), ops.scalar(2, 'float64')))],
        V,
      ),
    ).toEqual(['b: float64[3] = mul a 3:float64', 'return b']);
    expect(simplified(() => [ops.add(ops.iota(3), 1)])).toEqual(['return {1,2,3}:int32[3]']);
  });

  it('does not replace a small computation by a large constant', () => {
    expect(simplified(() => [ops.add(ops.iota(100), 1)])).toEqual([
      'a: int32[100] = add {...}:int32[100] 1:int32',
      'return a',
    ]);
  });

  it('folds transposes into matmul, on either side and in a batch', () => {
    const K = tensorType('float64', [4, 3]);
    expect(simplified((a, b) => [ops.matmul(a!, ops.transpose(b!))], M, K)).toEqual([
      'c: float64[2,4] = matmul [transposeA=false transposeB=true] a b',
      'return c',
    ]);
    expect(
      simplified((a, b) => [ops.matmul(ops.transpose(a!), b!, { transposeA: true, transposeB: true })], M, K),
    ).toEqual(['c: float64[2,4] = matmul [transposeA=false transposeB=true] a b', 'return c']);
    const batch = tensorType('float64', [5, 2, 3]);
    expect(simplified((a) => [ops.matmul(ops.transpose(a!, [0, 2, 1]), a!)], batch)).toEqual([
      'b: float64[5,3,3] = matmul [transposeA=true transposeB=false] a a',
      'return b',
    ]);
    // A transposition that moves the batch axis stays.
    expect(
      simplified((a) => [ops.matmul(ops.transpose(a!, [1, 0, 2]), ops.transpose(a!, [1, 2, 0]))], batch),
    ).toHaveLength(4);
  });

  it('composes layout changes and drops trivial ones', () => {
    const T = tensorType('float64', [2, 3, 4]);
    expect(simplified((x) => [ops.transpose(ops.transpose(x!, [1, 2, 0]), [2, 0, 1])], T)).toEqual([
      'return a',
    ]);
    expect(simplified((x) => [ops.transpose(ops.transpose(x!, [1, 2, 0]), [1, 2, 0])], T)).toEqual([
      'b: float64[4,2,3] = transpose [permutation=(2,0,1)] a',
      'return b',
    ]);
    // Two that do not commute: first the leading axes, then the trailing ones.
    expect(simplified((x) => [ops.transpose(ops.transpose(x!, [1, 0, 2]), [0, 2, 1])], T)).toEqual([
      'b: float64[3,4,2] = transpose [permutation=(1,2,0)] a',
      'return b',
    ]);
    expect(simplified((x) => [ops.reshape(ops.reshape(x!, [6, 4]), [24])], T)).toEqual([
      'b: float64[24] = reshape [shape=(24)] a',
      'return b',
    ]);
    expect(
      simplified((x) => [ops.slice(x!, [0, 0, 0], [2, 3, 4]), ops.pad(x!, [0, 0, 0], [0, 0, 0])], T),
    ).toEqual(['return a, a']);
    expect(simplified((x) => [ops.sum(x!, { axes: [0] })], tensorType('float64', [1, 3]))).toEqual([
      'b: float64[3] = reshape [shape=(3)] a',
      'return b',
    ]);
  });

  it('drops broadcasts before elementwise operations if the shape stays', () => {
    expect(simplified((x, b) => [ops.add(x!, ops.broadcast(b!, [2, 3]))], M, V)).toEqual([
      'c: float64[2,3] = add a b',
      'return c',
    ]);
    expect(
      simplified((b) => [ops.mul(ops.broadcast(b!, [2, 3]), ops.full([2, 3], 2, 'float64'))], V),
    ).toEqual([
      'b: float64[2,3] = broadcast [shape=(2,3)] a',
      'c: float64[2,3] = mul b 2:float64',
      'return c',
    ]);
  });

  it('removes neutral elements and double negations', () => {
    const neutral = [
      (x: Tensor) => ops.mul(1, x),
      (x: Tensor) => ops.add(x, 0),
      (x: Tensor) => ops.sub(x, 0),
      (x: Tensor) => ops.div(x, 1),
      (x: Tensor) => ops.pow(x, 1),
      (x: Tensor) => ops.neg(ops.neg(x)),
      (x: Tensor) => ops.mul(x, ops.full([3], 1, 'float64')),
      (x: Tensor) => ops.select(ops.scalar(1, 'bool'), x, ops.exp(x)),
      (x: Tensor) => ops.select(ops.less(x, 0), x, x),
      ops.stopGradient,
    ];
    expect(simplified((x) => neutral.map((fn) => fn(x!)), V)).toEqual([
      `return ${neutral.map(() => 'a').join(', ')}`,
    ]);
    expect(
      simplified(
        (x, y) => [ops.sub(x!, ops.neg(y!)), ops.mul(ops.neg(x!), ops.neg(y!)), ops.pow(x!, 2)],
        V,
        V,
      ),
    ).toEqual([
      'c: float64[3] = add a b',
      'd: float64[3] = mul a b',
      'e: float64[3] = mul a a',
      'return c, d, e',
    ]);
    // One that broadcasts is not neutral.
    expect(
      simplified(
        (x) => [ops.mul(x!, ops.constant(double([3], [1, 1, 1]))), ops.mul(x!, ops.full([3], 1, 'float64'))],
        S,
      ),
    ).toEqual([
      'b: float64[3] = mul a {1,1,1}:float64[3]',
      'c: float64[3] = broadcast [shape=(3)] 1:float64',
      'd: float64[3] = mul a c',
      'return b, d',
    ]);
  });

  it('keeps stopGradient on request', () => {
    const program = traceRaw((x) => [ops.stopGradient(x!)], [V]);
    expect(printProgram(simplify(program, { differentiable: true }))).toContain('stopGradient a');
    expect(printProgram(simplify(program))).not.toContain('stopGradient');
  });
});

describe('rewrites of loops and branches', () => {
  const loopOf = (program: Program) => loopsOf(program)[0]!;

  it('drops unused carried values and their computations', () => {
    const { program } = trace(
      (x: Tensor, y: Tensor) =>
        whileLoop(
          ({ k }) => ops.less(k, 3),
          ({ k, used, feeds, dead, deadToo }) => ({
            k: ops.add(k, 1),
            used: ops.add(used, feeds),
            feeds: ops.sin(feeds),
            dead: ops.mul(dead, deadToo),
            deadToo: ops.add(dead, y),
          }),
          { k: ops.scalar(0, 'int32'), used: x, feeds: x, dead: x, deadToo: y },
        ).used,
      V,
      V,
    );
    const { params, outputs, inputs } = loopOf(program);
    expect(outputs.map(({ type }) => type)).toEqual([tensorType('int32'), V, V]);
    expect(params.bodyCaptures).toBe(0);
    expect(inputs).toHaveLength(3);
    expect(params.body.equations.map(({ primitive }) => primitive)).toEqual(['add', 'add', 'sin']);
  });

  it('binds constant captures, and captures a value once', () => {
    const fn = (x: Tensor, y: Tensor) => {
      const z = ops.mul(y, 1);
      return whileLoop(
        (c) => ops.less(ops.sum(c), 9),
        (c) => ops.add(c, ops.mul(ops.add(y, z), ops.sub(c, z))),
        x,
      );
    };
    const loop = loopOf(trace(fn, V, V).program);
    // The captures are y, y + y: z is y, and the sum left the loop.
    expect([loop.params.conditionCaptures, loop.params.bodyCaptures]).toEqual([0, 2]);
  });

  it('passes each capture to nested programs once, and inlines constants', () => {
    const branch = traceRaw((x, y, z) => [ops.mul(ops.sub(x!, z!), y!)], [V, V, S]);
    const lines = simplified(
      (p, x) => [emit1('cond', { ifTrue: branch, ifFalse: branch }, [p!, x!, x!, ops.scalar(2, 'float64')])],
      B,
      V,
    );
    expect(lines).toEqual([
      'i: float64[3] = cond a b',
      '  then(c: float64[3]) {',
      '    d: float64[3] = sub c 2:float64',
      '    e: float64[3] = mul d c',
      '    return e',
      '  }',
      '  else(f: float64[3]) {',
      '    g: float64[3] = sub f 2:float64',
      '    h: float64[3] = mul g f',
      '    return h',
      '  }',
      'return i',
    ]);
  });

  it('resolves branches on constants, and drops unused results', () => {
    const choose = (p: Tensor, x: Tensor) =>
      cond(
        p,
        () => [ops.sin(x), ops.exp(x)] as const,
        () => [ops.cos(x), x] as const,
      )[0];
    expect(simplified((x) => [choose(ops.scalar(0, 'bool'), x!)], V)).toEqual([
      'b: float64[3] = cos a',
      'return b',
    ]);
    expect(simplified((p, x) => [choose(p!, x!)], B, V)).toEqual([
      'g: float64[3] = cond a b',
      '  then(c: float64[3]) {',
      '    d: float64[3] = sin c',
      '    return d',
      '  }',
      '  else(e: float64[3]) {',
      '    f: float64[3] = cos e',
      '    return f',
      '  }',
      'return g',
    ]);
  });
});
