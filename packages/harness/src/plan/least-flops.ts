// The minimum number of operations in any run of a program, derived before it runs.

import {
  type Atom,
  Constant,
  type EquationOf,
  equationCost,
  ownCounter,
  type Program,
} from '@gaussmark/autodiff';

/**
 * A lower bound of what `meter` counts in any run: the cheaper side of a branch; for a loop, the iterations determined by its counter
 * alone (`k < 5`, from 0), and none if the data decide.
 *
 * @example
 * leastFlops(trace((x: Tensor) => add(mul(x, x), 1), { dtype: 'float64', shape: [3] }).program); // = 6
 */
export function leastFlops({ equations }: Program): number {
  return equations.reduce((total, equation) => {
    switch (equation.primitive) {
      case 'cond': {
        const { ifTrue, ifFalse } = equation.params;
        return total + Math.min(leastFlops(ifTrue), leastFlops(ifFalse));
      }
      case 'scan':
        return total + equation.params.length * leastFlops(equation.params.body);
      case 'while': {
        const { condition, body } = equation.params;
        const test = leastFlops(condition);
        return total + test + leastTurns(equation) * (test + leastFlops(body));
      }
      default:
        return total + equationCost(equation).flops;
    }
  }, 0);
}

/** The iterations of a loop with condition `k < n` or `k <= n`, where k is the loop's own counter and n a constant; else 0. */
function leastTurns(loop: EquationOf<'while'>): number {
  const { condition, conditionCaptures } = loop.params;
  const counter = ownCounter(loop);
  const [test, ...others] = condition.equations;
  if (counter === undefined || test === undefined || others.length > 0) return 0;
  if (test.primitive !== 'less' && test.primitive !== 'lessEqual') return 0;
  const [k, n] = test.inputs;
  if (test.outputs[0] !== condition.outputs[0] || k !== condition.inputs[conditionCaptures + counter])
    return 0;
  const captured = condition.inputs.slice(0, conditionCaptures).indexOf(n as never);
  const limit: Atom | undefined = captured < 0 ? n : loop.inputs[captured];
  if (!(limit instanceof Constant)) return 0;
  const turns = Number(limit.data[0]) + (test.primitive === 'lessEqual' ? 1 : 0);
  return Math.max(0, Math.ceil(turns));
}
