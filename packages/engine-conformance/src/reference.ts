// The expected results of a program: evaluated in float64 throughout, then rounded to the outputs' dtypes.

import {
  type Atom,
  Constant,
  type DType,
  type Equation,
  mapSubPrograms,
  type Program,
  type TensorType,
  type TensorValue,
  toData,
  Variable,
} from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';

const WIDER: Readonly<Record<DType, DType>> = {
  float32: 'float64',
  float64: 'float64',
  int32: 'int32',
  bool: 'bool',
};

const widerType = ({ dtype, shape }: TensorType): TensorType => ({ dtype: WIDER[dtype], shape });

/** The value, converted from float32 to float64 if needed. */
export function widened({ type, data }: TensorValue): TensorValue {
  const wider = widerType(type);
  return { type: wider, data: type.dtype === 'float32' ? toData(wider.dtype, data) : data };
}

/** The outputs in their own dtypes. float32 programs are computed in float64: the reference must not include their rounding. */
export function referenceOutputs(program: Program, inputs: readonly TensorValue[]): TensorValue[] {
  const values = evaluate(inDoublePrecision(program), inputs.map(widened));
  return values.map(({ data }, i) => {
    const { type } = program.outputs[i]!;
    return { type, data: type.dtype === 'float32' ? toData('float32', data) : data };
  });
}

/** The program with float64 in place of every float32. */
export function inDoublePrecision(program: Program): Program {
  const atoms = new Map<Atom, Atom>();
  const wide = <A extends Atom>(atom: A): A => {
    const known = atoms.get(atom);
    if (known !== undefined) return known as A;
    const value = atom instanceof Constant ? widened(atom) : undefined;
    const made =
      value === undefined ? new Variable(widerType(atom.type)) : new Constant(value.type, value.data);
    atoms.set(atom, made);
    return made as Atom as A;
  };
  return {
    inputs: program.inputs.map(wide),
    equations: program.equations.map(
      (equation) =>
        ({
          primitive: equation.primitive,
          params: widerParams(equation),
          inputs: equation.inputs.map(wide),
          outputs: equation.outputs.map(wide),
        }) as Equation,
    ),
    outputs: program.outputs.map(wide),
  };
}

/** The parts of a primitive's parameters that have a dtype: that of a cast, and nested programs. */
function widerParams(equation: Equation): Equation['params'] {
  if (equation.primitive === 'cast') return { dtype: WIDER[equation.params.dtype] };
  return mapSubPrograms(equation, (inner) => inDoublePrecision(inner.program)).params;
}
