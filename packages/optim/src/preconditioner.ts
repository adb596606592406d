// Diagonal preconditioners for conjugate gradients.

import {
  demandOptions,
  div,
  FLOAT_LIMITS,
  type FloatDType,
  max,
  maximum,
  minimum,
  neg,
  pow,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { demandFinite, demandNonNegative } from './demands.js';

export interface DiagonalPreconditionerOptions {
  /** The exponent of d. Martens uses 3/4. */
  readonly exponent: number;
  /** The smallest possible value of d; determines whether its inverse power can overflow. */
  readonly least: number;
}

/**
 * r -> r / d^exponent elementwise, for a positive diagonal d: squared gradients plus the damping, for example, which
 * approximate the diagonal of the Fisher matrix.
 *
 * Multiples of a preconditioner give the same CG iterates. If `least` would make the inverse overflow, (min d / d)^exponent is used.
 *
 * @param d shaped like the residuals
 * @example
 * const d = tree.map((g) => add(mul(g, g), 1e-3), grad);
 * const precondition = diagonalPreconditioner(d, { exponent: 0.75, least: 1e-3 });
 * const halve = diagonalPreconditioner({ w: full([3], 4, 'float64') }, { exponent: 0.5, least: 1e-3 });
 * halve({ w: iota(3, 'float64') }); // = { w: [0, 0.5, 1] }
 * @see Martens, Deep learning via Hessian-free optimization, 2010, section 4.7
 */
export function diagonalPreconditioner<T extends Tree<Tensor>>(
  d: T,
  options: DiagonalPreconditionerOptions,
): (residual: T) => T {
  demandOptions('diagonalPreconditioner', options, ['exponent', 'least']);
  const { exponent, least } = options;
  demandFinite('diagonalPreconditioner', { exponent });
  demandNonNegative('diagonalPreconditioner', 'least', least);
  const { smallestNormal, largest } = FLOAT_LIMITS[tree.leaves<Tensor>(d)[0]!.dtype as FloatDType];
  const inverse =
    least ** -exponent <= Math.sqrt(largest)
      ? tree.map((x: Tensor) => div(1, pow(x, exponent)), d)
      : relativeTo(smallestNormal, d, (share) => pow(share, exponent));
  return (residual) => vector.mul(inverse as T, residual);
}

/** `of(min d / d)` elementwise, with d clamped to at least `floor`. */
function relativeTo<T extends Tree<Tensor>>(
  floor: number,
  d: T,
  of: (share: Tensor) => Tensor,
): Tree<Tensor> {
  const positive = tree.map((x: Tensor) => maximum(x, floor), d);
  const least = tree
    .leaves<Tensor>(positive)
    .map((x) => neg(max(neg(x))))
    .reduce(minimum);
  return tree.map((x: Tensor) => of(div(least, x)), positive);
}
