// Datasets that ship with Gaussmark, and building blocks for others.

export { type BostonHyperparameters, default as boston } from './boston.js';
export { type Cifar10Hyperparameters, default as cifar10 } from './cifar10.js';
export { type CsvHyperparameters, default as csv } from './csv.js';
export { default as fashionMnist, type FashionMnistHyperparameters } from './fashion-mnist.js';
export { datasetFiles } from './fetch.js';
export type { Convert, FileSet, Origin } from './file-set.js';
export { demandFiles, readVerified, sha256, type VerifiedFile } from './files.js';
export { type IdxArray, parseIdx } from './idx.js';
export {
  ChannelHistogram,
  type ImageShape,
  type ImageWriter,
  imageWriter,
  type Preprocessing,
} from './images.js';
export { default as mnist, type MnistHyperparameters } from './mnist.js';
export { default as mobyDick, type MobyDickHyperparameters } from './moby-dick.js';
export { default as pde, type PdeHyperparameters } from './pde.js';
export { default as quadratic, type QuadraticHyperparameters } from './quadratic.js';
export { default as randHealth, type RandHealthHyperparameters } from './rand-health.js';
export { default as randomFeatures, type RandomFeaturesHyperparameters } from './random-features.js';
export type { Scaling } from './scaling.js';
export { default as sine, type SineHyperparameters } from './sine.js';
