// Metered programs against an interpreter that counts every operation it runs.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  checkProgram,
  cond,
  costOf,
  type Equation,
  less,
  loopOperands,
  loopsOf,
  meter,
  mul,
  type Program,
  programCost,
  scalar,
  scan,
  scanOperands,
  scanResults,
  simplify,
  sin,
  sub,
  sum,
  Tensor,
  type TensorValue,
  tensorType,
  trace,
  whileLoop,
} from '../src/index.js';
import { evaluate, evaluateEquation } from '../src/reference.js';
import { bool, double, int32 } from './values.js';

const COUNT = tensorType('int32');
const VECTOR = tensorType('float64', [3]);

/** Runs a program equation by equation; returns its values, and the operations and bytes of everything that ran. */
function runAndBill(
  { inputs, equations, outputs }: Program,
  given: readonly TensorValue[],
): { readonly values: readonly TensorValue[]; readonly flops: number; readonly bytes: number } {
  const scope = new Map<unknown, TensorValue>(inputs.map((input, i) => [input, given[i]!]));
  const read = (atom: Program['outputs'][number]) => scope.get(atom) ?? (atom as unknown as TensorValue);
  let [flops, bytes] = [0, 0];
  const run = (program: Program, operands: readonly TensorValue[]) => {
    const ran = runAndBill(program, operands);
    flops += ran.flops;
    bytes += ran.bytes;
    return ran.values;
  };
  const results = (equation: Equation): readonly TensorValue[] => {
    const operands = equation.inputs.map(read);
    if (equation.primitive === 'cond')
      return run(operands[0]!.data[0] ? equation.params.ifTrue : equation.params.ifFalse, operands.slice(1));
    if (equation.primitive === 'while') {
      const captures = loopOperands(equation.params, operands);
      let { carry } = captures;
      while (run(equation.params.condition, [...captures.condition, ...carry])[0]!.data[0])
        carry = run(equation.params.body, [...captures.body, ...carry]);
      return carry;
    }
    if (equation.primitive === 'scan') {
      // Its values from the reference, its bill from running the body as often.
      const { captures, carry: init, xs } = scanOperands(equation.params, operands);
      let carry = init;
      for (let turn = 0; turn < equation.params.length; turn++) {
        const i = equation.params.reverse ? equation.params.length - 1 - turn : turn;
        const elements = xs.map(({ type, data }) => {
          const size = data.length / equation.params.length;
          const elementType = { dtype: type.dtype, shape: type.shape.slice(1) };
          return { type: elementType, data: data.slice(i * size, (i + 1) * size) };
        });
        carry = scanResults(
          equation.params,
          run(equation.params.body, [...captures, ...carry, ...elements]),
        ).carry;
      }
      return evaluateEquation(equation, operands);
    }
    const alone = programCost({ inputs: [], equations: [equation], outputs: [] });
    flops += alone.flops;
    bytes += alone.bytes;
    return evaluateEquation(equation, operands);
  };
  for (const equation of equations) {
    const values = results(equation);
    for (const [i, output] of equation.outputs.entries()) scope.set(output, values[i]!);
  }
  return { values: outputs.map(read), flops, bytes };
}

/** Checks a program's meter on inputs, and that of its simplified form; returns the counts. */
function checkMeter(program: Program, inputs: readonly TensorValue[]): readonly number[] {
  const { program: metered, sites, cost } = meter(program);
  checkProgram(metered);
  expect(metered.inputs).toEqual(program.inputs);
  const { values, ...billed } = runAndBill(program, inputs);
  const all = evaluate(metered, inputs);
  expect(all.slice(0, values.length)).toEqual(values);
  if (sites.length === 0) return [];
  const counts = Array.from(all.at(-1)!.data);
  expect(counts).toHaveLength(sites.length);
  expect(costOf(cost, counts)).toEqual(billed);
  const smaller = simplify(metered);
  checkProgram(smaller);
  expect(evaluate(smaller, inputs)).toEqual(all);
  return counts;
}

const up = (k: Tensor) => add(k, 1);

describe('a meter', () => {
  it('returns a program without loops and branches unchanged', () => {
    const { program } = trace((x: Tensor) => sin(mul(x, x)), VECTOR);
    const metered = meter(program);
    expect(metered.program).toBe(program);
    expect(metered.sites).toEqual([]);
    expect(costOf(metered.cost, [])).toEqual({ flops: 6, bytes: 8 * 3 * 4 });
  });

  it('counts iterations that are only known at run time', () => {
    const { program } = trace(
      (n: Tensor, x: Tensor) =>
        whileLoop(
          (y) => less(sum(y), n),
          (y) => add(y, 1),
          x,
          { name: 'grow' },
        ),
      tensorType('float64'),
      VECTOR,
    );
    expect(meter(program).sites).toEqual([{ kind: 'loop', name: 'grow' }]);
    const from = (limit: number) => checkMeter(program, [double([], [limit]), double([3], [0, 0, 0])]);
    expect([from(-1), from(3), from(7)]).toEqual([[0], [1], [3]]);
    expect(costOf(meter(program).cost, [3]).flops).toBe(4 * (3 + 1) + 3 * 3);
  });

  it('adds nothing to a loop that counts its own iterations', () => {
    const counting = (result: 'counter' | 'vector') =>
      trace((x: Tensor) => {
        const last = whileLoop(
          ({ k }) => less(k, 5),
          ({ k, y }) => ({ k: up(k), y: sin(y) }),
          { k: scalar(0, 'int32'), y: x },
        );
        return result === 'counter' ? last : last.y;
      }, VECTOR).program;
    for (const program of [counting('counter'), counting('vector')]) {
      expect(checkMeter(program, [double([3], [1, 2, 3])])).toEqual([5]);
      const size = (of: Program) => loopsOf(of)[0]!.params.body.equations.length;
      expect(size(meter(program).program)).toBe(size(program));
    }
  });

  it.each([
    ['starts elsewhere', scalar(1, 'int32'), (k: Tensor) => add(k, 1)],
    ['takes other steps', scalar(0, 'int32'), (k: Tensor) => add(k, 2)],
    ['counts down', scalar(0, 'int32'), (k: Tensor) => add(k, -1)],
  ])('does not take for a counter what %s', (_, start, next) => {
    const { program } = trace(
      (x: Tensor) =>
        whileLoop(
          ({ y }) => less(sum(y), 9),
          ({ k, y }) => ({ k: next(k), y: add(y, 1) }),
          { k: start, y: x },
        ),
      VECTOR,
    );
    expect(checkMeter(program, [double([3], [0, 0, 0])])).toEqual([3]);
  });

  it('counts the side of a branch that ran', () => {
    const { program } = trace(
      (p: Tensor, x: Tensor) =>
        cond(
          p,
          () => sin(sin(sin(x))),
          () => x,
        ),
      tensorType('bool'),
      VECTOR,
    );
    expect(meter(program).sites).toEqual([{ kind: 'branch', name: '' }]);
    expect([1, 0].map((p) => checkMeter(program, [bool([], [p]), double([3], [1, 2, 3])]))).toEqual([
      [1],
      [0],
    ]);
    expect([1, 0].map((taken) => costOf(meter(program).cost, [taken]).flops)).toEqual([9, 0]);
    expect(programCost(program).flops).toBe(9);
  });

  it('counts inside a scan, but not the scan itself, whose length is known', () => {
    const { program } = trace(
      (ns: Tensor, x: Tensor) =>
        scan(
          (total: Tensor, n: Tensor) => {
            const { y } = whileLoop(
              ({ k }) => less(k, n),
              ({ k, y }) => ({ k: up(k), y: sin(y) }),
              { k: scalar(0, 'int32'), y: total },
              { name: 'inside' },
            );
            return { carry: y, y: sum(y) };
          },
          x,
          ns,
        ),
      tensorType('int32', [4]),
      VECTOR,
    );
    expect(meter(program).sites).toEqual([{ kind: 'loop', name: 'inside' }]);
    const counts = checkMeter(program, [int32([4], [2, 0, 1, 3]), double([3], [1, 2, 3])]);
    expect(counts).toEqual([6]);
    // Four sums of three, ten conditions, and six turns of an addition and three sines.
    expect(costOf(meter(program).cost, counts).flops).toBe(4 * 3 + 10 + 6 * (1 + 3));
  });

  it('counts loops and branches inside a condition', () => {
    const { program } = trace(
      (x: Tensor) =>
        whileLoop(
          ({ y }) => {
            const searched = whileLoop(
              (z) => less(sum(z), 3),
              (z) => add(z, 1),
              y,
              { name: 'inside' },
            );
            return cond(
              less(sum(y), 6),
              () => less(sum(sin(searched)), 9),
              () => less(sum(searched), 9),
            );
          },
          ({ y }) => ({ y: add(y, 1) }),
          { y: x },
          { name: 'outside' },
        ),
      VECTOR,
    );
    // Sums 0, 3, 6, 9: four conditions, the first of them with a turn of the inner loop; two take the true side.
    const counts = checkMeter(program, [double([3], [0, 0, 0])]);
    const { sites } = meter(program);
    const named = (name: string) =>
      counts.filter((_, i) => sites[i]!.name === name).reduce((total, count) => total + count, 0);
    expect([named('outside'), named('inside'), named('')]).toEqual([3, 1, 2]);
  });
});

/** A statement on (k, x): work, a loop with a number of iterations, or one of two blocks chosen by k. */
type Statement =
  | { readonly kind: 'work' }
  | { readonly kind: 'loop'; readonly turns: number; readonly counted: boolean; readonly body: Statement[] }
  | {
      readonly kind: 'tested';
      readonly turns: number;
      readonly test: Statement[];
      readonly body: Statement[];
    }
  | { readonly kind: 'scan'; readonly over: 'elements' | 'nothing'; readonly body: Statement[] }
  | { readonly kind: 'branch'; readonly below: number; readonly yes: Statement[]; readonly no: Statement[] };

type At = { readonly k: Tensor; readonly x: Tensor };

function emitAll(statements: readonly Statement[], start: At): At {
  let at = start;
  for (const statement of statements) at = emitOne(statement, at);
  return at;
}

function emitOne(statement: Statement, { k: firstK, x: firstX }: At): At {
  const start = { i: scalar(0, 'int32'), k: firstK, x: firstX };
  const dropCounter = ({ k, x }: At): At => ({ k, x });
  switch (statement.kind) {
    case 'work':
      return { k: up(firstK), x: sin(firstX) };
    case 'loop': {
      const { turns, counted, body } = statement;
      return dropCounter(
        whileLoop(
          ({ i }) => less(i, turns),
          ({ i, k, x }) => ({ i: counted ? up(i) : sub(i, -1), ...emitAll(body, { k, x }) }),
          start,
        ),
      );
    }
    case 'tested': {
      const { turns, test, body } = statement;
      return dropCounter(
        whileLoop(
          ({ i, k, x }) => less(add(i, mul(0, emitAll(test, { k, x }).k)), turns),
          ({ i, k, x }) => ({ i: up(i), ...emitAll(body, { k, x }) }),
          start,
        ),
      );
    }
    case 'scan': {
      const step = (at: At, element: Tensor | readonly Tensor[]) => {
        const next = emitAll(statement.body, at);
        return { carry: next, y: element instanceof Tensor ? mul(element, next.x) : next.k };
      };
      const at = { k: firstK, x: firstX };
      return statement.over === 'nothing'
        ? scan(step, at, [], { length: 2 }).carry
        : (({ carry, ys }) => ({ k: carry.k, x: sum(ys as Tensor, { axes: [0] }) }))(
            scan(step, at, firstX, { reverse: true }),
          );
    }
    case 'branch':
      return cond(
        less(firstK, statement.below),
        () => emitAll(statement.yes, { k: firstK, x: firstX }),
        () => emitAll(statement.no, { k: firstK, x: firstX }),
      );
    default:
      return statement satisfies never;
  }
}

const { block } = fc.letrec<{ block: Statement[]; statement: Statement }>((tie) => ({
  block: fc.array(tie('statement'), { minLength: 1, maxLength: 3 }),
  statement: fc.oneof(
    { maxDepth: 3 },
    fc.constant<Statement>({ kind: 'work' }),
    fc.record({
      kind: fc.constant('loop' as const),
      turns: fc.integer({ min: 0, max: 3 }),
      counted: fc.boolean(),
      body: tie('block'),
    }),
    fc.record({
      kind: fc.constant('tested' as const),
      turns: fc.integer({ min: 0, max: 2 }),
      test: tie('block'),
      body: tie('block'),
    }),
    fc.record({
      kind: fc.constant('scan' as const),
      over: fc.constantFrom('elements', 'nothing'),
      body: tie('block'),
    }),
    fc.record({
      kind: fc.constant('branch' as const),
      below: fc.integer({ min: 0, max: 6 }),
      yes: tie('block'),
      no: tie('block'),
    }),
  ),
}));

it('is exact for any nesting of loops and branches', () => {
  let nested = 0;
  fc.assert(
    fc.property(block, fc.integer({ min: 0, max: 3 }), (statements, k) => {
      const { program } = trace((start: At) => emitAll(statements, start), { k: COUNT, x: VECTOR });
      const counts = checkMeter(program, [int32([], [k]), double([3], [0.1, 0.2, 0.3])]);
      if (counts.length > 2) nested++;
    }),
    { numRuns: 100, seed: 12 },
  );
  expect(nested).toBeGreaterThan(20);
});
