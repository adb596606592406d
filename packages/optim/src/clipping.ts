// Clipping: updates shortened to a norm or to a range.

import {
  demandOptions,
  div,
  less,
  maximum,
  minimum,
  mul,
  select,
  sqrt,
  square,
  sum,
  type Tensor,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { demandPositive } from './demands.js';
import { stateless } from './transformation.js';

/**
 * u min(1, c / |u|), with the Euclidean norm over all leaves. PyTorch's `clip_grad_norm_`, Optax's `clip_by_global_norm`.
 *
 * @param maxNorm c, above 0
 * @throws RangeError if `maxNorm` is not above 0
 * @example
 * chain(clipByGlobalNorm(1), scaleByAdam(), scale(1e-3));
 * const updates = { w: full([4], 1, 'float64') };
 * clipByGlobalNorm(1).update(updates, {}, updates).updates; // = { w: [0.5, 0.5, 0.5, 0.5] }
 * @see Pascanu, Mikolov and Bengio, arXiv 1211.5063
 */
export const clipByGlobalNorm = (maxNorm: number) => {
  demandPositive('clipByGlobalNorm', 'maxNorm', maxNorm);
  return stateless((updates) => {
    const norm = sqrt(vector.dot(updates, updates));
    return vector.scale(minimum(1, div(maxNorm, norm)), updates);
  });
};

/**
 * u min(1, c / |u|) for each leaf by itself.
 *
 * @param maxNorm c, above 0
 * @throws RangeError if `maxNorm` is not above 0
 * @example
 * chain(clipByParameterNorm(1), scale(0.1));
 * const updates = { w: full([4], 1, 'float64'), b: full([1], 0.5, 'float64') };
 * clipByParameterNorm(1).update(updates, {}, updates).updates; // = { w: [0.5, 0.5, 0.5, 0.5], b: [0.5] }
 */
export const clipByParameterNorm = (maxNorm: number) => {
  demandPositive('clipByParameterNorm', 'maxNorm', maxNorm);
  return stateless((updates) =>
    tree.map((u: Tensor) => mul(minimum(1, div(maxNorm, sqrt(sum(square(u))))), u), updates),
  );
};

/**
 * min(max(u, -c), c) elementwise. PyTorch's `clip_grad_value_`, Optax's `clip`.
 *
 * @param maxValue c, above 0
 * @throws RangeError if `maxValue` is not above 0
 * @example
 * chain(clipByValue(0.5), scale(0.1));
 * const updates = { w: iota(3, 'float64') };
 * clipByValue(0.5).update(updates, {}, updates).updates; // = { w: [0, 0.5, 0.5] }
 */
export const clipByValue = (maxValue: number) => {
  demandPositive('clipByValue', 'maxValue', maxValue);
  return stateless((updates) => tree.map((u: Tensor) => minimum(maximum(u, -maxValue), maxValue), updates));
};

export interface AdaptiveClippingOptions {
  /** lambda: the largest norm of an update, as a share of the parameters' norm. Above 0. */
  readonly clipping: number;
  /** The parameters' norm counts as at least this, so that zeros can be left. Default 1e-3. */
  readonly epsilon?: number;
}

/**
 * u min(1, lambda max(|theta|, epsilon) / |u|) for each unit: the weights into one output, or a whole vector. Optax's
 * `adaptive_grad_clip`.
 *
 * A unit is a column of a weight (in, out), a filter of a kernel (out, in, height, width), and otherwise the whole leaf, where Optax
 * splits three axes too, and expects kernels (height, width, in, out).
 *
 * @throws RangeError if `clipping` or `epsilon` is not above 0
 * @example
 * chain(clipAdaptively({ clipping: 0.01 }), momentum(0.9), scale(0.1));
 * const [updates, own] = [{ w: full([4], 1, 'float64') }, { w: full([4], 5, 'float64') }];
 * clipAdaptively({ clipping: 0.01 }).update(updates, {}, own).updates; // = { w: [0.05, 0.05, 0.05, 0.05] }
 * @see Brock, De, Smith and Simonyan, High-Performance Large-Scale Image Recognition Without Normalization, arXiv 2102.06171, eq. 3
 */
export const clipAdaptively = (options: AdaptiveClippingOptions) => {
  demandOptions('clipAdaptively', options, ['clipping', 'epsilon']);
  const { clipping, epsilon = 1e-3 } = options;
  demandPositive('clipAdaptively', 'clipping', clipping);
  demandPositive('clipAdaptively', 'epsilon', epsilon);
  return stateless((updates, params) =>
    tree.map(
      (u: Tensor, theta: Tensor) => {
        const largest = mul(clipping, maximum(unitNorm(theta), epsilon));
        const norm = unitNorm(u);
        return mul(select(less(norm, largest), 1, div(largest, norm)), u);
      },
      updates,
      params,
    ),
  );
};

function unitNorm(x: Tensor): Tensor {
  const axes = x.shape.length === 2 ? [0] : x.shape.length === 4 ? [1, 2, 3] : undefined;
  return sqrt(sum(square(x), axes === undefined ? {} : { axes, keepDims: true }));
}
