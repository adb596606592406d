// Random numbers inside programs: the same bits on every engine.

export { bits, integers, uniform } from './bits.js';
export { categorical, permutation, rademacher } from './discrete.js';
export { drawLike } from './draw-like.js';
export { fold, type Key, key, keys, split, stepKey } from './key.js';
export { normal } from './normal.js';
