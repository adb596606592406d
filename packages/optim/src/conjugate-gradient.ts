// The preconditioned conjugate gradient method as a traced loop, over trees of tensors.

import {
  add,
  and,
  cast,
  constant,
  demandOptions,
  div,
  equal,
  FLOAT_LIMITS,
  type FloatDType,
  finite,
  iota,
  less,
  lessEqual,
  maximum,
  mul,
  not,
  type Operand,
  or,
  reshape,
  scalar,
  select,
  sub,
  type Tensor,
  type Tree,
  take,
  tensorValue,
  tree,
  vector,
  whileLoop,
  zeros,
} from '@gaussmark/autodiff';
import { CG_STOP, type CgStopReason } from './cg-stop.js';

export interface ConjugateGradientOptions<T extends Tree<Tensor>> {
  /** At least 1. An int32 scalar tensor if the budget is only known when the program runs. */
  readonly maxIterations: Tensor | number;
  /** Length of the residual history: the largest value of `maxIterations`. Required if that is a tensor. */
  readonly capacity?: number;
  /** Stops the iteration once max|r| is at or below it: an absolute infinity norm. */
  readonly tolerance: Operand;
  /** Added to the diagonal: the system solved is (A + damping I) x = b. Default 0. */
  readonly damping?: Operand;
  /** r -> M^-1 r, for a symmetric positive definite M near A. Default: the identity. */
  readonly preconditioner?: (residual: T) => T;
  /** x of the start, shaped like b, which costs one more product. Default 0, which costs none. */
  readonly start?: T;
  /** Also stops once the quadratic model x'Ax / 2 - b'x, damping included, has almost stopped falling: Martens' rule. */
  readonly progress?: CgProgress;
  /** Iterations after which x is kept, ascending whole numbers of at least 1; see {@link checkpointIterations}. Default: none. */
  readonly checkpoints?: readonly number[];
  /** Names the loop in telemetry. Default 'cg'. */
  readonly name?: string;
}

const OPTIONS = [
  'maxIterations',
  'capacity',
  'tolerance',
  'damping',
  'preconditioner',
  'start',
  'progress',
  'checkpoints',
  'name',
] as const;

/**
 * With q the model, stop after iteration i > k if q_i < 0 and (q_i - q_(i-k)) / q_i < k tolerance, where k = max(window, i / 10).
 *
 * @see Martens, Deep learning via Hessian-free optimization, 2010, section 4.4: tolerance 5e-4, window 10
 */
export interface CgProgress {
  readonly tolerance: number;
  /** Default 10. */
  readonly window?: number;
}

export interface ConjugateGradientResult<T extends Tree<Tensor>> {
  /** x, shaped like b. */
  readonly solution: T;
  /** r = b - (A + damping I) x by its recurrence, shaped like b. */
  readonly residual: T;
  /** max|r|. Scalar. */
  readonly residualNorm: Tensor;
  /** int32 scalar. */
  readonly iterations: Tensor;
  /** max|r| after each iteration, shape (capacity); zero from index `iterations` on. */
  readonly residualHistory: Tensor;
  /** A code of {@link CG_STOP}, int32 scalar. */
  readonly stopReason: Tensor;
  /** x after each of the `checkpoints`, every leaf (K, ...); zero where it was not reached. Only with that option. */
  readonly kept?: T;
}

/** The loop's carry; x, r, p as in the method. */
type Carry<T extends Tree<Tensor>> = {
  readonly x: T;
  readonly r: T;
  readonly p: T;
  /** r'y, with y = M^-1 r. */
  readonly ry: Tensor;
  readonly norm: Tensor;
  readonly iterations: Tensor;
  readonly history: Tensor;
  /** The threshold for p'Ap / r'y below which it is rounding noise. */
  readonly flat: Tensor;
  /** Whether to stop: there is no step along p, or r'y is rounding noise. */
  readonly ended: Tensor;
  /** q after each iteration, shape (capacity); only for `progress`. */
  readonly model?: Tensor;
  /** Whether q has almost stopped falling; only for `progress`. */
  readonly stalled?: Tensor;
  /** x after each checkpoint so far; only for `checkpoints`. */
  readonly kept?: T;
};

/**
 * Solves (A + damping I) x = b, by default from x = 0, for a symmetric positive definite A given by its products.
 *
 * ```
 * x = 0 ; r = b ; y = M^-1 r ; p = y
 * repeat   a = r'y / p'Ap ; x += a p ; s = r - a Ap ; z = M^-1 s ; p = z + (s'z / r'y) p ; r, y = s, z
 * until    max|r| <= tolerance, or maxIterations
 * ```
 *
 * It also stops, with the current x, once a quotient drops to zero or to rounding noise:
 *
 * - r'y <= epsilon^2 b'M^-1 b. The true residual shrinks no further, although r does, until r'y is 0.
 * - p'Ap / r'y <= epsilon times the largest so far. That quotient lies between the eigenvalues of M^-1 A, so A is indefinite or
 *   singular to rounding, and the smaller the noise, the longer the step along p.
 *
 * At least one iteration runs, whatever b is. `apply` is traced once, in the loop's body; computations on outer tensors only are
 * hoisted out of the loop.
 *
 * @param apply v -> A v, without the damping; both shaped like b
 * @param rhs b, a tree of floats of one dtype
 * @throws RangeError if `maxIterations` is below 1, above `capacity`, or a tensor without a `capacity`
 * @example
 * const { solution } = conjugateGradient((v) => matmul(A, v), b, { maxIterations: 50, tolerance: 1e-10 });
 * const twice = conjugateGradient((v) => mul(2, v), iota(3, 'float64'), { maxIterations: 5, tolerance: 1e-12 });
 * twice.solution; // = [0, 0.5, 1]
 * @see Hestenes and Stiefel, Methods of Conjugate Gradients for Solving Linear Systems, 1952, doi 10.6028/jres.049.044
 */
export function conjugateGradient<T extends Tree<Tensor>>(
  apply: (v: T) => T,
  rhs: T,
  options: ConjugateGradientOptions<T>,
): ConjugateGradientResult<T> {
  demandOptions('conjugateGradient', options, OPTIONS);
  if (options.progress)
    demandOptions('conjugateGradient: progress', options.progress, ['tolerance', 'window']);
  const { maxIterations, tolerance, damping = 0, name = 'cg' } = options;
  const capacity = capacityOf(options);
  const dtype = tree.leaves<Tensor>(rhs)[0]!.dtype as FloatDType;
  const { epsilon, smallestNormal } = FLOAT_LIMITS[dtype];

  const system = (v: T) => (damping === 0 ? apply(v) : vector.addScaled(apply(v), damping, v));
  const precondition = options.preconditioner ?? ((residual: T) => residual);
  const residualOf = (x: T) => vector.sub(rhs, system(x));
  const startResidual = options.start === undefined ? rhs : residualOf(options.start);
  const start = precondition(startResidual);
  const startRy = vector.dot(startResidual, start);
  /** The threshold for r'y below which it is rounding noise. */
  const noise = mul(epsilon ** 2, startRy);

  const iterate = ({ x, r, p, ry, iterations, history, flat, model, kept }: Carry<T>): Carry<T> => {
    const product = system(p);
    const curvature = vector.dot(p, product);
    // A comparison with NaN is false, and NaN propagates into x.
    const stuck = lessEqual(curvature, mul(flat, ry));
    const length = select(stuck, 0, div(ry, curvature));
    const residual = vector.sub(r, vector.scale(length, product));
    const y = precondition(residual);
    const nextRy = vector.dot(residual, y);
    const ended = or(stuck, lessEqual(nextRy, noise));
    const norm = vector.maxAbs(residual);
    const nextX = vector.addScaled(x, length, p);
    return {
      x: nextX,
      r: residual,
      p: vector.addScaled(y, div(nextRy, ry), p),
      ry: nextRy,
      norm,
      iterations: add(iterations, 1),
      history: select(equal(iota(capacity), iterations), norm, history),
      flat: maximum(flat, mul(epsilon, div(curvature, ry))),
      ended,
      // b'x - x'Ax / 2 = (r + b)'x / 2
      ...progressOf(options.progress, model, iterations, () =>
        mul(-1 / 2, vector.dot(vector.add(residual, rhs), nextX)),
      ),
      ...(kept && { kept: keptWith(kept, nextX, add(iterations, 1), options.checkpoints!) }),
    };
  };
  // A comparison with NaN is false, so a NaN residual ends the loop.
  const goesOn = ({ norm, iterations, ended, stalled }: Carry<T>) =>
    and(
      and(less(iterations, maxIterations), less(tolerance, norm)),
      not(stalled === undefined ? ended : or(ended, stalled)),
    );

  const last = whileLoop<Carry<T>>(
    goesOn,
    iterate,
    {
      x: options.start ?? vector.zerosLike(rhs),
      r: startResidual,
      p: start,
      ry: startRy,
      // Above any tolerance, so that the first iteration always runs.
      norm: scalar(Number.POSITIVE_INFINITY, dtype),
      iterations: scalar(0, 'int32'),
      history: zeros([capacity], dtype),
      flat: scalar(smallestNormal, dtype),
      ended: scalar(0, 'bool'),
      ...(options.progress && { model: zeros([capacity], dtype), stalled: scalar(0, 'bool') }),
      ...(options.checkpoints && { kept: noneKept(rhs, options.checkpoints) }),
    },
    { name },
  );
  return {
    solution: last.x,
    residual: last.r,
    residualNorm: last.norm,
    iterations: last.iterations,
    residualHistory: last.history,
    stopReason: stopReason(last, tolerance, noise),
    ...(last.kept && { kept: last.kept }),
  };
}

/** @throws RangeError unless the checkpoints are whole numbers of at least 1, ascending */
function noneKept<T extends Tree<Tensor>>(like: T, checkpoints: readonly number[]): T {
  const valid = checkpoints.every((k, i) => Number.isInteger(k) && k > (checkpoints[i - 1] ?? 0));
  if (!valid || checkpoints.length === 0) {
    throw new RangeError(
      `conjugateGradient: expected checkpoints of at least 1, ascending, got ${checkpoints.join(', ') || 'none'}`,
    );
  }
  return tree.map((x: Tensor) => zeros([checkpoints.length, ...x.shape], x.dtype), like) as T;
}

/** x in the row of the checkpoint that was just reached, if any. */
function keptWith<T extends Tree<Tensor>>(
  kept: T,
  x: T,
  iterations: Tensor,
  checkpoints: readonly number[],
): T {
  const reached = equal(constant(tensorValue('int32', [checkpoints.length], checkpoints)), iterations);
  return tree.map(
    (rows: Tensor, row: Tensor) =>
      select(reshape(reached, [checkpoints.length, ...row.shape.map(() => 1)]), row, rows),
    kept,
    x,
  ) as T;
}

/** q of this iteration in the history, and whether it has almost stopped falling. */
function progressOf(
  options: CgProgress | undefined,
  model: Tensor | undefined,
  iterations: Tensor,
  value: () => Tensor,
): { readonly model?: Tensor; readonly stalled?: Tensor } {
  if (options === undefined || model === undefined) return {};
  const { tolerance, window = 10 } = options;
  const q = value();
  const history = select(equal(iota(model.shape[0]!), iterations), q, model);
  const k = maximum(div(add(iterations, 1), 10), window);
  const before = reshape(take(history, reshape(maximum(sub(iterations, k), 0), [1])), []);
  const slow = less(div(sub(q, before), q), mul(tolerance, cast(k, q.dtype)));
  return { model: history, stalled: and(and(lessEqual(k, iterations), less(q, 0)), slow) };
}

function stopReason(
  {
    ry,
    norm,
    ended,
    stalled,
  }: { readonly ry: Tensor; readonly norm: Tensor; readonly ended: Tensor; readonly stalled?: Tensor },
  tolerance: Operand,
  noise: Tensor,
): Tensor {
  const code = (name: CgStopReason) => scalar(CG_STOP[name], 'int32');
  // Without a step along p, r'y stays above the noise, unless it was 0 from the start.
  const early = select(lessEqual(ry, noise), code('exact'), code('curvature'));
  const unfinished = stalled ? select(stalled, code('progress'), code('budget')) : code('budget');
  const unconverged = select(ended, early, unfinished);
  const regular = select(lessEqual(norm, tolerance), code('converged'), unconverged);
  // Tested on the sum r'y, because a maximum may ignore a NaN.
  return select(finite(ry), regular, code('nonFinite'));
}

function capacityOf(options: {
  readonly maxIterations: Tensor | number;
  readonly capacity?: number;
}): number {
  const { maxIterations } = options;
  const capacity = options.capacity ?? maxIterations;
  if (typeof capacity !== 'number') {
    throw new RangeError('conjugateGradient: maxIterations is a tensor; set capacity to its largest value');
  }
  const least = typeof maxIterations === 'number' ? maxIterations : 1;
  if (!Number.isInteger(capacity) || !Number.isInteger(least) || least < 1 || capacity < least) {
    throw new RangeError(
      `conjugateGradient: expected whole numbers with 1 <= maxIterations <= capacity, got ${least} and ${capacity}`,
    );
  }
  return capacity;
}
