// Sign descent: updates of -1, 0 and 1; Lion.

import { demandOptions, sign, type Tensor, type Tree, tree, vector } from '@gaussmark/autodiff';
import { demandDecay } from './demands.js';
import { updateMoment } from './moments.js';
import { type GradientTransformation, stateless } from './transformation.js';

/**
 * sign(u) elementwise, with sign(0) = 0. After a mean of gradients, signSGD with momentum. Optax's `scale_by_sign`.
 *
 * @example
 * chain(exponentialMean({ decay: 0.9 }), scaleBySign(), scale(1e-3));
 * const updates = { w: neg(iota(3, 'float64')) };
 * scaleBySign().update(updates, {}, updates).updates; // = { w: [0, -1, -1] }
 * @see Bernstein et al., signSGD, arXiv 1802.04434
 */
export const scaleBySign = () => stateless((updates) => tree.map(sign, updates));

export interface LionOptions {
  /** The share of m in the direction. Default 0.9. */
  readonly beta1?: number;
  /** The share of m that stays. Default 0.99. */
  readonly beta2?: number;
}

export type LionState = {
  /** m, shaped like the parameters. */
  readonly firstMoment: Tree<Tensor>;
};

/**
 * The direction of Lion:
 *
 * ```
 * u = sign(beta1 m + (1 - beta1) u)      with m from before
 * m = beta2 m + (1 - beta2) u            from m = 0, without bias correction
 * ```
 *
 * Optax's `scale_by_lion`. All elements of the direction are -1, 0 or 1, so a learning rate is 3 to 10 times smaller than Adam's.
 *
 * @throws RangeError unless beta1 and beta2 are at least 0 and below 1
 * @example
 * chain(scaleByLion(), addDecayedWeights(0.1), scale(1e-4));
 * const [rule, updates] = [scaleByLion(), { w: iota(3, 'float64') }];
 * rule.update(updates, rule.init(updates), updates).updates; // = { w: [0, 1, 1] }
 * @see Chen et al., Symbolic Discovery of Optimization Algorithms, arXiv 2302.06675, algorithm 2
 */
export function scaleByLion(options: LionOptions = {}): GradientTransformation<LionState> {
  demandOptions('scaleByLion', options, ['beta1', 'beta2']);
  const { beta1 = 0.9, beta2 = 0.99 } = options;
  demandDecay('scaleByLion', 'beta1', beta1);
  demandDecay('scaleByLion', 'beta2', beta2);
  return {
    init: (params) => ({ firstMoment: vector.zerosLike(params) }),
    update: (updates, { firstMoment }) => ({
      updates: tree.map(sign, updateMoment(firstMoment, beta1, updates)),
      state: { firstMoment: updateMoment(firstMoment, beta2, updates) },
    }),
  };
}
