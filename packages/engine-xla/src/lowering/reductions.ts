// Lowers reductions, softmax and the position of the maximum.

import type { DType, PrimitiveParams } from '@gaussmark/autodiff';
import type { Block, Value } from './block.js';
import { broadcastAlong, compare, elementwise, iota, reduce, reshapeTo, select } from './operations.js';
import type { Lowering } from './rule.js';

type Reduction = PrimitiveParams['reduceSum'];

const LOWEST: Readonly<Record<DType, number>> = {
  float32: Number.NEGATIVE_INFINITY,
  float64: Number.NEGATIVE_INFINITY,
  int32: -(2 ** 31),
  bool: 0,
};

function reduction(
  operation: 'add' | 'maximum',
  initial: (dtype: DType) => number,
): Lowering<'reduceSum' | 'reduceMax'> {
  return ({ block, inputs: [x], params, equation }) => {
    const { axes } = params as Reduction;
    const init = block.scalar(x!.type.dtype, initial(x!.type.dtype));
    return reshapeTo(block, reduce(block, operation, x!, init, axes), equation.outputs[0]!.type.shape);
  };
}

export const reduceSum = reduction('add', () => 0);
export const reduceMax = reduction('maximum', (dtype) => LOWEST[dtype]);

/** The maximum along an axis, or the sum, repeated along it. */
function spread(block: Block, operation: 'add' | 'maximum', x: Value, axis: number): Value {
  const { dtype, shape } = x.type;
  const init = block.scalar(dtype, operation === 'add' ? 0 : LOWEST[dtype]);
  return repeat(block, reduce(block, operation, x, init, [axis]), shape, axis);
}

/** Repeats a value along a new axis. */
function repeat(block: Block, x: Value, shape: readonly number[], axis: number): Value {
  const others = shape.map((_, k) => k).filter((k) => k !== axis);
  return broadcastAlong(block, x, shape, others);
}

// Two passes that vectorize: the maximum, then the least index where it is. NaN is the largest: if there is one, the maximum is NaN,
// equals nothing, and the elements unlike themselves count.
export const argMax: Lowering<'argMax'> = ({ block, inputs: [x], params: { axis } }) => {
  const { shape } = x!.type;
  const peak = spread(block, 'maximum', x!, axis);
  const isPeak = elementwise(block, 'or', compare(block, 'EQ', x!, peak), compare(block, 'NE', x!, x!));
  const index = iota(block, shape, axis);
  const beyond = block.filled(index.type, shape[axis]!);
  const candidates = select(block, isPeak, index, beyond);
  return reduce(block, 'minimum', candidates, block.scalar('int32', shape[axis]!), [axis]);
};

/** x - max, exp of it, and the sum of those along the axis. */
function exponentials(block: Block, x: Value, axis: number) {
  const shifted = elementwise(block, 'subtract', x, spread(block, 'maximum', x, axis));
  const powers = elementwise(block, 'exponential', shifted);
  return { shifted, powers, sums: reduce(block, 'add', powers, block.scalar(x.type.dtype, 0), [axis]) };
}

export const softmax: Lowering<'softmax'> = ({ block, inputs: [x], params: { axis } }) => {
  const { powers, sums } = exponentials(block, x!, axis);
  return elementwise(block, 'divide', powers, repeat(block, sums, x!.type.shape, axis));
};

export const logSoftmax: Lowering<'logSoftmax'> = ({ block, inputs: [x], params: { axis } }) => {
  const { shifted, sums } = exponentials(block, x!, axis);
  const logs = elementwise(block, 'log', sums);
  return elementwise(block, 'subtract', shifted, repeat(block, logs, x!.type.shape, axis));
};
