// Random streams that are the same on every machine. Each file names its algorithm and source.
//
//   PythonShuffle               Python's random.Random(seed).shuffle: the order of the training examples
//   RandomState                 numpy.random.RandomState: initial weights, published splits
//   mersenneTwister             sine, random splits of a dataset
//   xoroshiro128plus            generated data, bootstraps, search points, validation splits, orders of timing
//   mulberry32                  test values
//
// @gaussmark/random/program draws inside tensor programs.

export { mersenneTwister, type RandomGenerator } from './mersenne-twister.js';
export { mulberry32 } from './mulberry32.js';
export { RandomState } from './numpy-random-state.js';
export { permutation } from './permutation.js';
export { polarNormals } from './polar-normals.js';
export { PythonShuffle } from './python-shuffle.js';
export { signedUniforms, uniformDouble, uniformInt } from './uniform.js';
export { xoroshiro128plus } from './xoroshiro128plus.js';
