// Datasets that ship with Gaussmark, and the pieces that others may build on.

export { type BostonHyperparameters, default as boston } from './boston.js';
export { type CsvHyperparameters, default as csv } from './csv.js';
export { readVerified, type SourceFile, sha256, type VerifiedFile } from './files.js';
export { type IdxArray, parseIdx } from './idx.js';
export { default as mnist, type MnistHyperparameters } from './mnist.js';
export { numpyShuffle } from './numpy-shuffle.js';
export type { Scaling } from './scaling.js';
export { default as sine, type SineHyperparameters } from './sine.js';
