// Gradient transformations: pure pieces of an update rule, and how they compose.

import { type Operand, type Tensor, type Tree, vector } from '@gaussmark/autodiff';
import { demandNonNegative } from './demands.js';

/** A piece's state between steps, by name. */
export type TransformationState = { readonly [name: string]: Tree<Tensor> };

/**
 * A piece of an update rule, after Optax: it maps updates (the gradient, at first) to updates of the same shapes and dtypes.
 *
 * Two things differ from Optax:
 * 1. Updates point uphill, like the gradient, and the optimizer subtracts them: `vector.sub(params, updates)`.
 * 2. Step counts of schedules belong to the optimizer, which passes the current rate to {@link scale}.
 */
export interface GradientTransformation<S = TransformationState> {
  /** The state before the first step. */
  init(params: Tree<Tensor>): S;
  /** Updates and parameters share structure and shapes. */
  update(updates: Tree<Tensor>, state: S, params: Tree<Tensor>): TransformationResult<S>;
}

export interface TransformationResult<S> {
  readonly updates: Tree<Tensor>;
  readonly state: S;
}

type StateOf<P> = P extends GradientTransformation<infer S> ? S : never;

/** The fields of all pieces' states. */
export type ChainState<P extends readonly unknown[]> = P extends readonly [infer First, ...infer Rest]
  ? StateOf<First> & ChainState<Rest>
  : unknown;

/**
 * Applies pieces one after another. The state combines the fields of all their states.
 *
 * @throws TypeError in `init` or `update` if two pieces use the same field name
 * @example
 * const adamW = chain(scaleByAdam(), addDecayedWeights(0.01), scale(learningRate));
 * const [rule, updates] = [chain(scale(2), addDecayedWeights(0.5)), { w: iota(3, 'float64') }];
 * rule.update(updates, rule.init(updates), updates).updates; // = { w: [0, 2.5, 5] }
 */
export function chain<const P extends readonly GradientTransformation[]>(
  ...pieces: P
): GradientTransformation<ChainState<P>> {
  return {
    init: (params) => merge(pieces.map((piece) => piece.init(params))) as ChainState<P>,
    update(updates, state, params) {
      let current = updates;
      const states = pieces.map((piece) => {
        const result = piece.update(current, state as TransformationState, params);
        current = result.updates;
        return result.state;
      });
      return { updates: current, state: merge(states) as ChainState<P> };
    },
  };
}

function merge(states: readonly TransformationState[]): TransformationState {
  const fields = states.flatMap((state) => Object.entries(state));
  const names = fields.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new TypeError(`chain: two pieces keep a state named '${twice}'`);
  return Object.fromEntries(fields);
}

/**
 * A piece without state: `update` maps updates, at the parameters, to updates.
 *
 * @example
 * const uphill = stateless((updates) => vector.neg(updates));
 * uphill.update({ w: iota(3) }, {}, params).updates; // = { w: [0, -1, -2] }
 */
export const stateless = (
  update: (updates: Tree<Tensor>, params: Tree<Tensor>) => Tree<Tensor>,
): GradientTransformation<Record<never, never>> => ({
  init: () => ({}),
  update: (updates, _, params) => ({ updates: update(updates, params), state: {} }),
});

/**
 * s u, for a number or a scalar tensor s: a learning rate, for example.
 *
 * @example
 * const { updates } = scale(0.1).update(grad, {}, params);
 * scale(0.5).update({ w: iota(3, 'float64') }, {}, params).updates; // = { w: [0, 0.5, 1] }
 */
export const scale = (s: Operand) => stateless((updates) => vector.scale(s, updates));

/**
 * u + w theta. Before momentum or a preconditioner, this is the gradient of an L2 penalty, w / 2 |theta|^2; after them, decoupled
 * weight decay (Loshchilov and Hutter, arXiv 1711.05101), whose rate is w times the learning rate that follows.
 *
 * @param weightDecay w; 0 returns updates unchanged
 * @throws RangeError unless it is finite and at least 0
 * @example
 * const decoupled = chain(momentum(0.9), addDecayedWeights(0.01), scale(0.1));
 * const updates = { w: iota(3, 'float64') };
 * addDecayedWeights(0.5).update(updates, {}, updates).updates; // = { w: [0, 1.5, 3] }
 */
export function addDecayedWeights(weightDecay: number): GradientTransformation<Record<never, never>> {
  demandNonNegative('addDecayedWeights', 'weightDecay', weightDecay);
  return stateless((updates, params) =>
    weightDecay === 0 ? updates : vector.addScaled(updates, weightDecay, params),
  );
}
