// What an optimizer's step sees of the model, the loss and the mini-batch.

import type { Conv2dOptions, Shape, Tensor, Tree } from '@gaussmark/autodiff';
import type { Key } from '@gaussmark/random/program';

/** A model's parameters: any tree (records and arrays) of tensors. */
export type Params = Tree<Tensor>;

/** A network: outputs (M, ...) for inputs (M, ...). */
export interface Network {
  apply(params: never, x: Tensor): Tensor;
}

/** Examples and their targets. */
export interface Batch {
  /** (M, ...input.shape) */
  readonly inputs: Tensor;
  /** (M, ...target.shape) */
  readonly targets: Tensor;
}

/**
 * The mean loss of a model on one mini-batch of M examples, as a function of the parameters. Everything is traced, and what a step does
 * not use costs nothing.
 */
export interface Problem {
  /** The examples, (M, ...input.shape): the run's float dtype, or int32 tokens. */
  readonly inputs: Tensor;
  /** (M, ...target.shape): the run's float dtype, or int32 class indices. */
  readonly targets: Tensor;
  /** M. */
  readonly batchSize: number;
  /**
   * Terms that the loss averages: the elements of the targets. M labels; for sequences, M times the positions; in a regression, M times
   * the outputs.
   */
  readonly terms: number;
  /** Mean loss of the batch. Scalar. */
  loss(params: Params): Tensor;
  valueAndGrad(params: Params): { readonly loss: Tensor; readonly grad: Params };
  /** One forward evaluation whose residuals serve any number of Jacobian products. */
  linearize(params: Params): LinearizedProblem;
  /** H v, where H is the Hessian of the loss in the parameters: forward over reverse. `v` shaped like the parameters. */
  hessianProduct(params: Params, v: Params): Params;
  /**
   * The mean loss of given outputs (M, ...), for the batch's targets or others of their type. Scalar.
   *
   * @example
   * const { outputs } = problem.linearize(params);
   * problem.lossOf(outputs); // problem.loss(params)
   */
  lossOf(outputs: Tensor, targets?: Tensor): Tensor;
  /**
   * Targets drawn from the model's own predictive distribution, of the type of the batch's: classes with the probabilities softmax(f), or
   * f plus normal noise of variance 1/2 (squaredError). They count as constants in derivatives.
   *
   * The gradient g of the loss on such targets has mean 0 and covariance G / terms, where G = J' H J is the Gauss-Newton matrix (here also
   * the Fisher matrix) of this loss: `terms` g^2 is an unbiased estimate of its diagonal. For per-example gradients g_i,
   * (terms / M) times the mean of g_i g_i' is one of G.
   *
   * @param outputs (M, ...): `linearize(params).outputs`
   * @param key of this draw: under one key, every call draws the same numbers, in every sub-batch and example. For per-example gradients,
   *   draw for the whole batch, then use {@link withTargets}.
   * @throws TypeError if the loss has no distribution
   * @example
   * // Sophia-G's estimate of the Hessian's diagonal.
   * const { outputs } = problem.linearize(params);
   * const sampled = problem.withTargets(problem.sampleTargets(outputs, context.random('labels')));
   * const { grad } = sampled.valueAndGrad(params);
   * const diagonal = vector.scale(problem.terms, vector.mul(grad, grad));
   */
  sampleTargets(outputs: Tensor, key: Key): Tensor;
  /**
   * The same inputs with other targets of the same type, such as sampled ones.
   *
   * @throws TypeError if the type differs
   */
  withTargets(targets: Tensor): Problem;
  /**
   * The sub-batch of the examples `start` to `stop` - 1, as a problem of its own.
   *
   * @throws RangeError unless 0 <= start < stop <= M
   */
  examples(start: number, stop: number): Problem;
  /**
   * The mini-batch in `count` sub-batches, in order; sizes differ by at most one. Weighted by `batchSize / M`, their losses and
   * gradients add up to the whole batch's.
   *
   * @throws RangeError unless 1 <= count <= M
   */
  chunks(count: number): readonly Problem[];
  /**
   * The mean of a function over sub-batches, weighted by their sizes, in a loop: gradient accumulation. Memory grows with `chunk` instead of
   * M.
   *
   * @param fn returns a tree of floats, of the same types for every sub-batch
   * @param options `chunk`: examples at a time; the last sub-batch may be smaller
   * @throws RangeError unless 1 <= chunk; TypeError for other types
   * @example
   * // The gradient of the whole batch, 16 examples at a time.
   * const grad = problem.accumulate((part) => part.valueAndGrad(params).grad, { chunk: 16 });
   */
  accumulate<R extends Tree<Tensor>>(fn: (part: Problem) => R, options: { readonly chunk: number }): R;
  /** Values for each example. */
  readonly perExample: PerExample;
  /**
   * The inputs of every shared layer, and the gradients at its pre-activation, in one forward and one backward pass.
   *
   * @throws TypeError if a layer runs inside a loop, a branch or a nested transformation
   */
  layers(params: Params): LayeredProblem;
  /**
   * The next mini-batch of an independent stream of examples, of the same size, for estimates that must not share the noise of this one. An
   * optimizer that uses it declares `"batches": 2` in its manifest's `capabilities`; its examples count as examples of the run.
   *
   * @throws TypeError without that declaration, and for a sub-batch
   */
  readonly second: Problem;
}

export interface ChunkOptions {
  /**
   * Examples at a time: a whole number of at least 1. More than M count as M. Default: as many as keep a chunk's gradients (or Jacobians)
   * below 256 MiB, whether or not a function keeps them; losses alone need no chunks.
   */
  readonly chunk?: number;
}

/**
 * Values for each of the M examples, vectorized ({@link vmap}) over a chunk of examples at a time. The loss l_i of example i is the mean
 * of its own terms, so that the batch's loss is (1/M) sum_i l_i. The network must treat examples independently.
 */
export interface PerExample {
  /** l_i, (M). */
  losses(params: Params, options?: ChunkOptions): Tensor;
  /** The gradients of l_i: the tree of the parameters, each leaf (M, ...parameter). */
  gradients(params: Params, options?: ChunkOptions): Params;
  /** The Jacobians of the outputs: the tree of the parameters, each leaf (M, ...outputs of one example, ...parameter). */
  jacobians(params: Params, options?: ChunkOptions): Params;
  /**
   * What a function returns for each example, stacked: every leaf (M, ...).
   *
   * @param fn is given the problem of one example, a batch of size 1
   * @example
   * // The squared norm of each gradient, without keeping the gradients: (M).
   * problem.perExample.map((example) => {
   *   const { grad } = example.valueAndGrad(params);
   *   return vector.dot(grad, grad);
   * });
   */
  map<R extends Tree<Tensor>>(fn: (example: Problem) => R, options?: ChunkOptions): R;
  /** (1/M) sum_i of what a function returns for example i, a tree of floats. Only one chunk is in memory at a time. */
  mean<R extends Tree<Tensor>>(fn: (example: Problem) => R, options?: ChunkOptions): R;
}

/** The batch's loss around a point. J is the Jacobian of the network's outputs, H the Hessian of the loss in them. */
export interface LinearizedProblem {
  /** Mean loss of the batch. Scalar. */
  readonly loss: Tensor;
  /** Gradient of the loss, shaped like the parameters. */
  readonly grad: Params;
  /** The network's outputs before the loss (logits), (M, ...). */
  readonly outputs: Tensor;
  /** Gradient of the loss in the outputs, (M, ...). It contains the mean's factor, 1 / terms. */
  readonly outputGradient: Tensor;
  /** J v: `v` shaped like the parameters, the result like the outputs. */
  jvp(v: Params): Tensor;
  /** J' u: `u` shaped like the outputs, the result like the parameters. */
  vjp(u: Tensor): Params;
  /** H u, shaped like the outputs. */
  outputHessianProduct(u: Tensor): Tensor;
  /** S u, where S S' = H; `u` and the result are shaped like the outputs. @throws TypeError if the loss has no distribution */
  outputHessianFactor(u: Tensor): Tensor;
  /** S' u, shaped like the outputs. @throws TypeError if the loss has no distribution */
  outputHessianFactorTranspose(u: Tensor): Tensor;
  /**
   * s with S s = u, for u in the range of S, such as `outputGradient`; shaped like the outputs. `remainder`, u - S s, is what a rounded S
   * cannot reach: where a class of probability near 0 occurs; null if there is none.
   *
   * @throws TypeError if the loss has no distribution
   */
  outputHessianFactorSolve(u: Tensor): { readonly solution: Tensor; readonly remainder: Tensor | null };
  /** J' H J v, the generalized Gauss-Newton product, shaped like the parameters. */
  ggnProduct(v: Params): Params;
  /** The product of the loss's Hessian in the parameters with `v`; it shares the forward pass. */
  hessianProduct(v: Params): Params;
}

/** The shared layers of a network at a point. */
export interface LayeredProblem {
  /** Mean loss of the batch. Scalar. */
  readonly loss: Tensor;
  /** (M, ...) */
  readonly outputs: Tensor;
  /** Gradient of the loss in the outputs, (M, ...). */
  readonly outputGradient: Tensor;
  /** In the order in which they run. A layer that is used twice appears twice. */
  readonly layers: readonly Layer[];
  /**
   * The gradients u' dz at every layer's pre-activation z, shaped like it. For the loss, `u` is `outputGradient`: the gradients then contain
   * the mean's factor, so those of example i alone are M times the i-th rows.
   *
   * @param u shaped like the outputs
   */
  backward(u: Tensor): readonly Tensor[];
}

/** A use of a shared layer: z = a W + b, or a convolution. */
export type Layer = {
  /** `layers.0`: the path of the weight without its last part, or '' if the weight is no parameter itself. */
  readonly path: string;
  /** Path of the weight among the parameters; `null` if it is computed from parameters (a tied, transposed table). */
  readonly weight: string | null;
  /** Path of the bias; `null` without one, or if it is computed. */
  readonly bias: string | null;
  /** a: dense (M, ..., in), convolutional (M, C, H, W). */
  readonly inputs: Tensor;
  /** Shape of z: dense (M, ..., out), convolutional (M, filters, OH, OW). */
  readonly preActivationShape: Shape;
  /**
   * The inputs by place: (rows, fan-in), one row for each position of each example. A convolution's row is a patch, ordered like a filter:
   * (channels, height, width). The layer's weight as a matrix (fan-in, units), z is this times the weight, row by row. With groups, a row
   * has the channels of all groups, and the weight as a matrix is zero between groups.
   */
  inputRows(): Tensor;
  /** A gradient at z by place: (rows, units), in the order of {@link inputRows}. */
  gradientRows(gradient: Tensor): Tensor;
} & ({ readonly kind: 'dense' } | { readonly kind: 'conv'; readonly options: Conv2dOptions });
