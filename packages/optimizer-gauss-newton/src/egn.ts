// EGN, exact Gauss-Newton: the damped Gauss-Newton step of a mini-batch, solved exactly in the space of the outputs.
// M. Korbit, A. D. Adeoye, A. Bemporad, M. Zanon, 2024, arXiv 2405.14402.

import {
  type FloatDType,
  mul,
  type Operand,
  scalar,
  sub,
  type Tensor,
  type Tree,
  tree,
  vector,
} from '@gaussmark/autodiff';
import {
  type CurvatureFactor,
  curvatureFactor,
  defined,
  demandAtMost,
  type Optimizer,
  type OptimizerPlugin,
  type Params,
} from '@gaussmark/core';
import {
  conjugateGradient,
  gainOf,
  grownStepSize,
  levenbergMarquardt,
  lineSearch,
  predictedChange,
} from '@gaussmark/optim';
import { choleskySolver, dampedDirection, type OutputSolver } from './dual-system.js';
import { meanOfDirections } from './update-rule.js';

/** Described in manifests/egn.json, with bounds and defaults. */
export interface EgnHyperparameters {
  /** alpha; the largest one in a line search. */
  readonly learningRate: number;
  /** lambda of the first step. */
  readonly damping: number;
  readonly dampingPolicy: 'constant' | 'adaptive';
  readonly dampingGrowth: number;
  readonly dampingShrinkage: number;
  readonly minDamping: number;
  /** beta, for the exponential mean of the directions. */
  readonly momentum: number;
  readonly lineSearch: boolean;
  readonly sufficientDecrease: number;
  readonly backtrackingFactor: number;
  readonly stepSizeGrowth: number;
  readonly maxLineSearchSteps: number;
  readonly solver: 'auto' | 'cholesky' | 'cg';
  readonly cgIterations: number;
  readonly cgTolerance: number;
}

export type EgnState = {
  /** lambda of the next step, scalar; only with adaptive damping. */
  readonly damping?: Tensor;
  /** alpha accepted last, scalar; only with a line search. */
  readonly stepSize?: Tensor;
  /** Of the mean of directions. */
  readonly mean: Tree<Tensor>;
};

/** The largest system that `auto` factorizes. */
const LARGEST_FACTORIZED = 2048;

/**
 * One step on a mini-batch with M examples and c outputs each:
 *
 * ```
 * d = (B + lambda I)^-1 g = A' (A A' + lambda I)^-1 s        A = S'J: (Mc, parameters), S S' = H, A's = g
 * m = beta m + (1 - beta) d,  theta = theta - alpha m / (1 - beta^t)
 * ```
 *
 * A A' is formed layer by layer, and solved by a Cholesky factorization: O((Mc)^2 width + (Mc)^3) operations, and no more memory than
 * (Mc)^2 numbers and, for convolutions, the Jacobian of one layer.
 *
 * Metrics: `loss` (before the update), `damping`, `stepSize`; unless solver=cholesky `cgIterations` (0 where the system was
 * factorized); with adaptive damping `gainRatio`; with a line search `lineSearchSteps`; with either `lossAfter`.
 *
 * @throws GaussmarkError on creation, if minDamping is above damping
 * @throws RangeError in the step, if the Gram matrix takes more than 1 GiB and solver=cholesky
 */
const egn: OptimizerPlugin<EgnHyperparameters, EgnState> = {
  create(options): Optimizer<EgnState> {
    demandAtMost("optimizer 'egn'", options, 'minDamping', 'damping');
    const { learningRate, damping } = options;
    const isAdaptive = options.dampingPolicy === 'adaptive';
    const rule = meanOfDirections(options.momentum);

    return {
      init(params) {
        const dtype = tree.leaves<Tensor>(params)[0]!.dtype as FloatDType;
        return defined({
          damping: isAdaptive ? scalar(damping, dtype) : undefined,
          stepSize: options.lineSearch ? scalar(learningRate, dtype) : undefined,
          mean: rule.init(params),
        });
      },

      step(problem, params, state) {
        const linearized = problem.linearize(params);
        const { loss, grad } = linearized;
        const factor = curvatureFactor(problem, params, linearized);
        const lambda = state.damping ?? scalar(damping, loss.dtype);
        const solver = solverOf(factor, options);
        const direction = dampedDirection(linearized, factor, lambda, solver.solve);
        const { updates, state: mean } = rule.update(direction, state.mean as never, params);
        const pointAt = (alpha: Operand) =>
          vector.addScaled(params, mul(-1, toTensor(alpha, loss)), updates as Params);
        const lossAt = (alpha: Operand) => problem.loss(pointAt(alpha));
        const search =
          state.stepSize &&
          lineSearch(
            { lossAt, loss, slope: mul(-1, vector.dot(grad, updates as Params)) },
            {
              sufficientDecrease: options.sufficientDecrease,
              backtrackingFactor: options.backtrackingFactor,
              maxLineSearchSteps: options.maxLineSearchSteps,
              stepSize: grownStepSize(state.stepSize, {
                growth: options.stepSizeGrowth,
                maxStepSize: learningRate,
              }),
              bound: 'current',
            },
          );
        const alpha = search?.stepSize ?? scalar(learningRate, loss.dtype);
        const lossAfter = search?.loss ?? (isAdaptive ? lossAt(alpha) : undefined);
        const gain =
          state.damping && gainOf(sub(lossAfter!, loss), predicted(alpha, updates as Params), loss);
        /** By the damped model, of the whole update: as in somax. */
        function predicted(length: Tensor, along: Params): Tensor {
          const step = vector.scale(mul(-1, length), along);
          return predictedChange(grad, step, linearized.ggnProduct(step), { damping: lambda });
        }
        return {
          params: pointAt(alpha),
          state: defined({
            damping:
              gain &&
              levenbergMarquardt(lambda, gain, {
                damping,
                minDamping: options.minDamping,
                growth: options.dampingGrowth,
                shrinkage: options.dampingShrinkage,
              }),
            stepSize: search?.stepSize,
            mean,
          }),
          metrics: defined({
            loss,
            damping: lambda,
            stepSize: alpha,
            cgIterations: solver.iterations(),
            gainRatio: gain?.ratio,
            lineSearchSteps: search?.steps,
            lossAfter,
          }),
        };
      },
    };
  },
};

export default egn;

const toTensor = (alpha: Operand, like: Tensor): Tensor =>
  typeof alpha === 'number' ? scalar(alpha, like.dtype) : alpha;

interface CountingSolver {
  readonly solve: OutputSolver;
  /** CG iterations of the last solution; undefined if there can be none. */
  iterations(): Tensor | undefined;
}

function solverOf(
  factor: CurvatureFactor,
  { solver, cgIterations, cgTolerance }: EgnHyperparameters,
): CountingSolver {
  const factorizes = solver === 'cholesky' || (solver === 'auto' && factor.rows <= LARGEST_FACTORIZED);
  if (factorizes) {
    const none = scalar(0, 'int32');
    return {
      solve: choleskySolver(factor.gram()),
      iterations: () => (solver === 'cholesky' ? undefined : none),
    };
  }
  let iterations: Tensor | undefined;
  return {
    solve(b, damping) {
      const cg = conjugateGradient((a: Tensor) => factor.product(factor.transposed(a)), b, {
        maxIterations: cgIterations,
        tolerance: mul(cgTolerance, vector.maxAbs(b)),
        damping,
      });
      iterations = cg.iterations;
      return cg.solution;
    },
    iterations: () => iterations,
  };
}
