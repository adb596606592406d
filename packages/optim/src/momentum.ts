// Momentum: the sum of all updates so far, each weighted by its age.

import { demandOptions, type Tensor, type Tree, vector } from '@gaussmark/autodiff';
import { demandDecay } from './demands.js';
import type { GradientTransformation } from './transformation.js';

export type MomentumState = {
  /** v, shaped like the parameters; absent without momentum. */
  readonly velocity?: Tree<Tensor>;
};

export interface MomentumOptions {
  /** Whether to apply mu to the new v once more before using it. Default false. */
  readonly nesterov?: boolean;
}

/**
 * Heavy-ball momentum, Optax's `trace`:
 *
 * ```
 * v = mu v + u        from v = 0
 * u = v               Nesterov: mu v + u
 * ```
 *
 * After `scale(learningRate)`, the rate is inside v, as in Sutskever et al.; before it, outside, as in PyTorch. Under a schedule the
 * two differ.
 *
 * @param mu in [0, 1); 0 keeps no state and returns updates unchanged
 * @throws RangeError for any other mu
 * @example
 * const rule = chain(momentum(0.9, { nesterov: true }), scale(0.1));
 * const [heavyBall, updates] = [momentum(0.9), { w: iota(3, 'float64') }];
 * const first = heavyBall.update(updates, heavyBall.init(updates), updates);
 * heavyBall.update(updates, first.state, updates).updates; // = { w: [0, 1.9, 3.8] }
 * @see Sutskever, Martens, Dahl and Hinton, On the importance of initialization and momentum in deep learning, 2013
 */
export function momentum(mu: number, options: MomentumOptions = {}): GradientTransformation<MomentumState> {
  demandOptions('momentum', options, ['nesterov']);
  demandDecay('momentum', 'mu', mu);
  const { nesterov = false } = options;
  if (mu === 0) return { init: () => ({}), update: (updates) => ({ updates, state: {} }) };
  return {
    init: (params) => ({ velocity: vector.zerosLike(params) }),
    update(updates, { velocity }) {
      if (velocity === undefined)
        throw new TypeError('momentum: the state has no velocity; it comes from init');
      const carried = (v: Tree<Tensor>) => vector.add(vector.scale(mu, v), updates);
      const v = carried(velocity);
      return { updates: nesterov ? carried(v) : v, state: { velocity: v } };
    },
  };
}
