// Lowers elementwise primitives. StableHLO does not broadcast by itself: operands are broadcast to the result's shape first.

import { type Atom, Constant, type Primitive } from '@gaussmark/autodiff';
import type { Value } from './block.js';
import { broadcastTo, select as choose, compare, convert, elementwise, finiteness } from './operations.js';
import type { Lowering, LoweringInput } from './rule.js';

/** The operands in the shape of the first output. */
export function broadcastOperands({ block, inputs, equation }: LoweringInput<Primitive>): Value[] {
  const { shape } = equation.outputs[0]!.type;
  return inputs.map((input) => broadcastTo(block, input, shape));
}

/** One operation on operands of one dtype, which is the result's. */
export const direct =
  (operation: string): Lowering<Primitive> =>
  (input) =>
    elementwise(input.block, operation, ...broadcastOperands(input));

export const comparison =
  (direction: 'EQ' | 'LT' | 'LE'): Lowering<Primitive> =>
  (input) => {
    const [a, b] = broadcastOperands(input) as [Value, Value];
    return compare(input.block, direction, a, b);
  };

/** The unchanged value. */
export const alias: Lowering<Primitive> = ({ inputs }) => inputs[0]!;

export const finite: Lowering<'isFinite'> = ({ block, inputs: [x] }) => finiteness(block, x!);

/** To an integer it truncates, to a bool it compares with zero: as the primitive. */
export const cast: Lowering<'cast'> = ({ block, inputs: [x], params }) => convert(block, x!, params.dtype);

export const relu: Lowering<'relu'> = ({ block, inputs: [x] }) =>
  elementwise(block, 'maximum', x!, block.zeros(x!.type));

// A square is a product to the last bit on every engine; the other forms are cheaper and more accurate than exp(b log a).
export const pow: Lowering<'pow'> = (input) => {
  const { block, equation } = input;
  const [base, exponent] = broadcastOperands(input) as [Value, Value];
  switch (scalarValue(equation.inputs[1]!)) {
    case 1:
      return base;
    case 2:
      return elementwise(block, 'multiply', base, base);
    case 0.5:
      return elementwise(block, 'sqrt', base);
    case -1:
      return elementwise(block, 'divide', block.filled(base.type, 1), base);
    default:
      return elementwise(block, 'power', base, exponent);
  }
};

function scalarValue(atom: Atom): number | undefined {
  return atom instanceof Constant && atom.type.shape.length === 0 ? atom.data[0] : undefined;
}

/** A scalar predicate stays one. */
export const select: Lowering<'select'> = ({ block, inputs, equation }) => {
  const [predicate, ifTrue, ifFalse] = inputs as [Value, Value, Value];
  const { shape } = equation.outputs[0]!.type;
  return choose(
    block,
    predicate.type.shape.length === 0 ? predicate : broadcastTo(block, predicate, shape),
    broadcastTo(block, ifTrue, shape),
    broadcastTo(block, ifFalse, shape),
  );
};
