// K-FAC: natural gradient steps with the curvature of each layer approximated by a Kronecker product.
// J. Martens, R. Grosse, Optimizing Neural Networks with Kronecker-factored Approximate Curvature, 2015, arXiv 1503.05671; convolutions as in
// R. Grosse, J. Martens, 2016, arXiv 1602.01407. The letters are the papers'.

import {
  add,
  cast,
  cond,
  div,
  equal,
  type FloatDType,
  less,
  matmul,
  mul,
  neg,
  scalar,
  select,
  sub,
  sum,
  type Tensor,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { defined, demandAtMost, type Optimizer, type OptimizerPlugin, type Params } from '@gaussmark/core';
import {
  addDecayedWeights,
  correctBias,
  gainOf,
  type LearningRateOptions,
  levenbergMarquardt,
  scheduledLearningRate,
  updateMoment,
} from '@gaussmark/optim';
import { affineLayers, layersOf, leavesOf, matrixOf, usesOf } from './affine-layers.js';
import { dampedInverses, exactFactors, type Factors, sampledFactors, unitFactors } from './layer-factors.js';

/** Described in manifest.json, with bounds and defaults. */
export interface KfacHyperparameters extends LearningRateOptions {
  readonly stepSize: 'model' | 'fixed';
  /** mu, with stepSize=fixed. */
  readonly momentum: number;
  /** lambda of the first step. */
  readonly damping: number;
  readonly minDamping: number;
  readonly adaptiveDamping: boolean;
  /** T1 */
  readonly dampingEvery: number;
  readonly fisher: 'sampled' | 'exact';
  /** epsilon of the running mean of the factors. */
  readonly factorDecay: number;
  readonly factorsEvery: number;
  readonly inversesEvery: number;
  /** w */
  readonly weightDecay: number;
}

export type KfacState = {
  /** A and S of every layer: running means, not yet corrected for their start at zero. */
  readonly factors: readonly Factors[];
  /** Their damped inverses as of the last refresh. */
  readonly inverses: readonly Factors[];
  /** The last change of the parameters (stepSize=model), or the velocity; absent without momentum. */
  readonly velocity?: Params;
  /** lambda of the next step; only if it adapts. */
  readonly damping?: Tensor;
  /** The gain ratio as of the last step that measured it; only if lambda adapts. */
  readonly gainRatio?: Tensor;
};

/**
 * One step on a mini-batch. For a layer z = a W with W (in + 1, out) including the bias, and d the gradient at z:
 *
 * ```
 * A = mean of a a' ;  S = E d d'                 d for targets of the model's own distribution: the Fisher matrix is nearly A (x) S
 * D = -(A + pi sqrt(lambda) I)^-1 G (S + sqrt(lambda) / pi I)^-1
 * stepSize=model   delta = alpha D + mu delta    alpha, mu minimize the quadratic model with the mini-batch's own Gauss-Newton matrix
 *                                                and lambda; delta is the last step
 * stepSize=fixed   v = mu v - D ; delta = -lr v
 * theta = theta + delta - lr w theta
 * lambda = omega^-1 or omega lambda              every T1 steps, by the gain ratio; omega = 0.95^T1
 * ```
 *
 * Factors are running means, corrected for their start. Both factors and inverses are updated every so many steps; a step that does not
 * pays nothing for them.
 *
 * Metrics: `loss` (before the update), `damping`, `learningRate` (alpha with stepSize=model), with stepSize=model `mu`, with adaptive
 * damping `gainRatio` (of the last step that measured it).
 *
 * The README numbers the differences from kfac-jax and the paper.
 *
 * @throws GaussmarkError on creation, for minDamping above damping
 * @throws GaussmarkError for parameters outside of dense and convolutional layers, layers used twice, and convolutions with groups
 */
const kfac: OptimizerPlugin<KfacHyperparameters, KfacState> = {
  create(options, run): Optimizer<KfacState> {
    demandAtMost("optimizer 'kfac'", options, 'minDamping', 'damping');
    const { momentum, factorDecay, factorsEvery, inversesEvery, dampingEvery, minDamping } = options;
    const { parameters } = run;
    const layers = affineLayers(parameters);
    const rateAt = scheduledLearningRate(options, run);
    const decay = addDecayedWeights(options.weightDecay);
    const keepsVelocity = options.stepSize === 'model' || momentum > 0;

    return {
      init(params) {
        const like = tree.leaves<Tensor>(params)[0]!;
        const unit = unitFactors(layers, like.dtype);
        return {
          factors: vector.zerosLike(unit),
          inverses: unit,
          ...(keepsVelocity ? { velocity: vector.zerosLike(params) } : {}),
          ...(options.adaptiveDamping
            ? { damping: scalar(options.damping, like.dtype), gainRatio: scalar(1, like.dtype) }
            : {}),
        };
      },

      step(problem, params, state, context) {
        const linearized = problem.linearize(params);
        const { loss, grad } = linearized;
        const dtype = loss.dtype as FloatDType;
        const layered = layersOf(problem, params);
        const uses = usesOf(layers, layered, parameters);
        const lambda = state.damping ?? scalar(options.damping, dtype);
        const rate = rateAt(context);

        const estimate = () => {
          const key = context.random('targets');
          const found =
            options.fisher === 'sampled'
              ? sampledFactors(problem, layers, uses, layered, key)
              : exactFactors(problem, layers, uses, layered, linearized);
          return state.factors.map((old, i) => updateMoment(old, factorDecay, found[i]!));
        };
        const factors = every(context.step, factorsEvery, estimate, () => state.factors);
        // Updates so far, this step's included.
        const count = add(cast(div(context.step, factorsEvery), dtype), 1);
        const invert = () =>
          factors.map((own, i) =>
            dampedInverses(correctBias(own, factorDecay, count), lambda, state.inverses[i]!),
          );
        const inverses = every(context.step, inversesEvery, invert, () => state.inverses);

        const leaves = tree.leaves<Tensor>(grad);
        const preconditioned = [...leaves];
        for (const [i, layer] of layers.entries()) {
          const { A, S } = inverses[i]!;
          const matrix = matmul(matmul(A, matrixOf(layer, leaves)), S);
          for (const [place, leaf] of leavesOf(layer, matrix)) preconditioned[place] = leaf;
        }
        const direction = vector.neg(tree.unflatten(tree.structureOf(params), preconditioned) as Params);

        const chosen =
          options.stepSize === 'model'
            ? modelStep(direction, state.velocity!, grad, lambda, linearized)
            : fixedStep(direction, state.velocity, rate, momentum);
        const { updates } = decay.update(vector.zerosLike(params), {}, params);
        const moved = vector.add(params, chosen.delta);
        const next = options.weightDecay === 0 ? moved : vector.addScaled(moved, neg(rate), updates);

        const adapted =
          state.damping &&
          every(
            context.step,
            dampingEvery,
            () => {
              const predicted = predictedBy(chosen.delta, grad, lambda, linearized);
              const gain = gainOf(sub(problem.loss(moved), loss), predicted, loss);
              const factor = 0.95 ** dampingEvery;
              const damping = levenbergMarquardt(lambda, gain, {
                damping: options.damping,
                minDamping,
                growth: 1 / factor,
                shrinkage: factor,
              });
              return { damping, ratio: gain.ratio };
            },
            () => ({ damping: lambda, ratio: state.gainRatio! }),
          );
        return {
          params: next,
          state: defined({
            factors,
            inverses,
            velocity: state.velocity && chosen.velocity,
            damping: adapted?.damping,
            gainRatio: adapted?.ratio,
          }) as KfacState,
          metrics: defined({
            loss,
            damping: lambda,
            learningRate: chosen.alpha,
            mu: chosen.mu,
            gainRatio: adapted?.ratio,
          }),
        };
      },
    };
  },
};

export default kfac;

/** A branch every k steps, from the first on. */
function every<R extends Parameters<typeof tree.leaves>[0]>(
  taken: Tensor,
  k: number,
  due: () => R,
  otherwise: () => R,
): R {
  if (k === 1) return due();
  return cond(equal(taken, mul(div(taken, k), k)), due as never, otherwise as never) as R;
}

interface ChosenStep {
  /** The change of the parameters. */
  readonly delta: Params;
  /** What the next step keeps. */
  readonly velocity?: Params;
  readonly alpha: Tensor;
  readonly mu?: Tensor;
}

/** v = mu v - D ; delta = -lr v */
function fixedStep(
  direction: Params,
  velocity: Params | undefined,
  rate: Tensor,
  momentum: number,
): ChosenStep {
  if (velocity === undefined) return { delta: vector.scale(rate, direction), alpha: rate };
  const next = vector.sub(vector.scale(momentum, velocity), direction);
  return { delta: vector.scale(neg(rate), next), velocity: next, alpha: rate };
}

type Curvature = {
  jvp(v: Params): Tensor;
  outputHessianProduct(u: Tensor): Tensor;
};

/**
 * alpha D + mu delta, the minimum of the model in the plane of D and the last step delta:
 *
 * ```
 * [D'CD  D'Cd] [alpha]     [g'D]
 * [ .    d'Cd] [ mu  ] = - [g'd]        C = B + lambda I
 * ```
 *
 * Where the plane is a line (no last step, or parallel ones), mu is 0.
 */
function modelStep(
  direction: Params,
  last: Params,
  grad: Params,
  lambda: Tensor,
  { jvp, outputHessianProduct }: Curvature,
): ChosenStep {
  const [JD, Jd] = [jvp(direction), jvp(last)];
  const HJD = outputHessianProduct(JD);
  const inner = (a: Tensor, b: Tensor) => sum(mul(a, b));
  const a = add(inner(JD, HJD), mul(lambda, vector.dot(direction, direction)));
  const b = add(inner(Jd, HJD), mul(lambda, vector.dot(direction, last)));
  const c = add(inner(Jd, outputHessianProduct(Jd)), mul(lambda, vector.dot(last, last)));
  const [gD, gd] = [vector.dot(grad, direction), vector.dot(grad, last)];
  const determinant = sub(mul(a, c), mul(b, b));
  const isPlane = less(mul(1e-6, mul(a, c)), determinant);
  const divided = (x: Tensor, y: Tensor) => div(x, select(equal(y, 0), 1, y));
  const alpha = select(isPlane, divided(sub(mul(b, gd), mul(c, gD)), determinant), divided(neg(gD), a));
  const mu = select(isPlane, divided(sub(mul(b, gD), mul(a, gd)), determinant), 0);
  const delta = vector.addScaled(vector.scale(alpha, direction), mu, last);
  return { delta, velocity: delta, alpha, mu };
}

/** g'delta + delta'(B + lambda I)delta / 2 */
function predictedBy(
  delta: Params,
  grad: Params,
  lambda: Tensor,
  { jvp, outputHessianProduct }: Curvature,
): Tensor {
  const Jd = jvp(delta);
  const curvature = add(sum(mul(Jd, outputHessianProduct(Jd))), mul(lambda, vector.dot(delta, delta)));
  return add(vector.dot(grad, delta), mul(0.5, curvature));
}
