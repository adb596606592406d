// All primitives' cases.

import type { Primitive } from '../../src/index.js';
import type { Case } from '../check-derivatives.js';
import { CONTROL_FLOW } from './control-flow.js';
import { CONVOLUTION } from './convolution.js';
import { ELEMENTWISE } from './elementwise.js';
import { LAYOUT } from './layout.js';
import { MATMUL } from './matmul.js';
import { POOLING } from './pooling.js';
import { REDUCTIONS } from './reductions.js';

/** Exhaustive: a primitive without cases does not compile. */
export const CASES: { readonly [P in Primitive]: readonly Case[] } = {
  ...ELEMENTWISE,
  ...REDUCTIONS,
  ...MATMUL,
  ...CONVOLUTION,
  ...POOLING,
  ...LAYOUT,
  ...CONTROL_FLOW,
};
