// Decoupled weight decay by the hyperparameters that optimizers share.

import { type DescribedParameter, masked } from './parameter-groups.js';
import { addDecayedWeights, type GradientTransformation } from './transformation.js';

export interface WeightDecayOptions {
  /** lambda, at least 0. */
  readonly weightDecay: number;
  /** `matrices`: all but biases and the gains of normalizations. */
  readonly decayed: 'all' | 'matrices';
}

/**
 * u + lambda theta, before the learning rate: of all parameters, or of all but biases and gains.
 *
 * @param parameters one for each leaf of the parameters, in order: `context.parameters`
 * @example
 * const decay = decoupledWeightDecay({ weightDecay: 0.1, decayed: 'matrices' }, [
 *   { path: 'bias', role: 'bias' },
 *   { path: 'weight', role: 'weight' },
 * ]);
 * const [bias, weight] = [scalar(1, 'float64'), scalar(1, 'float64')];
 * decay.update({ bias, weight }, {}, { bias, weight }).updates; // = { bias: 1, weight: 1.1 }
 */
export function decoupledWeightDecay(
  { weightDecay, decayed }: WeightDecayOptions,
  parameters: readonly (DescribedParameter & { readonly role: string })[],
): GradientTransformation<Record<never, never>> {
  const piece = addDecayedWeights(weightDecay);
  if (decayed === 'all') return piece;
  return masked(piece, parameters, ({ role }) => role !== 'bias' && role !== 'gain');
}
