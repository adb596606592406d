// Hessian-free optimization: damped Gauss-Newton steps by preconditioned conjugate gradients that stop early, go back and start warm.
// J. Martens, Deep learning via Hessian-free optimization, 2010; J. Martens and I. Sutskever, Training deep and recurrent networks with
// Hessian-free optimization, 2012.

import {
  add,
  and,
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
import {
  defined,
  demandAtMost,
  type Optimizer,
  type OptimizerPlugin,
  type Params,
  type Problem,
} from '@gaussmark/core';
import {
  backtrackIterates,
  type CgBacktracking,
  checkpointIterations,
  conjugateGradient,
  diagonalPreconditioner,
  gainOf,
  levenbergMarquardt,
  lineSearch,
  predictedChange,
  solverSpace,
} from '@gaussmark/optim';

/** Described in manifest.json, with bounds and defaults. */
export interface HessianFreeHyperparameters {
  readonly cgIterations: number;
  /** Of the quadratic model per iteration; 0 disables the rule. */
  readonly progressTolerance: number;
  /** The share of the last solution that CG starts from. */
  readonly warmStart: number;
  readonly cgBacktracking: boolean;
  /** Of the diagonal; 0 for none. */
  readonly preconditionerExponent: number;
  /** lambda of the first step. */
  readonly damping: number;
  readonly minDamping: number;
  readonly adaptiveDamping: boolean;
  /** The share of the mini-batch on which curvature is measured. */
  readonly curvatureShare: number;
  readonly sufficientDecrease: number;
  readonly backtrackingFactor: number;
  /** Reductions of the step; 0 for no line search. */
  readonly maxLineSearchSteps: number;
}

export type HessianFreeState = {
  /** lambda of the next step; only if it adapts. */
  readonly damping?: Tensor;
  /** The last solution of CG, before it went back, shaped like the parameters; only with a warm start. */
  readonly solution?: Params;
};

/**
 * One step on a mini-batch. With g the gradient of the mini-batch's loss l, and B its Gauss-Newton matrix:
 *
 * ```
 * (B + lambda I) x = g           CG from warmStart times the last x, with M = (mean_i g_i^2 + lambda)^(3/4) over examples i
 *                                stops if the model q fell by less than k tolerance of itself in k = max(10, i / 10) iterations
 * x = an earlier iterate         going back through ceil(1.3^j) while l(theta - x) does not rise
 * lambda = 3/2 lambda            if l fell by less than 1/4 of what q predicts, or is NaN; 2/3 lambda if by more than 3/4
 * theta = theta - alpha x        alpha = 1, 0.8, 0.64, ... until Armijo's condition holds; 0 if it never does
 * ```
 *
 * q(x) = x'(B + lambda I)x / 2 - g'x includes the damping and is taken from x = 0, for the x after going back.
 *
 * Metrics: `loss` and `lossAfter` (of the same mini-batch), `damping` (of this step), `gainRatio`, `stepSize` (alpha), `lineSearchSteps`,
 * `cgIterations`, `cgStopReason` (a code of CG_STOP), `cgTaken` (iterations of the iterate that is taken).
 *
 * The README numbers the differences from Martens' code and f-dangel's PyTorchHessianFree.
 *
 * @throws GaussmarkError on creation, for minDamping above damping
 */
const hessianFree: OptimizerPlugin<HessianFreeHyperparameters, HessianFreeState> = {
  create(options): Optimizer<HessianFreeState> {
    const { cgIterations, warmStart, curvatureShare, progressTolerance } = options;
    demandAtMost("optimizer 'hessian-free'", options, 'minDamping', 'damping');
    const checkpoints = checkpointIterations(cgIterations);

    return {
      init(params) {
        const dtype = tree.leaves<Tensor>(params)[0]!.dtype as FloatDType;
        return {
          ...(options.adaptiveDamping ? { damping: scalar(options.damping, dtype) } : {}),
          ...(warmStart > 0 ? { solution: vector.zerosLike(params) } : {}),
        };
      },

      step(problem, params, state) {
        const { loss, grad, ...whole } = problem.linearize(params);
        const dtype = loss.dtype as FloatDType;
        const part = Math.max(1, Math.round(curvatureShare * problem.batchSize));
        const { ggnProduct } =
          part === problem.batchSize ? whole : problem.examples(0, part).linearize(params);
        const lambda = state.damping ?? scalar(options.damping, dtype);

        const space = solverSpace(params);
        const rhs = space.from(grad);
        const product = (v: Tree<Tensor>) => space.from(ggnProduct(space.to(v)));
        const cg = conjugateGradient(product, rhs, {
          maxIterations: cgIterations,
          tolerance: 0,
          damping: lambda,
          ...(state.solution && { start: vector.scale(warmStart, space.from(state.solution)) }),
          ...(options.preconditionerExponent > 0
            ? { preconditioner: squaredGradients(problem, params, lambda, options, space.from) }
            : {}),
          ...(progressTolerance > 0 ? { progress: { tolerance: progressTolerance } } : {}),
          ...(options.cgBacktracking ? { checkpoints } : {}),
        });
        const pointAt = (alpha: Operand, x: Tree<Tensor>) =>
          vector.sub(params, space.to(vector.scale(alpha, x)));
        const lossOf = (x: Tree<Tensor>) => problem.loss(vector.sub(params, space.to(x)));
        const taken: Pick<CgBacktracking<Tree<Tensor>>, 'solution' | 'loss' | 'iterations'> = cg.kept ===
        undefined
          ? { ...cg, loss: lossOf(cg.solution) }
          : backtrackIterates({ ...cg, kept: cg.kept, checkpoints }, lossOf, lossOf(cg.solution));

        const step = vector.neg(taken.solution);
        const predicted = predictedChange(rhs, step, product(step), { damping: lambda });
        const gain = gainOf(sub(taken.loss, loss), predicted, loss);
        const slope = neg(vector.dot(rhs, taken.solution));
        // A comparison with NaN is false.
        const descends = less(slope, 0);
        const search = searchFrom(taken.loss, loss, { slope, descends }, options, (alpha) =>
          problem.loss(pointAt(alpha, taken.solution)),
        );
        return {
          params: pointAt(search.stepSize, taken.solution),
          state: defined({
            damping:
              state.damping &&
              levenbergMarquardt(lambda, gain, {
                damping: options.damping,
                minDamping: options.minDamping,
                atNaN: 'grow',
              }),
            solution:
              state.solution &&
              tree.map((x: Tensor) => select(descends, x, 0), space.to(cg.solution) as Params),
          }) as HessianFreeState,
          metrics: {
            loss,
            lossAfter: search.loss,
            damping: lambda,
            gainRatio: gain.ratio,
            stepSize: search.stepSize,
            lineSearchSteps: search.steps,
            cgIterations: cg.iterations,
            cgStopReason: cg.stopReason,
            cgTaken: taken.iterations,
          },
        };
      },
    };
  },
};

export default hessianFree;

/** r -> r / (mean_i g_i^2 + lambda)^exponent, with the gradients g_i of the examples. */
function squaredGradients(
  problem: Problem,
  params: Params,
  lambda: Tensor,
  { preconditionerExponent: exponent, minDamping: least }: HessianFreeHyperparameters,
  from: (tree: Tree<Tensor>) => Tree<Tensor>,
): (residual: Tree<Tensor>) => Tree<Tensor> {
  const squares = problem.perExample.mean(
    (example) => tree.map(square, example.valueAndGrad(params).grad) as Params,
  );
  const d = tree.map((x: Tensor) => add(x, lambda), from(squares));
  return diagonalPreconditioner(d, { exponent, least });
}

interface Searched {
  /** alpha, 0 if Armijo's condition never held or the direction does not descend. */
  readonly stepSize: Tensor;
  /** The loss there. */
  readonly loss: Tensor;
  readonly steps: Tensor;
}

/** @param fullStepLoss the loss at alpha = 1 */
function searchFrom(
  fullStepLoss: Tensor,
  loss: Tensor,
  { slope, descends }: { readonly slope: Tensor; readonly descends: Tensor },
  { sufficientDecrease, backtrackingFactor, maxLineSearchSteps }: HessianFreeHyperparameters,
  lossAt: (alpha: Operand) => Tensor,
): Searched {
  const whole = { stepSize: scalar(1, loss.dtype), loss: fullStepLoss, steps: scalar(0, 'int32') };
  const found =
    maxLineSearchSteps === 0
      ? whole
      : lineSearch(
          // Where it does not descend, the loss at theta passes the test: the search ends at once.
          { lossAt, loss, slope, fullStepLoss: select(descends, fullStepLoss, loss) },
          {
            stepSize: 1,
            sufficientDecrease,
            backtrackingFactor,
            maxLineSearchSteps,
            bound: 'current',
            nonFinite: 'fail',
          },
        );
  const bound = add(loss, mul(mul(sufficientDecrease, found.stepSize), slope));
  const accepted = maxLineSearchSteps === 0 ? descends : and(descends, lessEqual(found.loss, bound));
  return {
    stepSize: select(accepted, found.stepSize, 0),
    loss: select(accepted, found.loss, loss),
    steps: found.steps,
  };
}
