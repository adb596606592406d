// Lowers operations on the bits of int32 words. Sums wrap around, as two's complement does.

import { threefry as blocks, type WordArithmetic } from '@gaussmark/autodiff';
import type { Block, Value } from './block.js';
import { broadcastOperands } from './elementwise.js';
import { elementwise } from './operations.js';
import type { Lowering } from './rule.js';

/** Shifts of 32 bits or more are not defined by XLA; the primitive has none. */
export const shiftRight: Lowering<'shiftRight'> = ({ block, inputs: [x], params: { bits } }) =>
  bits === 0 ? x! : elementwise(block, 'shift_right_logical', x!, block.filled(x!.type, bits));

const arithmetic = (block: Block, { type }: Value): WordArithmetic<Value> => ({
  word: (value) => block.filled(type, value | 0),
  add: (a, b) => elementwise(block, 'add', a, b),
  xor: (a, b) => elementwise(block, 'xor', a, b),
  rotate: (a, bits) => {
    const left = elementwise(block, 'shift_left', a, block.filled(type, bits));
    const right = elementwise(block, 'shift_right_logical', a, block.filled(type, 32 - bits));
    return elementwise(block, 'or', left, right);
  },
});

export const threefry2x32: Lowering<'threefry2x32'> = (input) => {
  const [k0, k1, c0, c1] = broadcastOperands(input) as [Value, Value, Value, Value];
  return blocks(arithmetic(input.block, k0), [k0, k1], [c0, c1]);
};
