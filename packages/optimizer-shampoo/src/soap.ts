// SOAP: Adam in the eigenbasis of Shampoo's factors.
// N. Vyas, D. Morwani, R. Zhao, I. Shapira, D. Brandfonbrener, L. Janson, S. Kakade, 2024, arXiv 2409.11321.

import {
  add,
  and,
  cast,
  concat,
  cond,
  div,
  equal,
  type FloatDType,
  iota,
  less,
  matmul,
  maximum,
  mul,
  neg,
  or,
  reshape,
  scalar,
  select,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tree,
  vector,
  zeros,
} from '@gaussmark/autodiff';
import type { Optimizer, OptimizerPlugin, Params } from '@gaussmark/core';
import { eigh, identity, qr } from '@gaussmark/linalg';
import { correctBias, type LearningRateOptions, scheduledLearningRate, updateMoment } from '@gaussmark/optim';
import { alongAxis, gram, unfolded } from './factors.js';

/** Described in manifests/soap.json, with bounds and defaults. */
export interface SoapHyperparameters extends LearningRateOptions {
  readonly beta1: number;
  readonly beta2: number;
  /** Of the factors; `null` for beta2. */
  readonly factorBeta: number | null;
  /** Added to the root of the second moment, before bias correction. */
  readonly epsilon: number;
  /** k */
  readonly refreshEvery: number;
  /** The longest axis that is rotated. */
  readonly maxSize: number;
  /** w */
  readonly weightDecay: number;
}

export type SoapState = {
  /** L, R, ...: for every parameter, one (n, n) for each rotated axis. */
  readonly factors: readonly (readonly Tensor[])[];
  /** Q_L, Q_R, ...: orthonormal columns, in descending order of their eigenvalues at the last refresh. */
  readonly bases: readonly (readonly Tensor[])[];
  /** m' and v', in the basis, shaped like the parameters. */
  readonly firstMoment: Params;
  readonly secondMoment: Params;
};

/**
 * One step on a mini-batch. Of a matrix G (tensors of more axes have a factor for each):
 *
 * ```
 * G' = Q_L' G Q_R
 * m' = beta1 m' + (1 - beta1) G' ;  v' = beta2 v' + (1 - beta2) G'^2
 * theta = theta - lr c_t Q_L (m' / (sqrt(v') + epsilon)) Q_R'          c_t = sqrt(1 - beta2^t) / (1 - beta1^t)
 * theta = theta (1 - lr w)
 * L = beta L + (1 - beta) G G' ;  R = beta R + (1 - beta) G'G
 * ```
 *
 * Every `refreshEvery` steps, each basis is then improved by an iteration of the power method: the columns of Q are sorted by their
 * Rayleigh quotients q'L q, v' with them, and Q becomes the orthonormal factor of L Q. m' is carried over to the new basis; v' is not.
 *
 * The first step moves nothing: its gradient gives the first factors, and their eigenvectors the first bases. Steps are counted from the
 * second one on. Parameters with one axis, and axes longer than `maxSize`, are not rotated: there the method is Adam.
 *
 * Metrics: `loss` (before the update), `learningRate`.
 *
 * The README numbers the differences from nikhilvyas/SOAP (a1e5535).
 */
const soap: OptimizerPlugin<SoapHyperparameters, SoapState> = {
  create(options, run): Optimizer<SoapState> {
    const { beta1, beta2, epsilon, refreshEvery, weightDecay } = options;
    const rateAt = scheduledLearningRate(options, run);
    const factorBeta = options.factorBeta ?? beta2;
    const axesOf = ({ shape }: Tensor) =>
      shape.length < 2 ? [] : shape.flatMap((n, axis) => (n > 1 && n <= options.maxSize ? [axis] : []));

    return {
      init(params) {
        const leaves = tree.leaves<Tensor>(params);
        const ofSizes = (make: (n: number, like: Tensor) => Tensor) =>
          leaves.map((leaf) => axesOf(leaf).map((axis) => make(leaf.shape[axis]!, leaf)));
        return {
          factors: ofSizes((n, { dtype }) => zeros([n, n], dtype)),
          bases: ofSizes((n, { dtype }) => identity(n, dtype)),
          firstMoment: vector.zerosLike(params),
          secondMoment: vector.zerosLike(params),
        };
      },

      step(problem, params, state, context) {
        const { loss, grad } = problem.valueAndGrad(params);
        const dtype = loss.dtype as FloatDType;
        const rate = rateAt(context);
        const structure = tree.structureOf(params);
        const gradients = tree.leaves<Tensor>(grad);
        const isFirst = equal(context.step, 0);
        const moves = select(isFirst, scalar(0, dtype), 1);

        // Without a move, m' and v' stay 0.
        const mean = (old: Tensor, beta: number, x: Tensor) =>
          add(mul(beta, old), mul(mul(1 - beta, moves), x));
        const rotated = gradients.map((G, i) => rotate(G, axesOf(G), state.bases[i]!));
        const m = tree.leaves<Tensor>(state.firstMoment).map((old, i) => mean(old, beta1, rotated[i]!));
        const v = tree
          .leaves<Tensor>(state.secondMoment)
          .map((old, i) => mean(old, beta2, square(rotated[i]!)));
        const t = maximum(cast(context.step, dtype), 1);
        const corrected = mul(
          rate,
          div(correctBias(scalar(1, dtype), beta1, t), sqrt(correctBias(scalar(1, dtype), beta2, t))),
        );
        const directions = m.map((mean, i) =>
          rotateBack(div(mean, add(sqrt(v[i]!), epsilon)), axesOf(mean), state.bases[i]!),
        );
        const moved = vector.addScaled(
          params,
          neg(corrected),
          tree.unflatten(structure, directions) as Params,
        );
        const decayed =
          weightDecay === 0 ? moved : vector.scale(sub(1, mul(mul(rate, weightDecay), moves)), moved);

        const factors = gradients.map((G, i) =>
          axesOf(G).map((axis, j) => updateMoment(state.factors[i]![j]!, factorBeta, gram(G, axis))),
        );
        const current = { bases: state.bases, m, v };
        const next = cond(
          isFirst,
          () => ({
            ...current,
            bases: gradients.map((G) => axesOf(G).map((axis) => firstBasis(unfolded(G, axis)))),
          }),
          () => {
            const refreshed = () => refresh(factors, current, axesOf);
            if (refreshEvery === 1) return refreshed();
            const isDue = equal(context.step, mul(div(context.step, refreshEvery), refreshEvery));
            return cond(isDue, refreshed, () => current);
          },
        );
        return {
          params: decayed,
          state: {
            factors,
            bases: next.bases,
            firstMoment: tree.unflatten(structure, [...next.m]) as Params,
            secondMoment: tree.unflatten(structure, [...next.v]) as Params,
          },
          metrics: { loss, learningRate: rate },
        };
      },
    };
  },
};

export default soap;

/** Q' along every axis. */
const rotate = (x: Tensor, axes: readonly number[], bases: readonly Tensor[]): Tensor =>
  axes.reduce((y, axis, j) => alongAxis(bases[j]!, y, axis, { transposed: true }), x);

/** Q along every axis. */
const rotateBack = (x: Tensor, axes: readonly number[], bases: readonly Tensor[]): Tensor =>
  axes.reduce((y, axis, j) => alongAxis(bases[j]!, y, axis), x);

/** The eigenvectors of M M', by descending eigenvalue: (n, n), for M (n, rest). */
function firstBasis(M: Tensor): Tensor {
  const [n, rest] = M.shape as readonly [number, number];
  // Eigenvalues of -A ascend as those of A descend.
  if (n <= rest) return eigh(neg(matmul(M, M, { transposeB: true }))).vectors;
  // With M'M V = V D, M V are eigenvectors of M M', orthogonal and descending; its other eigenvalues are 0.
  const V = eigh(neg(matmul(M, M, { transposeA: true }))).vectors;
  const others = slice(identity(n, M.dtype), [0, 0], [n, n - rest]);
  return qr(concat([matmul(M, V), others], 1)).Q;
}

interface Moments {
  readonly bases: readonly (readonly Tensor[])[];
  readonly m: readonly Tensor[];
  readonly v: readonly Tensor[];
}

/** An iteration of the power method for every basis. */
function refresh(
  factors: readonly (readonly Tensor[])[],
  { bases, m, v }: Moments,
  axesOf: (x: Tensor) => readonly number[],
) {
  const improved = factors.map((own, i) => own.map((L, j) => powerIteration(L, bases[i]![j]!)));
  return {
    bases: improved.map((own) => own.map(({ basis }) => basis)),
    m: m.map((x, i) => {
      const axes = axesOf(x);
      return rotate(
        rotateBack(x, axes, bases[i]!),
        axes,
        improved[i]!.map(({ basis }) => basis),
      );
    }),
    v: v.map((x, i) =>
      axesOf(x).reduce((y, axis, j) => alongAxis(improved[i]![j]!.order, y, axis, { transposed: true }), x),
    ),
  };
}

/** The orthonormal factor of L Q P, where the permutation P sorts the columns of Q by their Rayleigh quotients, descending. */
function powerIteration(L: Tensor, Q: Tensor): { readonly basis: Tensor; readonly order: Tensor } {
  const product = matmul(L, Q);
  const order = descending(sum(mul(Q, product), { axes: [0] }));
  return { basis: qr(matmul(product, order)).Q, order };
}

/** The permutation matrix P (n, n) for which x'P descends; equal values keep their order. */
function descending(x: Tensor): Tensor {
  const n = x.shape[0]!;
  const [row, column] = [reshape(x, [n, 1]), reshape(x, [1, n])];
  const [i, j] = [reshape(iota(n), [n, 1]), reshape(iota(n), [1, n])];
  // Element i comes after every j that is larger, or equal and before it.
  const after = or(less(row, column), and(equal(row, column), less(j, i)));
  const rank = sum(cast(after, x.dtype), { axes: [1], keepDims: true });
  return cast(equal(rank, cast(j, x.dtype)), x.dtype);
}
