// Sub-programs and substitution: laws on random programs with loops and branches.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ops from '../src/index.js';
import {
  type Atom,
  Constant,
  checkProgram,
  cond,
  dtypesOf,
  type Equation,
  instantiate,
  loopOperands,
  loopsOf,
  mapSubPrograms,
  type Program,
  printProgram,
  programsIn,
  subPrograms,
  type Tensor,
  tensorType,
  trace,
  Variable,
  whileLoop,
} from '../src/index.js';
import { evaluate } from '../src/reference.js';
import { substitute } from '../src/substitution.js';
import { INPUT_TYPES, inputValues, instructions, interpret, traceRaw } from './generate.js';

const RUNS = { numRuns: 50 };

const programs = instructions.map((code) =>
  traceRaw((...pool) => interpret(code, pool).slice(-2), INPUT_TYPES),
);

/** Programs among the parameters, recognized by their shape. */
const nested = ({ params }: Equation): Program[] =>
  Object.values(params).filter(
    (value): value is Program => typeof value === 'object' && 'equations' in value,
  );

const countAll = (program: Program): number =>
  program.equations.reduce(
    (total, equation) =>
      total + 1 + nested(equation).reduce((sum: number, inner) => sum + countAll(inner), 0),
    0,
  );

const renewed = ({ inputs }: Program) => inputs.map(({ type }) => new Variable(type));
const pairs = (from: readonly Atom[], to: readonly Atom[]) =>
  new Map(from.map((atom, i) => [atom, to[i]!] as const));

describe('sub-programs', () => {
  it('are all programs among the parameters, with captures typed like their leading inputs', () => {
    fc.assert(
      fc.property(programs, (program) => {
        for (const { equations } of programsIn(program)) {
          for (const equation of equations) {
            const found = subPrograms(equation);
            expect(new Set(found.map((inner) => inner.program))).toEqual(new Set(nested(equation)));
            for (const { program: inner, captures } of found)
              expect(inner.inputs.slice(0, captures.length).map(({ type }) => type)).toEqual(
                captures.map(({ type }) => type),
              );
          }
        }
      }),
      RUNS,
    );
  });

  it('are visited once, with every equation', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const visited = [...programsIn(program)];
        expect(visited[0]).toBe(program);
        expect(visited.flatMap(({ equations }) => equations)).toHaveLength(countAll(program));
      }),
      RUNS,
    );
  });

  it('stay the same under the identity map', () => {
    const copied = (program: Program): Program => ({
      ...program,
      equations: program.equations.map((equation) =>
        mapSubPrograms(equation, (inner) => copied(inner.program)),
      ),
    });
    fc.assert(
      fc.property(programs, (program) => {
        expect(copied(program)).toEqual(program);
        expect(printProgram(copied(program))).toBe(printProgram(program));
      }),
      RUNS,
    );
  });

  it('are replaced in the order they are listed', () => {
    fc.assert(
      fc.property(programs, (program) => {
        for (const equation of program.equations) {
          const others = subPrograms(equation).map((inner) => ({ ...inner, program: { ...inner.program } }));
          let next = 0;
          const mapped = mapSubPrograms(equation, ({ role }) => {
            expect(role).toBe(others[next]!.role);
            return others[next++]!.program;
          });
          for (const [i, inner] of subPrograms(mapped).entries())
            expect(inner.program).toBe(others[i]!.program);
          if (others.length === 0) expect(mapped).toBe(equation);
        }
      }),
      RUNS,
    );
  });

  it('contribute their dtypes', () => {
    const { program } = trace(
      (p: Tensor, x: Tensor) =>
        cond(
          p,
          () => ops.cast(ops.sin(ops.cast(x, 'float64')), 'float32'),
          () => x,
        ),
      tensorType('bool'),
      tensorType('float32'),
    );
    expect([...dtypesOf(program)].toSorted()).toEqual(['bool', 'float32', 'float64']);
  });
});

describe('loops', () => {
  const { program } = trace(
    (x: Tensor, y: Tensor) => {
      const inner = (z: Tensor) =>
        whileLoop(
          (w) => ops.less(ops.sum(w), 3),
          (w) => ops.add(w, z),
          z,
          { name: 'inner' },
        );
      const outer = whileLoop(
        ({ z }) => ops.less(ops.sum(z), ops.sum(y)),
        ({ k, z }) => ({ k: ops.add(k, 1), z: ops.add(ops.mul(z, x), inner(z)) }),
        { k: ops.scalar(0, 'int32'), z: x },
        { name: 'outer' },
      );
      return [outer.k, outer.z, inner(y)];
    },
    tensorType('float64', [3]),
    tensorType('float64', [3]),
  );

  it('are listed in order, outermost only', () => {
    expect(loopsOf(program).map(({ params }) => params.name)).toEqual(['outer', 'inner']);
  });

  it('divide their operands into captures and carry', () => {
    const { params, inputs } = loopsOf(program)[0]!;
    const { condition, body, carry } = loopOperands(params, inputs);
    expect([...condition, ...body, ...carry]).toEqual(inputs);
    expect(condition).toHaveLength(params.condition.inputs.length - carry.length);
    expect(body).toHaveLength(params.body.inputs.length - carry.length);
    expect(carry.map(({ type }) => type.dtype)).toEqual(['int32', 'float64']);
  });
});

describe('substitution', () => {
  it('of variables is undone by the inverse', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const others = renewed(program);
        const there = substitute(program, pairs(program.inputs, others));
        expect(printProgram({ ...there, inputs: others })).toBe(printProgram(program));
        const back = substitute(there, pairs(others, program.inputs));
        for (const [i, { inputs }] of program.equations.entries())
          for (const [j, input] of inputs.entries()) expect(back.equations[i]!.inputs[j]).toBe(input);
        for (const [i, output] of program.outputs.entries()) expect(back.outputs[i]).toBe(output);
      }),
      RUNS,
    );
  });
});

describe('instantiation', () => {
  it('on other variables gives the same program, any number of times', () => {
    fc.assert(
      fc.property(programs, (program) => {
        const others = renewed(program);
        const [one, two] = [instantiate(program, others), instantiate(program, others)];
        expect(printProgram({ inputs: others, ...one })).toBe(printProgram(program));
        checkProgram({
          inputs: others,
          equations: [...one.equations, ...two.equations],
          outputs: [...one.outputs, ...two.outputs],
        });
      }),
      RUNS,
    );
  });

  it("on constants evaluates to the program's value there", () => {
    fc.assert(
      fc.property(programs, inputValues, (program, values) => {
        const constants = values.map(({ type, data }) => new Constant(type, data));
        expect(evaluate({ inputs: [], ...instantiate(program, constants) }, [])).toEqual(
          evaluate(program, values),
        );
      }),
      RUNS,
    );
  });

  it('computes the requested results', () => {
    const vector = tensorType('float64', [3]);
    const { program } = trace((x: Tensor) => [ops.sin(x), ops.exp(ops.sin(x))], vector);
    const results = [new Variable(vector), new Variable(vector)];
    const instance = instantiate(program, program.inputs, results);
    expect(instance.outputs).toEqual(results);
    for (const [i, output] of instance.outputs.entries()) expect(output).toBe(results[i]);
    checkProgram({ inputs: program.inputs, ...instance });
  });
});
