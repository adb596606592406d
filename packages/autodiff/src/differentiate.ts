// Derivatives of traced functions: jvp, linearize, vjp, grad.

import { jvpProgram, type Tangent } from './jvp.js';
import * as ops from './ops.js';
import type { Program } from './program.js';
import { simplify } from './simplify.js';
import { Builder, currentBuilder, inline, Tensor, withBuilder } from './trace.js';
import { LinearInput, transposeProgram } from './transpose.js';
import { leaves, type Structure, structureOf, type Tree, unflatten } from './tree.js';
import { formatType, isFloat, sameType } from './types.js';

/** A function of a tree of tensors. */
export type TensorFunction<A extends Tree<Tensor>, R extends Tree<Tensor>> = (at: A) => R;

/** A function at a point, with its Jacobian J there. It was evaluated once; products with J reuse its residuals. */
export interface Linearized<A extends Tree<Tensor>, R extends Tree<Tensor>> {
  readonly value: R;
  /** J v. `v` is shaped like the point, the result like the value. */
  jvp(v: A): R;
  /** J' u. `u` is shaped like the value, the result like the point. */
  vjp(u: R): A;
}

/** A traced function to differentiate, with the outer tensors it uses, which count as constants. */
export interface Subject {
  readonly program: Program;
  readonly captures: readonly Tensor[];
  readonly output: Structure;
}

/** @internal */
export function traceSubject(
  what: string,
  fn: (at: never) => Tree<Tensor>,
  input: Structure,
  flat: readonly Pick<Tensor, 'type'>[],
): Subject {
  const builder = new Builder(currentBuilder(what), false);
  return withBuilder(builder, () => {
    const result = fn(
      unflatten(
        input,
        flat.map((tensor) => builder.input(tensor.type)),
      ) as never,
    );
    const output = structureOf(result, `${what}: the result of the function`);
    return { ...builder.close(leaves(result, output)), output };
  });
}

function demandTypes(what: string, got: readonly Tensor[], expected: readonly Tensor[]): void {
  for (const [i, tensor] of got.entries()) {
    if (sameType(tensor.type, expected[i]!.type)) continue;
    throw new TypeError(`${what}: expected ${formatType(expected[i]!.type)}, got ${formatType(tensor.type)}`);
  }
}

/** A tangent for each float tensor, `null` for the others. */
function directions(primals: readonly Tensor[], tangents: readonly Tensor[]): Tangent[] {
  return primals.map((primal, i) => (isFloat(primal.dtype) ? tangents[i]! : null));
}

/**
 * f(x) and its derivative in the direction v, J v, in one forward evaluation.
 *
 * @param tangent shaped and typed like `at`
 * @throws TypeError if its structure or types are others
 * @example
 * const x = scalar(3, 'float64');
 * jvp((x: Tensor) => mul(x, x), x, scalar(1, 'float64')); // = { value: 9, tangent: 6 }
 */
export function jvp<A extends Tree<Tensor>, R extends Tree<Tensor>>(
  fn: TensorFunction<A, R>,
  at: A,
  tangent: A,
): { readonly value: R; readonly tangent: R } {
  const input = structureOf(at, 'jvp: the point');
  const primals = leaves<Tensor>(at, input);
  const tangents = leaves<Tensor>(tangent, input, 'jvp: the tangent');
  demandTypes('jvp: the tangent must have the types of the point', tangents, primals);
  const { program, captures, output } = traceSubject('jvp', fn, input, primals);
  const result = jvpProgram(
    program,
    [...captures, ...primals],
    [...captures.map(() => null), ...directions(primals, tangents)],
    'joint',
  );
  const derivative = result.tangents.map((t, i) => t ?? ops.zerosLike(result.primals[i]!));
  return { value: unflatten(output, result.primals) as R, tangent: unflatten(output, derivative) as R };
}

/**
 * f(x), and its Jacobian at x as a linear map that can be applied any number of times, forward and backward.
 *
 * This is jvp with partial evaluation: everything that depends only on x is computed here, once; everything that depends on the
 * direction is kept as a linear program over the residuals.
 *
 * @example
 * const { value, jvp, vjp } = linearize((x: Tensor) => mul(x, x), iota(3, 'float64'));
 * value; // = [0, 1, 4]
 * jvp(full([3], 1, 'float64')); // = [0, 2, 4]
 * vjp(full([3], 1, 'float64')); // = [0, 2, 4]
 */
export function linearize<A extends Tree<Tensor>, R extends Tree<Tensor>>(
  fn: TensorFunction<A, R>,
  at: A,
): Linearized<A, R> {
  const input = structureOf(at, 'linearize: the point');
  const primals = leaves<Tensor>(at, input);
  const { program, captures, output } = traceSubject('linearize', fn, input, primals);

  // This builder hoists operations on known tensors: only those that depend on a tangent stay.
  const tangentBuilder = new Builder(currentBuilder('linearize'), true);
  const { value, linear, residuals } = withBuilder(tangentBuilder, () => {
    const tangents = primals.map((primal) => tangentBuilder.input(primal.type));
    const result = jvpProgram(
      program,
      [...captures, ...primals],
      [...captures.map(() => null), ...directions(primals, tangents)],
      'separate',
    );
    const closed = tangentBuilder.close(
      result.tangents.map((t, i) => t ?? ops.zerosLike(result.primals[i]!)),
    );
    return {
      value: result.primals,
      linear: simplify(closed.program, { differentiable: true }),
      residuals: closed.captures,
    };
  });

  return {
    value: unflatten(output, value) as R,
    jvp(v) {
      const tangents = leaves<Tensor>(v, input, 'jvp: the tangent');
      demandTypes('jvp: the tangent must have the types of the point', tangents, primals);
      return unflatten(output, inline(linear, [...residuals, ...tangents])) as R;
    },
    vjp(u) {
      const cotangents = leaves<Tensor>(u, output, 'vjp: the cotangent');
      demandTypes('vjp: the cotangent must have the types of the value', cotangents, value);
      const args = [...residuals, ...primals.map((primal) => new LinearInput(primal.type))];
      const result = transposeProgram(linear, args, cotangents).slice(residuals.length);
      const gradient = result.map((cotangent, i) => cotangent ?? ops.zerosLike(primals[i]!));
      return unflatten(input, gradient) as A;
    },
  };
}

/**
 * f(x), and the map from a cotangent u to J' u: reverse mode.
 *
 * @example
 * const { value, vjp: pullback } = vjp((x: Tensor) => mul(x, x), iota(3, 'float64'));
 * pullback(full([3], 0.5, 'float64')); // = [0, 1, 2]
 */
export function vjp<A extends Tree<Tensor>, R extends Tree<Tensor>>(
  fn: TensorFunction<A, R>,
  at: A,
): Pick<Linearized<A, R>, 'value' | 'vjp'> {
  return linearize(fn, at);
}

/**
 * The value and the gradient of a scalar function.
 *
 * @throws TypeError if the value of the function is not a float scalar
 * @example
 * valueAndGrad((x: Tensor) => sum(mul(x, x)))(iota(3, 'float64')); // = { value: 5, grad: [0, 2, 4] }
 */
export function valueAndGrad<A extends Tree<Tensor>>(
  fn: TensorFunction<A, Tensor>,
): (at: A) => { readonly value: Tensor; readonly grad: A } {
  return (at) => {
    const { value, vjp } = linearize(fn, at);
    if (!(value instanceof Tensor) || value.shape.length > 0 || !isFloat(value.dtype)) {
      const got = value instanceof Tensor ? formatType((value as Tensor).type) : 'a tree';
      throw new TypeError(
        `grad: only a float scalar has a gradient, got ${got}; return the one scalar, sum it, or use vjp()`,
      );
    }
    return { value, grad: vjp(ops.scalar(1, value.dtype)) };
  };
}

/**
 * The gradient of a scalar function.
 *
 * @throws TypeError if the value of the function is not a float scalar
 * @example
 * grad(({ w }: { w: Tensor }) => sum(exp(w)))({ w: zeros([2], 'float64') }); // = { w: [1, 1] }
 */
export function grad<A extends Tree<Tensor>>(fn: TensorFunction<A, Tensor>): (at: A) => A {
  return (at) => valueAndGrad(fn)(at).grad;
}

/**
 * H v, the product of the Hessian of a scalar function with a vector: forward over reverse.
 *
 * @param v shaped and typed like `at`
 * @throws TypeError if the value of the function is not a float scalar, or `v` does not fit
 * @example
 * const f = (x: Tensor) => sum(pow(x, 3)); // Its Hessian is diag(6 x).
 * hessianProduct(f, iota(3, 'float64'), full([3], 1, 'float64')); // = [0, 6, 12]
 */
export function hessianProduct<A extends Tree<Tensor>>(fn: TensorFunction<A, Tensor>, at: A, v: A): A {
  return jvp(grad(fn), at, v).tangent;
}
