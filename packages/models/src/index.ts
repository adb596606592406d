// Models that ship with Gaussmark, and building blocks for others.

export { ACTIVATION_NAMES, type Activation, activationOf } from './activations.js';
export { type AffineValues, affineValues, convWeight, denseWeight } from './affine.js';
export {
  type AutoencoderHyperparameters,
  type AutoencoderParams,
  default as autoencoder,
} from './autoencoder.js';
export { type ConvnetHyperparameters, type ConvnetParams, default as convnet } from './convnet.js';
export { demandFloats, imageShape, outputShape } from './data-shapes.js';
export { type DenseLayer, type DenseNetwork, denseNetwork } from './dense-network.js';
export {
  INITIALIZATIONS,
  type Initialization,
  SCALED_INITIALIZATIONS,
  type ScaledInitialization,
  sparseSource,
  uniformSource,
  type WeightShape,
  type WeightSource,
  weightSource,
} from './initialization.js';
export { default as linear, type LinearHyperparameters, type LinearParams } from './linear.js';
export { default as mlp, type MlpHyperparameters, type MlpParams } from './mlp.js';
export { default as resnet, type ResnetHyperparameters, type ResnetParams } from './resnet.js';
export {
  default as transformer,
  type TransformerHyperparameters,
  type TransformerParams,
} from './transformer.js';
