// The optimizer contract: an update rule over tensors, traced once and compiled as a whole.

import type { Tensor, Tree } from '@gaussmark/autodiff';
import type { Params, Problem } from '@gaussmark/problem';
import type { Key } from '@gaussmark/random/program';
import type { ParameterInfo } from './parameters.js';

/** A scalar; a vector (n,) of at most 64 entries; or a record of scalars, whose keys name the entries. */
export type Metric = Tensor | Readonly<Record<string, Tensor>>;

/**
 * Named numbers of one step, recorded and plotted; no score depends on them. The entries of a vector are recorded as `name[0]`,
 * `name[1]`, ..., those of a record as `name[key]`, and drawn in one chart per setting. The harness itself records loss, work and
 * inner iterations; a metric named `loss` is dropped. A run diverges if `lossAfter`, the batch's loss at the new parameters, is
 * not finite.
 */
export type Metrics = Readonly<Record<string, Metric>>;

export interface OptimizerPlugin<
  H = Readonly<Record<string, unknown>>,
  S extends Tree<Tensor> = Tree<Tensor>,
> {
  /** `hyperparameters` are validated against the manifest and complete. */
  create(hyperparameters: H, context: OptimizerContext): Optimizer<S>;
}

/** What is known of a run before it starts. For tests of a plugin, {@link optimizerContext} makes one. */
export interface OptimizerContext {
  /** Steps the run takes unless it ends early; `null` under a budget in seconds or work alone. */
  readonly plannedSteps: number | null;
  /** Steps that see as many examples as the training set has, rounded up; a mini-batch at the end of a pass may be shorter. */
  readonly stepsPerEpoch: number;
  /** Examples in the training set. */
  readonly trainingSize: number;
  /** Examples of a full mini-batch. */
  readonly batchSize: number;
  /** The seed of the run. */
  readonly seed: number;
  /**
   * The model's parameters by path, shape and role, in the order of `tree.leaves(params)`.
   *
   * @example
   * // Decay matrices, not biases and gains.
   * const decayed = context.parameters.map(({ role }) => role !== 'bias' && role !== 'gain');
   */
  readonly parameters: readonly ParameterInfo[];
}

/**
 * What a step knows besides its mini-batch. A step that ignores a field compiles to the program it would be without it. For
 * tests of a plugin, {@link stepContext} makes one.
 */
export interface StepContext {
  /**
   * The share of the budget spent before this step, under every kind of budget: 0 at the first step (what `init` took, under
   * seconds and work), below 1 at the last, and never decreasing. Scalar of the run's dtype. Under several budgets, the largest share. Exact and reproducible under budgets in
   * steps, epochs and work; under one in seconds, read from the training clock.
   *
   * @example
   * // A cosine schedule that ends when the budget does, whatever its kind.
   * const rate = mul(0.5 * learningRate, add(1, cos(mul(Math.PI, context.progress))));
   */
  readonly progress: Tensor;
  /** Steps taken before this one. int32 scalar; stays at 2^31 - 1 in longer runs. */
  readonly step: Tensor;
  /**
   * The key of a label at this step of this run, for the draws of `@gaussmark/random/program`: the same bits on every engine, whether or
   * not the run was resumed. Other seeds, steps and labels have independent keys. Use each label for one draw.
   *
   * @throws TypeError if the label is not a string
   * @example
   * const probe = drawLike(rademacher, context.random('probe'), params);
   */
  random(label: string): Key;
}

/** What is known when the initial state is made. */
export interface InitContext {
  /** As in {@link StepContext}; independent of the keys of all steps. */
  random(label: string): Key;
}

/** All functions are pure and traced: they see tensors without values; their programs run natively later. */
export interface Optimizer<S extends Tree<Tensor> = Tree<Tensor>> {
  /** The state before the first step. Its cost counts as work of the run. */
  init(params: Params, context: InitContext): S;
  /**
   * One step on one mini-batch. Must return `params` and `state` of the types given. Traced once per mini-batch size; all
   * traces must have the same metrics.
   */
  step(problem: Problem, params: Params, state: S, context: StepContext): StepResult<S>;
  /**
   * Where the model is evaluated, saved and exported: an average of the parameters, say. Must return parameters of the types
   * given. Not billed, and off the training clock; the loss that a step's record shows remains the one at `params`. Default:
   * `params`.
   *
   * @example
   * evaluationPoint: (_params, { average }) => average
   */
  evaluationPoint?(params: Params, state: S): Params;
}

export interface StepResult<S> {
  readonly params: Params;
  readonly state: S;
  readonly metrics: Metrics;
}
