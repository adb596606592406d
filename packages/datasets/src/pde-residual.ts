// The residual of a differential equation: a network's derivatives in its inputs, by forward mode.

import {
  add,
  broadcast,
  constant,
  jvp,
  mul,
  slice,
  square,
  sub,
  type Tensor,
  tensorValue,
} from '@gaussmark/autodiff';
import type { DatasetSpec, NetworkFunction, Residual } from '@gaussmark/core';
import type { KnownEquation } from './equations.js';

/**
 * Of inputs (M, d + 2), points x and factors a and b: the outputs a L u(x) + b u(x), and the errors `L2` and `H1` against the solution.
 */
export function residualOf(equation: KnownEquation, network: DatasetSpec): Residual {
  const [d] = network.input.shape as readonly [number];
  const axes = Array.from({ length: d }, (_, axis) => axis);
  const columns = (inputs: Tensor, from: number, to: number) =>
    slice(inputs, [0, from], [inputs.shape[0]!, to]);
  return {
    network,
    outputs(u, inputs) {
      const x = columns(inputs, 0, d);
      const curved = new Set(equation.secondAxes(d));
      const along = axes.map((axis) => derivative(u, x, axis, curved.has(axis)));
      const operator = equation.operator({
        first: along.map(({ first }) => first),
        second: along.flatMap(({ second }) => second ?? []),
      });
      return add(mul(columns(inputs, d, d + 1), operator), mul(columns(inputs, d + 1, d + 2), u(x)));
    },
    squaredErrors(u, inputs) {
      const x = columns(inputs, 0, d);
      const difference = (at: Tensor) => sub(u(at), equation.solutionOf(at));
      const l2 = square(difference(x));
      const slopes = axes.map((axis) => square(derivative(difference, x, axis, false).first));
      return { L2: l2, H1: slopes.reduce((total, each) => add(total, each), l2) };
    },
  };
}

/** The derivatives of a function along an axis, (M, 1): the second is the derivative of the first. */
function derivative(
  u: NetworkFunction,
  x: Tensor,
  axis: number,
  twice: boolean,
): { readonly first: Tensor; readonly second?: Tensor } {
  const first = (at: Tensor) => jvp(u, at, direction(at, axis)).tangent;
  if (!twice) return { first: first(x) };
  const { value, tangent } = jvp(first, x, direction(x, axis));
  return { first: value, second: tangent };
}

/** The unit vector of an axis for every point, (M, d). */
function direction({ shape, dtype }: Tensor, axis: number): Tensor {
  const unit = Array.from({ length: shape[1]! }, (_, k) => Number(k === axis));
  return broadcast(constant(tensorValue(dtype, [unit.length], unit)), shape);
}
