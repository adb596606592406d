// The minimal residual method as a traced loop, over trees of tensors: symmetric systems, indefinite ones included.

import {
  add,
  demandOptions,
  div,
  equal,
  FLOAT_LIMITS,
  type FloatDType,
  finite,
  iota,
  lessEqual,
  lock,
  mul,
  neg,
  not,
  type Operand,
  scalar,
  select,
  sqrt,
  square,
  sub,
  type Tensor,
  type Tree,
  tree,
  vector,
  whileLoop,
  zeros,
} from '@gaussmark/autodiff';
import { demandCount } from './demands.js';
import { isRunning, stopCode } from './stop-code.js';

/** Why MINRES stopped, as codes: the values of `stopReason`. */
export const MINRES_STOP = lock({
  /** |r| reached the tolerance. */
  converged: 0,
  /** All allowed iterations were used. */
  budget: 1,
  /** |A r| reached its tolerance, although r is not 0: x is a least-squares solution. */
  leastSquares: 2,
  /** A value overflowed or became NaN; the solution is invalid. */
  nonFinite: 3,
  /** The Krylov space is exhausted: x is exact to rounding. */
  exact: 4,
} as const);

export type MinresStopReason = keyof typeof MINRES_STOP;

export interface MinresOptions {
  /** A whole number of at least 1. */
  readonly maxIterations: number;
  /** Stops the iteration once |r| is at or below it: an absolute Euclidean norm. */
  readonly tolerance: Operand;
  /**
   * Also stops once |A r| <= leastSquares |A| |r|, because no x is much better: b is not in the range of A, or what is left of r
   * belongs to eigenvalues that much smaller than |A|. Default: the root of the dtype's epsilon, 1.5e-8 in float64.
   */
  readonly leastSquares?: number;
  /** Added to the diagonal: the system solved is (A + damping I) x = b. It may be negative. Default 0. */
  readonly damping?: Operand;
  /** Names the loop in telemetry. Default 'minres'. */
  readonly name?: string;
}

export interface MinresResult<T extends Tree<Tensor>> {
  /** x, shaped like b. */
  readonly solution: T;
  /** |b - (A + damping I) x| by its recurrence. Scalar. */
  readonly residualNorm: Tensor;
  /** int32 scalar. */
  readonly iterations: Tensor;
  /** |r| after each iteration, shape (maxIterations); zero from index `iterations` on. */
  readonly residualHistory: Tensor;
  /** A code of {@link MINRES_STOP}, int32 scalar. */
  readonly stopReason: Tensor;
}

/** The letters of Paige and Saunders: v of the Lanczos process, c and s of the rotations, w of the search directions. */
type Carry<T extends Tree<Tensor>> = {
  readonly x: T;
  readonly v: T;
  readonly vPrevious: T;
  readonly w: T;
  readonly wPrevious: T;
  readonly beta: Tensor;
  readonly c: Tensor;
  readonly s: Tensor;
  readonly deltaBar: Tensor;
  readonly epsilon: Tensor;
  /** |r| */
  readonly phiBar: Tensor;
  /** The Frobenius norm of the tridiagonal matrix, squared: an estimate of |A|^2. */
  readonly size: Tensor;
  readonly iterations: Tensor;
  readonly history: Tensor;
  /** A code of MINRES_STOP, or -1 while the iteration goes on. */
  readonly stop: Tensor;
};

/**
 * Minimizes |b - (A + damping I) x| over Krylov spaces, from x = 0, for a symmetric A given by its products: indefinite, as a Hessian
 * can be, or singular. One product in each iteration, and |r| never grows.
 *
 * If the system has no solution, x is a least-squares solution (not always the one of least norm). It never divides by 0: it stops
 * with the current x, and returns the reason. Unlike {@link conjugateGradient}, the tolerance is for the Euclidean norm, which the
 * method has without a pass over the vectors.
 *
 * @param apply v -> A v, without the damping; both shaped like b; traced once, in the body of the loop
 * @param rhs b, a tree of floats of one dtype
 * @throws RangeError if `maxIterations` is not a whole number of at least 1
 * @example
 * const { solution } = minres((v) => hessianProduct(lossAt, params, v), grad, { maxIterations: 50, tolerance: 1e-8 });
 * const twice = minres((v) => mul(-2, v), iota(3, 'float64'), { maxIterations: 5, tolerance: 1e-12 });
 * twice.solution; // = [0, -0.5, -1]
 * @see Paige and Saunders, Solution of Sparse Indefinite Systems of Linear Equations, 1975, doi 10.1137/0712047
 */
export function minres<T extends Tree<Tensor>>(
  apply: (v: T) => T,
  rhs: T,
  options: MinresOptions,
): MinresResult<T> {
  demandOptions('minres', options, ['maxIterations', 'tolerance', 'leastSquares', 'damping', 'name']);
  const { maxIterations, tolerance, damping = 0, name = 'minres' } = options;
  demandCount('minres', 'maxIterations', maxIterations);
  const dtype = tree.leaves<Tensor>(rhs)[0]!.dtype as FloatDType;
  const { epsilon: rounding } = FLOAT_LIMITS[dtype];
  const leastSquares = options.leastSquares ?? Math.sqrt(rounding);
  const system = (v: T) => (damping === 0 ? apply(v) : vector.addScaled(apply(v), damping, v));
  const norm = (v: T) => sqrt(vector.dot(v, v));
  const zero = scalar(0, dtype);
  const start = norm(rhs);

  const iterate = (at: Carry<T>): Carry<T> => {
    // Lanczos: beta_next v_next = A v - alpha v - beta v_previous.
    const product = vector.addScaled(system(at.v), neg(at.beta), at.vPrevious);
    const alpha = vector.dot(at.v, product);
    const direction = vector.addScaled(product, neg(alpha), at.v);
    const beta = norm(direction);

    // The rotations make the tridiagonal matrix triangular, one column at a time.
    const delta = add(mul(at.c, at.deltaBar), mul(at.s, alpha));
    const gammaBar = sub(mul(at.s, at.deltaBar), mul(at.c, alpha));
    const deltaBar = neg(mul(at.c, beta));
    const gamma = norm2(gammaBar, beta);
    const [c, s] = [div(gammaBar, gamma), div(beta, gamma)];
    const size = add(at.size, add(square(alpha), add(square(beta), square(at.beta))));
    const noise = mul(rounding, sqrt(size));

    // |A r| / |r| before this iteration. If it is 0, gamma may be 0 too.
    const stuck = lessEqual(norm2(gammaBar, deltaBar), mul(leastSquares, sqrt(size)));
    const w = vector.scale(
      div(1, gamma),
      vector.addScaled(vector.addScaled(at.v, neg(at.epsilon), at.wPrevious), neg(delta), at.w),
    );
    const x = keepIf(stuck, at.x, vector.addScaled(at.x, mul(c, at.phiBar), w));
    const phiBar = select(stuck, at.phiBar, mul(s, at.phiBar));
    const iterations = add(at.iterations, 1);
    return {
      x,
      v: vector.scale(div(1, beta), direction),
      vPrevious: at.v,
      w,
      wPrevious: at.w,
      beta,
      c,
      s,
      deltaBar,
      epsilon: mul(at.s, beta),
      phiBar,
      size,
      iterations,
      history: select(equal(iota(maxIterations), at.iterations), phiBar, at.history),
      stop: stopCode(
        [not(finite(phiBar)), MINRES_STOP.nonFinite],
        [lessEqual(phiBar, tolerance), MINRES_STOP.converged],
        [stuck, MINRES_STOP.leastSquares],
        [lessEqual(beta, noise), MINRES_STOP.exact],
        [lessEqual(maxIterations, iterations), MINRES_STOP.budget],
      ),
    };
  };

  const nothing = vector.zerosLike(rhs);
  const last = whileLoop<Carry<T>>(
    ({ stop }) => isRunning(stop),
    iterate,
    {
      x: nothing,
      v: vector.scale(div(1, start), rhs),
      vPrevious: nothing,
      w: nothing,
      wPrevious: nothing,
      beta: zero,
      c: scalar(-1, dtype),
      s: zero,
      deltaBar: zero,
      epsilon: zero,
      phiBar: start,
      size: zero,
      iterations: scalar(0, 'int32'),
      history: zeros([maxIterations], dtype),
      stop: stopCode(
        [not(finite(start)), MINRES_STOP.nonFinite],
        [lessEqual(start, tolerance), MINRES_STOP.converged],
        [equal(start, 0), MINRES_STOP.exact],
      ),
    },
    { name },
  );
  return {
    solution: last.x,
    residualNorm: last.phiBar,
    iterations: last.iterations,
    residualHistory: last.history,
    stopReason: last.stop,
  };
}

const keepIf = <T extends Tree<Tensor>>(keeps: Tensor, old: T, next: T): T =>
  tree.map((a: Tensor, b: Tensor) => select(keeps, a, b), old, next) as T;

const norm2 = (a: Tensor, b: Tensor): Tensor => sqrt(add(square(a), square(b)));
