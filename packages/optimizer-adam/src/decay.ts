// Decoupled weight decay, of all parameters or of matrices alone.

import type { ParameterInfo } from '@gaussmark/core';
import { addDecayedWeights, type GradientTransformation, masked } from '@gaussmark/optim';

export interface DecayOptions {
  /** lambda */
  readonly weightDecay: number;
  /** `matrices`: all but biases and gains. */
  readonly decayed: 'all' | 'matrices';
}

/** u + lambda theta, before the learning rate. */
export function decay(
  { weightDecay, decayed }: DecayOptions,
  parameters: readonly ParameterInfo[],
): GradientTransformation<Record<never, never>> {
  const piece = addDecayedWeights(weightDecay);
  if (decayed === 'all') return piece;
  return masked(piece, parameters, ({ role }) => role !== 'bias' && role !== 'gain');
}
