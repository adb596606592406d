// SGN, the stochastic generalized Gauss-Newton method: one damped Gauss-Newton system per mini-batch, solved by CG.
// M. Gargiani, A. Zanelli, M. Diehl, F. Hutter, 2020, arXiv 2006.02409; the letters are the paper's.

import {
  add,
  cast,
  type FloatDType,
  less,
  lessEqual,
  mul,
  neg,
  type Operand,
  scalar,
  select,
  square,
  sub,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { defined, type Optimizer, type OptimizerPlugin, type Params } from '@gaussmark/core';
import {
  backtrackIterates,
  checkpointIterations,
  conjugateGradient,
  correctBias,
  diagonalPreconditioner,
  gainOf,
  type LineSearchOptions,
  levenbergMarquardt,
  lineSearch,
  solverSpace,
  updateMoment,
} from '@gaussmark/optim';
import { type DampingOptions, dampingSchedule } from './damping.js';

/** Described in manifest.json, with bounds and defaults. */
export interface SgnHyperparameters extends DampingOptions, Omit<LineSearchOptions, 'bound'> {
  readonly stepSize: number;
  readonly cgIterations: number;
  readonly cgTolerance: number;
  readonly warmupCgIterations: number;
  readonly warmupSteps: number;
  readonly lineSearch: boolean;
  /** beta, for the exponential mean of the gradients. */
  readonly momentum: number;
  readonly preconditioned: boolean;
  readonly preconditionerExponent: number;
  /** The share of the last solution that CG starts from; 0 for a start from zero. */
  readonly warmStart: number;
  /** Of Martens' stopping rule; 0 for none. */
  readonly progressTolerance: number;
  readonly progressWindow: number;
  readonly cgBacktracking: boolean;
  /** The share of the mini-batch on which curvature is measured. */
  readonly curvatureShare: number;
  readonly rejectBadSteps: boolean;
}

export type SgnState = {
  /** rho of the next step, scalar; only with a trust region. */
  readonly damping?: Tensor;
  /** m, the exponential mean of the gradients, shaped like the parameters; absent without momentum. */
  readonly momentum?: Params;
  /** The last solution of CG, before it went back, shaped like the parameters; only with a warm start. */
  readonly solution?: Params;
};

/**
 * One step on a mini-batch: solves (B + rho I) D = -mhat approximately, and moves theta by alpha D.
 *
 * B = J'HJ is the generalized Gauss-Newton matrix, with J the Jacobian of the network's outputs and H the Hessian of the loss in
 * them. mhat is the gradient, or its mean over steps. The network is evaluated and linearized once; a CG iteration costs one linear
 * pass forward and one backward. Only a trust region or a line search evaluates the loss again, sharing the evaluation at the full
 * step.
 *
 * Metrics: `loss` (before the update), `cgIterations`, `cgResidual` (max|r|), `cgStopReason` (a code of CG_STOP), `damping`
 * (rho of this step), `stepSize` (alpha); with a trust region `gainRatio`; with a line search `lineSearchSteps`; with
 * either, or with rejectBadSteps, `lossAfter`, the loss of the same batch at the new parameters; with cgBacktracking `cgTaken`, the
 * iterations of the iterate that is taken.
 *
 * Options from Hessian-free optimization, all off by default: CG may start from a share of its last solution (`warmStart`), stop with the
 * progress of the model (`progressTolerance`), go back to an earlier iterate while the loss falls (`cgBacktracking`), and measure B on the
 * first examples of the mini-batch alone (`curvatureShare`). `rejectBadSteps` stays at theta if the loss of the mini-batch would grow or
 * not be finite; the authors' implementation accepts every step.
 *
 * Differences from the authors' implementation:
 * 1. The residuals of a single evaluation serve all CG iterations; theirs evaluates the network in each.
 * 2. A NaN loss passes the tests of trust region and line search, as there, but is reported as `lossAfter`: the harness then ends the
 *    run as diverged and keeps the parameters from before the step.
 * 3. CG stops before dividing by zero or rounding noise, and a gain ratio of noise leaves the damping unchanged. So an exact fit, or
 *    a zero gradient, is a fixed point.
 * 4. p'(Bp + rho p) is one inner product; the authors add p'Bp and rho p'p, which differs by rounding.
 */
const sgn: OptimizerPlugin<SgnHyperparameters, SgnState> = {
  create(options, run): Optimizer<SgnState> {
    const { momentum: beta, stepSize, damping, minDamping } = options;
    const { sufficientDecrease, backtrackingFactor, maxLineSearchSteps } = options;
    const searchOptions = { stepSize, sufficientDecrease, backtrackingFactor, maxLineSearchSteps };
    const dampingAt = dampingSchedule(options, run);
    const checkpoints = checkpointIterations(Math.max(options.cgIterations, options.warmupCgIterations));

    return {
      init(params) {
        const dtype = tree.leaves<Tensor>(params)[0]!.dtype as FloatDType;
        return {
          ...(options.trustRegion ? { damping: scalar(options.damping, dtype) } : {}),
          ...(beta > 0 ? { momentum: vector.zerosLike(params) } : {}),
          ...(options.warmStart > 0 ? { solution: vector.zerosLike(params) } : {}),
        };
      },

      step(problem, params, state, context) {
        const { loss, grad, ...whole } = problem.linearize(params);
        const part = Math.max(1, Math.round(options.curvatureShare * problem.batchSize));
        const { ggnProduct } =
          part === problem.batchSize ? whole : problem.examples(0, part).linearize(params);
        const dtype = loss.dtype as FloatDType;
        const rho = state.damping ?? dampingAt(context);
        const mean = gradientMean(grad, state.momentum, add(cast(context.step, dtype), 1), beta);

        // CG solves (B + rho I) x = mhat: D = -x, and its residual mhat + (B + rho I) D is the paper's r, including the sign.
        const space = solverSpace(params);
        const rhs = space.from(mean.corrected);
        const product = (v: Tree<Tensor>) => space.from(ggnProduct(space.to(v)));
        const cg = conjugateGradient(product, rhs, {
          ...cgBudget(context.step, options),
          tolerance: options.cgTolerance,
          damping: rho,
          ...(options.preconditioned ? { preconditioner: squaredGradient(rhs, rho, options) } : {}),
          ...(state.solution && { start: vector.scale(options.warmStart, space.from(state.solution)) }),
          ...(options.progressTolerance > 0
            ? { progress: { tolerance: options.progressTolerance, window: options.progressWindow } }
            : {}),
          ...(options.cgBacktracking ? { checkpoints } : {}),
        });
        const lossOf = (x: Tree<Tensor>) =>
          problem.loss(vector.sub(params, space.to(vector.scale(stepSize, x))));
        const earlier =
          cg.kept && backtrackIterates({ ...cg, kept: cg.kept, checkpoints }, lossOf, lossOf(cg.solution));
        const { solution } = earlier ?? cg;
        const pointAt = (alpha: Operand) => vector.sub(params, space.to(vector.scale(alpha, solution)));
        const lossAt = (alpha: Operand) => problem.loss(pointAt(alpha));
        /** v'D */
        const along = (v: Tree<Tensor>) => neg(vector.dot(v, solution));

        const step = { params: pointAt(stepSize), stepSize: scalar(stepSize, dtype) };
        const next = defined({
          momentum: mean.momentum,
          solution: state.solution && (space.to(cg.solution) as Params),
        });
        const metrics = {
          loss,
          cgIterations: cg.iterations,
          cgResidual: cg.residualNorm,
          cgStopReason: cg.stopReason,
          damping: rho,
          ...(earlier && { cgTaken: earlier.iterations }),
        };
        if (!options.trustRegion && !options.lineSearch && !options.rejectBadSteps) {
          return { params: step.params, state: next, metrics: { ...metrics, stepSize: step.stepSize } };
        }

        const fullStepLoss = earlier?.loss ?? lossAt(stepSize);
        const residual = () =>
          earlier ? vector.sub(rhs, vector.addScaled(product(solution), rho, solution)) : cg.residual;
        // The model's change along D is (r + mhat)'D / 2, including damping. As in the reference, q uses g instead of mhat.
        const gain = options.trustRegion
          ? gainOf(sub(fullStepLoss, loss), mul(0.5, along(vector.add(residual(), space.from(grad)))), loss)
          : undefined;
        const search = options.lineSearch
          ? lineSearch({ lossAt, loss, slope: along(rhs), fullStepLoss }, searchOptions)
          : undefined;
        const found = { stepSize: search?.stepSize ?? step.stepSize, loss: search?.loss ?? fullStepLoss };
        const taken = options.rejectBadSteps ? unlessBad(found, loss) : found;
        const point = search === undefined ? step.params : pointAt(search.stepSize);
        return {
          params: options.rejectBadSteps ? pointAt(taken.stepSize) : point,
          state: defined({
            damping: gain && levenbergMarquardt(rho, gain, { damping, minDamping }),
            ...next,
          }),
          metrics: defined({
            ...metrics,
            stepSize: taken.stepSize,
            lineSearchSteps: search?.steps,
            gainRatio: gain?.ratio,
            lossAfter: taken.loss,
          }),
        };
      },
    };
  },
};

export default sgn;

/** A step, and no step where the loss would grow or not be finite: a comparison with NaN is false. */
function unlessBad(
  step: { readonly stepSize: Tensor; readonly loss: Tensor },
  loss: Tensor,
): { readonly stepSize: Tensor; readonly loss: Tensor } {
  const good = lessEqual(step.loss, loss);
  return { stepSize: select(good, step.stepSize, 0), loss: select(good, step.loss, loss) };
}

/** m = beta m + (1 - beta) g, and mhat = m / (1 - beta^t), which corrects for the start from zero. Without momentum, g. */
function gradientMean(
  grad: Params,
  previous: Params | undefined,
  t: Tensor,
  beta: number,
): { readonly corrected: Params; readonly momentum?: Params } {
  if (previous === undefined) return { corrected: grad };
  const momentum = updateMoment(previous, beta, grad);
  return { corrected: correctBias(momentum, beta, t), momentum };
}

/** n: the first steps have a separate budget. */
function cgBudget(
  taken: Tensor,
  { cgIterations, warmupCgIterations, warmupSteps }: SgnHyperparameters,
): { readonly maxIterations: Tensor | number; readonly capacity: number } {
  if (warmupSteps <= 1 || warmupCgIterations === cgIterations) {
    return { maxIterations: cgIterations, capacity: cgIterations };
  }
  return {
    maxIterations: select(
      less(taken, warmupSteps - 1),
      scalar(warmupCgIterations, 'int32'),
      scalar(cgIterations, 'int32'),
    ),
    capacity: Math.max(cgIterations, warmupCgIterations),
  };
}

/** P = 1 / d^exponent with d = mhat^2 + rho, a diagonal like that of the Fisher matrix. */
function squaredGradient<T extends Tree<Tensor>>(
  mhat: T,
  rho: Tensor,
  { preconditionerExponent: exponent, minDamping: least }: SgnHyperparameters,
): (residual: T) => T {
  const d = tree.map((m: Tensor) => add(square(m), rho), mhat) as T;
  return diagonalPreconditioner(d, { exponent, least });
}
