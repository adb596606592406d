// What an optimizer knows of a parameter besides its values.

import type { Shape } from '@gaussmark/autodiff';

/**
 * - `weight`: a matrix between hidden layers
 * - `kernel`: the filters of a convolution
 * - `bias`: an added vector, also the shift of a normalization
 * - `gain`: a multiplied vector: the scale of a normalization
 * - `embedding`: a table of vectors, read by index
 * - `head`: the weight of the layer that makes the outputs
 * - `other`: everything else
 */
export const PARAMETER_ROLES = Object.freeze([
  'weight',
  'kernel',
  'bias',
  'gain',
  'embedding',
  'head',
  'other',
] as const);
export type ParameterRole = (typeof PARAMETER_ROLES)[number];

export interface ParameterInfo {
  /** `layers.0.weight`; '' if the parameters are a single tensor. */
  readonly path: string;
  readonly shape: Shape;
  readonly role: ParameterRole;
}
