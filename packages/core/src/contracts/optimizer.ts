// The optimizer contract: an update rule over tensors, traced once and compiled as a whole.

import type { Tensor, Tree } from '@gaussmark/autodiff';

/** A model's parameters: any tree (records and arrays) of tensors. */
export type Params = Tree<Tensor>;

/**
 * Named scalars of one step, recorded and plotted; no score depends on them. The harness itself records loss, work and
 * inner iterations; a metric named `loss` is dropped. A run diverges if `lossAfter`, the batch's loss at the new parameters, is
 * not finite.
 */
export type Metrics = Readonly<Record<string, Tensor>>;

export interface OptimizerPlugin<
  H = Readonly<Record<string, unknown>>,
  S extends Tree<Tensor> = Tree<Tensor>,
> {
  /** `hyperparameters` are validated against the manifest and complete. */
  create(hyperparameters: H, context: OptimizerContext): Optimizer<S>;
}

export interface OptimizerContext {
  /** Steps the run takes unless it ends early; `null` under a budget in seconds. */
  readonly plannedSteps: number | null;
}

/** Both functions are pure and traced: they see tensors without values; their programs run natively later. */
export interface Optimizer<S extends Tree<Tensor> = Tree<Tensor>> {
  /** The state before the first step. Its cost counts as work of the run. */
  init(params: Params): S;
  /**
   * One step on one mini-batch. Must return `params` and `state` of the types given. Traced once per mini-batch size; all
   * traces must have the same metrics.
   */
  step(problem: Problem, params: Params, state: S): StepResult<S>;
}

export interface StepResult<S> {
  readonly params: Params;
  readonly state: S;
  readonly metrics: Metrics;
}

/** The mean loss of a model on one mini-batch, as a function of the parameters. */
export interface Problem {
  /** Mean loss of the batch. Scalar. */
  loss(params: Params): Tensor;
  valueAndGrad(params: Params): { readonly loss: Tensor; readonly grad: Params };
  /** One forward evaluation whose residuals serve any number of Jacobian products. */
  linearize(params: Params): LinearizedProblem;
}

/** The batch's loss around a point. J is the Jacobian of the network's outputs, H the Hessian of the loss in them. */
export interface LinearizedProblem {
  /** Mean loss of the batch. Scalar. */
  readonly loss: Tensor;
  /** Gradient of the loss, shaped like the parameters. */
  readonly grad: Params;
  /** The network's outputs before the loss (logits), (M, ...). */
  readonly outputs: Tensor;
  /** J v: `v` shaped like the parameters, the result like the outputs. */
  jvp(v: Params): Tensor;
  /** J' u: `u` shaped like the outputs, the result like the parameters. */
  vjp(u: Tensor): Params;
  /** H u, shaped like the outputs. */
  outputHessianProduct(u: Tensor): Tensor;
  /** J' H J v, the generalized Gauss-Newton product, shaped like the parameters. */
  ggnProduct(v: Params): Params;
}
