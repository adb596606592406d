// Models that ship with Gaussmark, and the pieces that others may build on.

export { INITIALIZATIONS, type Initialization, weightSource } from './initialization.js';
export {
  ACTIVATION_NAMES,
  type Activation,
  default as mlp,
  type MlpHyperparameters,
  type MlpParams,
} from './mlp.js';
export { RandomState } from './numpy-legacy.js';
