// What programs need that TensorFlow.js does not have.

import type { Atom, Program } from '@gaussmark/autodiff';

/** Why a program cannot run on any backend, or null. */
export function reasonAgainst(program: Program): string | null {
  return usesFloat64(program)
    ? 'has no float64: the tensors of TensorFlow.js are float32, int32 or bool'
    : null;
}

function usesFloat64({ inputs, equations, outputs }: Program): boolean {
  const isFloat64 = ({ type }: Atom) => type.dtype === 'float64';
  return (
    [...inputs, ...outputs].some(isFloat64) ||
    equations.some((equation) => {
      if ([...equation.inputs, ...equation.outputs].some(isFloat64)) return true;
      if (equation.primitive === 'while')
        return usesFloat64(equation.params.condition) || usesFloat64(equation.params.body);
      if (equation.primitive === 'cond')
        return usesFloat64(equation.params.ifTrue) || usesFloat64(equation.params.ifFalse);
      return false;
    })
  );
}
