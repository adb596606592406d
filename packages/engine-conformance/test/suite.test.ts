// The suite itself: well-formed cases for every primitive and dtype.

import * as ops from '@gaussmark/autodiff';
import {
  checkProgram,
  type DType,
  type Equation,
  inferTypes,
  isControlFlow,
  type Primitive,
  printProgram,
  type TensorType,
  tensorValue,
  trace,
} from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { conformanceCases, referenceOutputs, TOLERANCES } from '../src/index.js';
import { inDoublePrecision } from '../src/reference.js';

const CASES = conformanceCases();
const PRIMITIVES = Object.keys(TOLERANCES) as Primitive[];

/** The only equation of a single-primitive case. */
const equationOf = (program: ops.Program): Equation => program.equations[0]!;

describe('the suite', () => {
  it('has well-formed programs', () => {
    for (const { program } of CASES) checkProgram(program);
  });

  it('gives every case a unique name', () => {
    const names = CASES.map(({ subject, dtype, name }) => `${subject}, ${dtype}, ${name}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it.each(PRIMITIVES)('runs %s in its cases', (primitive) => {
    const own = CASES.filter(({ subject }) => subject === primitive);
    expect(own.length).toBeGreaterThan(0);
    for (const { program } of own) expect(printProgram(program)).toMatch(new RegExp(`= ${primitive}\\b`));
  });

  it('has a case for every dtype that the type rules allow', () => {
    const dtypes = ['float32', 'float64', 'int32', 'bool'] as const;
    const missing = PRIMITIVES.filter((primitive) => !isControlFlow(primitive)).flatMap((primitive) => {
      const own = CASES.filter(({ subject }) => subject === primitive).map(({ program }) =>
        equationOf(program),
      );
      const covered = new Set(own.map((equation) => dataTypeOf(equation)));
      return dtypes
        .filter((dtype) => !covered.has(dtype) && own.some((equation) => admits(equation, dtype)))
        .map((dtype) => `${primitive} ${dtype}`);
    });
    expect(missing).toEqual([]);
  });

  it('states the number of iterations of its loops', () => {
    const counted = CASES.filter(({ iterations }) => iterations !== undefined);
    expect(counted.length).toBeGreaterThan(20);
    expect(counted.some(({ iterations }) => Object.values(iterations!).includes(0))).toBe(true);
  });
});

/** The operand whose dtype is free; predicates and indices have fixed ones. */
const dataPosition = ({ primitive }: Equation): number => (primitive === 'select' ? 1 : 0);

const dataTypeOf = (equation: Equation): DType => equation.inputs[dataPosition(equation)]!.type.dtype;

/** Whether the equation would be valid with its data in another dtype. */
function admits({ primitive, params, inputs, ...rest }: Equation, dtype: DType): boolean {
  const own = dataTypeOf({ primitive, params, inputs, ...rest } as Equation);
  const types = inputs.map(({ type }, i): TensorType => {
    const isData =
      type.dtype === own && !(primitive === 'select' && i === 0) && !(isIndexed(primitive) && i === 1);
    return isData ? { dtype, shape: type.shape } : type;
  });
  try {
    inferTypes(primitive, params, types);
    return true;
  } catch {
    return false;
  }
}

const isIndexed = (primitive: Primitive) =>
  ['take', 'scatterAdd', 'maxPool2dTake', 'maxPool2dScatter'].includes(primitive);

describe('the reference', () => {
  it('computes a float32 program in float64, and rounds once', () => {
    const { program } = trace((x: ops.Tensor) => ops.sub(ops.add(x, 1), 1), { dtype: 'float32', shape: [1] });
    const x = Math.fround(1e-9);
    const [value] = referenceOutputs(program, [tensorValue('float32', [1], [x])]);
    // In float32, 1 + 1e-9 is 1 and nothing is left; in float64, some digits are.
    expect(value!.type).toEqual({ dtype: 'float32', shape: [1] });
    expect(value!.data).toEqual(Float32Array.of(1 + x - 1));
    expect(value!.data[0]).toBeGreaterThan(0.9e-9);
  });

  it('is a well-formed program without float32, including loops and branches', () => {
    for (const { program } of CASES) {
      const wide = inDoublePrecision(program);
      checkProgram(wide);
      expect(printProgram(wide)).not.toContain('float32');
    }
  });
});
