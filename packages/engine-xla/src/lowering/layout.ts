// Lowers primitives that move elements.

import { broadcastTo, concatenate, padWith, reshapeTo, sliceOf, transposeTo } from './operations.js';
import type { Lowering } from './rule.js';

export const reshape: Lowering<'reshape'> = ({ block, inputs: [x], params: { shape } }) =>
  reshapeTo(block, x!, shape);

export const transpose: Lowering<'transpose'> = ({ block, inputs: [x], params: { permutation } }) =>
  transposeTo(block, x!, permutation);

export const broadcast: Lowering<'broadcast'> = ({ block, inputs: [x], params: { shape } }) =>
  broadcastTo(block, x!, shape);

export const concat: Lowering<'concat'> = ({ block, inputs, params: { axis } }) =>
  concatenate(block, inputs, axis);

export const slice: Lowering<'slice'> = ({ block, inputs: [x], params: { starts, stops } }) =>
  sliceOf(block, x!, starts, stops);

export const pad: Lowering<'pad'> = ({ block, inputs: [x], params: { before, after } }) =>
  padWith(block, x!, block.scalar(x!.type.dtype, 0), before, after);
