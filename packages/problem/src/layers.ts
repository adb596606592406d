// The shared layers, dense and convolutional: models made of them show every layer's inputs and gradients to an optimizer.

import { add, type Conv2dOptions, conv2d, matmul, reshape, type Tensor } from '@gaussmark/autodiff';

/** Parameters of a layer: dense (in, out) and (out); convolutional (filters, channels / groups, height, width) and (filters). */
export type AffineParams = { readonly weight: Tensor; readonly bias: Tensor };

/** Parameters of a layer that may lack a bias. */
export type LinearParams = { readonly weight: Tensor; readonly bias?: Tensor };

/** A use of a shared layer. */
export type LayerUse = {
  readonly params: LinearParams;
  /** Dense: (..., in). Convolutional: (M, C, H, W). */
  readonly inputs: Tensor;
} & ({ readonly kind: 'dense' } | { readonly kind: 'conv'; readonly options: Conv2dOptions });

/** Sees a layer's pre-activation, and returns the tensor to use in its place. */
export type LayerTap = (use: LayerUse, preActivation: Tensor) => Tensor;

let tap: LayerTap | null = null;

/** Runs a function whose shared layers all pass through `own`. */
export function withTap<R>(own: LayerTap | null, fn: () => R): R {
  const previous = tap;
  tap = own;
  try {
    return fn();
  } finally {
    tap = previous;
  }
}

/**
 * A dense layer, h W + b over the last axis: (..., in) -> (..., out). Without a bias in `params`, h W.
 *
 * @param params weight (in, out), bias (out)
 * @throws TypeError or RangeError if the shapes do not fit
 * @example
 * const { program } = trace(
 *   (h: Tensor, weight: Tensor, bias: Tensor) => tanh(dense(h, { weight, bias })),
 *   { dtype: 'float32', shape: [8, 3] }, { dtype: 'float32', shape: [3, 5] }, { dtype: 'float32', shape: [5] },
 * );
 * program.outputs[0].type.shape; // = [8, 5]
 */
export function dense(h: Tensor, params: LinearParams): Tensor {
  const { weight, bias } = params;
  const product = matmul(h, weight);
  const z = bias === undefined ? product : add(product, bias);
  return tap === null ? z : tap({ kind: 'dense', params, inputs: h }, z);
}

/**
 * A convolutional layer: the convolution of images (M, C, H, W), plus a bias per filter.
 *
 * @param params weight (filters, channels / groups, height, width), bias (filters)
 * @returns (M, filters, OH, OW); see {@link conv2d} for the sizes
 * @throws TypeError or RangeError if the shapes do not fit
 * @example
 * const { program } = trace(
 *   (images: Tensor, weight: Tensor, bias: Tensor) => convolve(images, { weight, bias }, { padding: 'same' }),
 *   { dtype: 'float32', shape: [8, 1, 28, 28] }, { dtype: 'float32', shape: [4, 1, 3, 3] }, { dtype: 'float32', shape: [4] },
 * );
 * program.outputs[0].type.shape; // = [8, 4, 28, 28]
 */
export function convolve(h: Tensor, params: LinearParams, options: Conv2dOptions = {}): Tensor {
  const z = convolution(h, params, options);
  return params.bias === undefined ? z : addPerChannel(z, params.bias);
}

/**
 * The convolution of {@link convolve} alone. The bias, if any, is left to the caller, who may first pool or normalize; since it is added,
 * its gradient is still the sum of the gradients at the convolution's results.
 *
 * @returns (M, filters, OH, OW)
 * @example
 * const filters = full([2, 3, 3, 3], 1, 'float32');
 * convolution(full([8, 3, 28, 28], 1, 'float32'), { weight: filters }); // = float32[8,2,26,26]
 */
export function convolution(h: Tensor, params: LinearParams, options: Conv2dOptions = {}): Tensor {
  const z = conv2d(h, params.weight, options);
  return tap === null ? z : tap({ kind: 'conv', params, inputs: h, options }, z);
}

/**
 * Adds one number to every position of a channel: (M, C, H, W) + (C).
 *
 * @throws TypeError if the numbers of channels differ
 * @example
 * addPerChannel(zeros([1, 2, 1, 2], 'int32'), iota(2)); // = [[[[0, 0]], [[1, 1]]]]
 */
export function addPerChannel(h: Tensor, bias: Tensor): Tensor {
  return add(h, perChannel(bias));
}

/**
 * (C) -> (C, 1, 1): one number for every position of a channel.
 *
 * @example
 * perChannel(iota(2)); // = [[[0]], [[1]]]
 */
export function perChannel(x: Tensor): Tensor {
  return reshape(x, [x.shape[0]!, 1, 1]);
}
