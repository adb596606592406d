// Random programs for property tests: interprets a list of numbers as instructions of an unsimplified program.

import fc from 'fast-check';
import * as ops from '../src/index.js';
import {
  cond,
  type Program,
  type Shape,
  type Tensor,
  type TensorType,
  type TensorValue,
  tensorType,
  whileLoop,
} from '../src/index.js';
import { Builder, emit, emit1, inline, withBuilder } from '../src/trace.js';
import { double } from './values.js';

/** Traces a function without running any pass on the program. */
export function traceRaw(
  fn: (...inputs: Tensor[]) => readonly Tensor[],
  types: readonly TensorType[],
): Program {
  const builder = new Builder(null, false);
  return withBuilder(builder, () => builder.close(fn(...types.map((type) => builder.input(type)))).program);
}

/** An instruction, and three numbers that choose its operands; loops and branches have a body. */
export interface Instruction {
  readonly code: number;
  readonly choices: readonly [number, number, number];
  readonly body: readonly Instruction[];
}

const choice = fc.nat({ max: 1000 });
const instruction = (depth: number): fc.Arbitrary<Instruction> =>
  fc.record({
    code: choice,
    choices: fc.tuple(choice, choice, choice),
    body: depth === 0 ? fc.constant([]) : fc.array(instruction(depth - 1), { maxLength: 4 }),
  });

/** Loops and branches nest up to three deep. */
export const instructions = fc.array(instruction(3), { minLength: 1, maxLength: 14 });

const INPUT_SHAPES: readonly Shape[] = [[], [3], [2, 3], [2, 1]];
export const INPUT_TYPES = INPUT_SHAPES.map((shape) => tensorType('float64', shape));

const element = fc.oneof(
  { arbitrary: fc.double({ min: -3, max: 3, noNaN: true }), weight: 3 },
  {
    arbitrary: fc.constantFrom(0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    weight: 1,
  },
);

export const inputValues: fc.Arbitrary<TensorValue[]> = fc
  .tuple(
    ...INPUT_SHAPES.map((shape) => {
      const length = ops.sizeOf(shape);
      return fc
        .array(element, { minLength: length, maxLength: length })
        .map((values) => double(shape, values));
    }),
  )
  .map((values) => [...values]);

const UNARY = [ops.neg, ops.abs, ops.sign, ops.exp, ops.sqrt, ops.sin, ops.tanh, ops.sigmoid, ops.relu];
/** Denominators are never zero, since simplification does not preserve the sign of a zero. */
const divide = (a: Tensor, b: Tensor) => ops.div(a, ops.add(ops.square(b), 0.5));
const BINARY = [ops.add, ops.sub, ops.mul, divide, ops.maximum, ops.minimum];
const NEUTRAL: readonly ((x: Tensor) => Tensor)[] = [
  (x) => ops.mul(x, 1),
  (x) => ops.add(0, x),
  (x) => ops.sub(x, ops.zerosLike(x)),
  (x) => ops.div(x, 1),
  (x) => ops.pow(x, 1),
  (x) => ops.pow(x, 2),
  (x) => ops.pow(ops.abs(x), 0.5),
  (x) => ops.stopGradient(x),
  (x) => ops.mul(x, 0),
  (x) => ops.mul(ops.neg(x), ops.neg(x)),
  (x) => ops.sub(x, ops.neg(x)),
  (x) => ops.mul(x, ops.full(x.shape, 1, 'float64')),
  () => ops.add(ops.scalar(2, 'float64'), ops.mul(ops.scalar(3, 'float64'), 4)),
];

/** Runs instructions on tensors of any shape; returns all results in order. */
export function interpret(program: readonly Instruction[], initial: readonly Tensor[]): Tensor[] {
  const pool = [...initial];
  for (const { code, choices, body } of program)
    pool.push(...STEPS[code % STEPS.length]!(pool, choices, body));
  return pool;
}

type Step = (
  pool: readonly Tensor[],
  choices: readonly [number, number, number],
  body: readonly Instruction[],
) => readonly Tensor[];

const pick = <T>(items: readonly T[], choice: number): T => items[choice % items.length]!;

/** A tensor of the given shape, derived from the chosen one in the pool. */
function shaped(pool: readonly Tensor[], choice: number, shape: Shape): Tensor {
  const exact = pool.filter((tensor) => ops.sameShape(tensor.shape, shape));
  return exact.length > 0 ? pick(exact, choice) : ops.broadcast(ops.sum(pick(pool, choice)), shape);
}

const predicate = (pool: readonly Tensor[], choice: number) => {
  const test = ops.less(shaped(pool, choice, []), (choice % 3) - 1);
  return choice % 7 === 0 ? ops.scalar(choice % 2, 'bool') : choice % 5 === 0 ? ops.not(ops.not(test)) : test;
};

const MATRIX: Shape = [2, 3];
const VECTOR: Shape = [3];

const STEPS: readonly Step[] = [
  (pool, [a, b]) => [pick(UNARY, b)(pick(pool, a))],
  (pool, [a, b, c]) => [pick(BINARY, c)(shaped(pool, a, MATRIX), pick(pool.filter(fitsMatrix), b))],
  (pool, [a, b, c]) => [pick(BINARY, c)(shaped(pool, a, VECTOR), shaped(pool, b, b % 2 ? VECTOR : []))],
  (pool, [a, b]) => [pick(NEUTRAL, b)(pick(pool, a))],
  (pool, [a, b, c]) => [
    ops.select(ops.less(shaped(pool, a, VECTOR), shaped(pool, b, VECTOR)), shaped(pool, c, MATRIX), c % 3),
  ],
  (pool, [a, b]) => [ops.broadcast(ops.broadcast(shaped(pool, a, b % 2 ? VECTOR : []), VECTOR), MATRIX)],
  (pool, [a, b]) => [
    ops.sum(shaped(pool, a, MATRIX), { axes: [b % 2], keepDims: b % 3 === 0 }),
    ops.sum(ops.reshape(shaped(pool, a, VECTOR), [1, 3]), { axes: [0] }),
    ops.max(shaped(pool, b, MATRIX), { axes: [0] }),
  ],
  (pool, [a, b, c]) => {
    // A product of four forms, its transposes apart.
    const [x, y] = [shaped(pool, a, MATRIX), shaped(pool, b, MATRIX)];
    const square = c % 2 ? ops.matmul(x, ops.transpose(y)) : ops.matmul(ops.transpose(x), y);
    return c % 2 ? [ops.matmul(square, x)] : [ops.matmul(y, square, { transposeB: true })];
  },
  (pool, [a, b]) => {
    const x = shaped(pool, a, MATRIX);
    const twice = ops.transpose(ops.transpose(x));
    return [b % 2 ? twice : ops.reshape(ops.reshape(ops.reshape(x, [6]), [3, 2]), [2, 3])];
  },
  (pool, [a, b]) => {
    const joined = ops.concat([shaped(pool, a, VECTOR), shaped(pool, b, VECTOR)]);
    return [
      ops.slice(joined, [b % 4], [(b % 4) + 3]),
      ops.pad(ops.slice(joined, [0], [2]), [b % 2], [1 - (b % 2)]),
    ];
  },
  (pool, [a, b]) => {
    // Both outputs of a pooling are used, or one.
    const [image, filter] = [ops.reshape(shaped(pool, a, MATRIX), [1, 1, 2, 3]), shaped(pool, b, MATRIX)];
    const window = {
      window: [2, 1 + (b % 2)],
      strides: [1, 1],
      padding: [
        [a % 2, 0],
        [0, b % 2],
      ],
    } as const;
    const [values, positions] = emit('maxPool2d', window, [image]);
    const taken = emit1('maxPool2dTake', window, [ops.sin(image), positions!]);
    const convolved = ops.conv2d(image, ops.reshape(filter, [1, 1, 2, 3]), { padding: 'same' });
    const results = [convolved, ...(b % 3 ? [values!] : []), ...(a % 3 ? [taken] : [])];
    return results.map((y) => ops.sum(y, { axes: [0, 1] }));
  },
  (pool, [a, b]) => {
    // Random bits, of which both words, or one, are used.
    const key = ops.cast(ops.less(shaped(pool, a, VECTOR), 0), 'int32');
    const [x, y] = ops.threefry2x32([key, ops.scalar(b % 3, 'int32')], [ops.iota(3), key]);
    const bits = ops.shiftRight(b % 2 ? ops.xor(x, y) : y, 30);
    return [ops.mul(ops.cast(bits, 'float64'), shaped(pool, b, MATRIX))];
  },
  (pool, [a], body) =>
    [
      cond(
        predicate(pool, a),
        () => lastOfEach(interpret(body, pool)),
        () => lastOfEach(interpret(body.toReversed(), pool)),
      ),
    ].flat(),
  (pool, [a, b, c], body) => {
    const init = { k: ops.scalar(0, 'int32'), live: shaped(pool, a, MATRIX), dead: shaped(pool, b, VECTOR) };
    const result = whileLoop(
      ({ k }) => ops.less(k, c % 4),
      ({ k, live, dead }) => {
        const made = interpret(body, [...pool, live, dead]);
        return {
          k: ops.add(k, 1),
          live: ops.tanh(shaped(made, a + b, MATRIX)),
          dead: ops.add(dead, shaped(made, c, VECTOR)),
        };
      },
      init,
    );
    return b % 2 ? [result.live] : [result.live, result.dead];
  },
  (pool, [a, b, c], body) => {
    const { carry, ys } = ops.scan(
      ({ live, dead }, { row, element }) => {
        const made = interpret(body, [...pool, live, dead, row, element]);
        return {
          carry: {
            live: ops.tanh(shaped(made, a + b, VECTOR)),
            dead: ops.add(dead, shaped(made, c, MATRIX)),
          },
          y: { used: shaped(made, b, []), unused: shaped(made, c, VECTOR) },
        };
      },
      { live: shaped(pool, a, VECTOR), dead: shaped(pool, b, MATRIX) },
      { row: shaped(pool, b, MATRIX), element: shaped(pool, c, [2]) },
      { reverse: c % 2 === 0 },
    );
    return b % 2 ? [ys.used] : [...(a % 2 ? [carry.live] : []), carry.dead, ys.used, ys.unused];
  },
  // One program shared by both branches and a loop; two of its captures are equal, and one may be constant.
  (pool, [a, b, c], body) => {
    const shared = traceRaw(
      (x, y, z) => [ops.sin(shaped(interpret(body, [x!, y!, z!]), a, VECTOR))],
      [VECTOR, VECTOR, VECTOR].map((shape) => tensorType('float64', shape)),
    );
    const x = shaped(pool, a, VECTOR);
    const z = c % 2 ? shaped(pool, c, VECTOR) : ops.constant(double(VECTOR, [1, 2, 3]));
    const branch = emit1('cond', { ifTrue: shared, ifFalse: shared }, [predicate(pool, b), x, x, z]);
    const condition = neverTwice();
    const looped = emit(
      'while',
      { name: 'shared', conditionCaptures: 0, bodyCaptures: 2, condition, body: withCounter(shared) },
      [x, x, ops.scalar(0, 'int32'), branch],
    );
    return [branch, looped[1]!, ...inline(shared, [branch, z, x])];
  },
];

function fitsMatrix({ shape }: Tensor): boolean {
  const fitting = ops.broadcastShapes(shape, MATRIX);
  return fitting !== undefined && ops.sameShape(fitting, MATRIX);
}

/** The last tensor of each of the two shapes that a branch returns. */
function lastOfEach(pool: readonly Tensor[]): readonly Tensor[] {
  return [MATRIX, VECTOR].map((shape) => ops.add(shaped(pool, pool.length, shape), 0));
}

/** (k, carry) -> k < 2 */
function neverTwice(): Program {
  return traceRaw((k) => [ops.less(k!, 2)], [tensorType('int32'), tensorType('float64', VECTOR)]);
}

/** (x, y, k, carry) -> (k + 1, shared(x, y, carry)) */
function withCounter(shared: Program): Program {
  const types = [VECTOR, VECTOR].map((shape) => tensorType('float64', shape));
  return traceRaw(
    (x, y, k, carry) => [ops.add(k!, 1), ...inline(shared, [x!, y!, carry!])],
    [...types, tensorType('int32'), tensorType('float64', VECTOR)],
  );
}
