// Lowers loops and branches; their programs become regions.

import { loopOperands, type Program, scanOperands, scanResults, type TensorType } from '@gaussmark/autodiff';
import type { Block, Value } from './block.js';
import { typeText } from './literal.js';
import { compare, dynamicSlice, dynamicUpdateSlice, elementwise, reshapeTo } from './operations.js';
import type { Lowering } from './rule.js';

/** Adds a program's equations to a block, given the values of its inputs; returns those of its outputs. */
export type LowerProgram = (program: Program, inputs: readonly Value[], block: Block) => readonly Value[];

/** A loop of StableHLO: what it uses is among its operands, which both regions have as arguments. */
export function loop(
  block: Block,
  operands: readonly Value[],
  condition: (carry: readonly Value[], block: Block) => Value,
  body: (carry: readonly Value[], block: Block) => readonly Value[],
): Value[] {
  const carry = operands.map(({ type }) => block.argument(type));
  const [test, step] = [block.nested(), block.nested()];
  test.terminate('stablehlo.return', [condition(carry, test)]);
  step.terminate('stablehlo.return', body(carry, step));
  const bound = carry.map(({ name }, i) => `${name} = ${operands[i]!.name}`).join(', ');
  const types = operands.map(({ type }) => typeText(type)).join(', ');
  const open = `${block.indent}  `;
  return block.addMany(
    operands.map(({ type }) => type),
    `stablehlo.while(${bound}) : ${types}\n${open}cond {\n${test}${open}} do {\n${step}${open}}`,
  );
}

/** Operands of a loop that it only reads, each once. */
class Captures {
  private readonly positions = new Map<string, number>();
  readonly operands: Value[] = [];

  add(value: Value): void {
    if (this.positions.has(value.name)) return;
    this.positions.set(value.name, this.operands.length);
    this.operands.push(value);
  }

  /** The arguments that stand for captured values. */
  of(values: readonly Value[], carry: readonly Value[]): Value[] {
    return values.map(({ name }) => carry[this.positions.get(name)!]!);
  }
}

export const whileLowering =
  (lower: LowerProgram): Lowering<'while'> =>
  ({ block, inputs, params }) => {
    const given = loopOperands(params, inputs);
    if (given.carry.length === 0) return [];
    const captures = new Captures();
    for (const value of [...given.condition, ...given.body]) captures.add(value);
    const first = captures.operands.length;
    const results = loop(
      block,
      [...captures.operands, ...given.carry],
      (carry, inner) =>
        lower(params.condition, [...captures.of(given.condition, carry), ...carry.slice(first)], inner)[0]!,
      (carry, inner) => [
        ...carry.slice(0, first),
        ...lower(params.body, [...captures.of(given.body, carry), ...carry.slice(first)], inner),
      ],
    );
    return results.slice(first);
  };

const elementType = ({ dtype, shape }: TensorType): TensorType => ({ dtype, shape: shape.slice(1) });

/** A loop that counts: XLA sees how often it turns. Each turn reads its slices of the scanned inputs and writes those of the results. */
export const scanLowering =
  (lower: LowerProgram): Lowering<'scan'> =>
  ({ block, inputs, params, equation }) => {
    const { length, reverse, body } = params;
    if (equation.outputs.length === 0) return [];
    const given = scanOperands(params, inputs);
    const captures = new Captures();
    for (const value of [...given.captures, ...given.xs]) captures.add(value);
    const first = captures.operands.length;
    const stacks = scanResults(params, equation.outputs).ys.map(({ type }) => block.zeros(type));
    const firstStack = first + 1 + given.carry.length;
    const results = loop(
      block,
      [...captures.operands, block.scalar('int32', 0), ...given.carry, ...stacks],
      (carry, inner) => compare(inner, 'LT', carry[first]!, inner.scalar('int32', length)),
      (carry, inner) => {
        const turn = carry[first]!;
        const at = reverse ? elementwise(inner, 'subtract', inner.scalar('int32', length - 1), turn) : turn;
        const starts = (type: TensorType) =>
          type.shape.map((_, axis) => (axis === 0 ? at : inner.scalar('int32', 0)));
        const elements = captures.of(given.xs, carry).map((x) => {
          const slice = dynamicSlice(inner, x, starts(x.type), [1, ...x.type.shape.slice(1)]);
          return reshapeTo(inner, slice, elementType(x.type).shape);
        });
        const outputs = lower(
          body,
          [...captures.of(given.captures, carry), ...carry.slice(first + 1, firstStack), ...elements],
          inner,
        );
        const next = scanResults(params, outputs);
        const written = next.ys.map((y, k) => {
          const stack = carry[firstStack + k]!;
          const row = reshapeTo(inner, y, [1, ...y.type.shape]);
          return dynamicUpdateSlice(inner, stack, row, starts(stack.type));
        });
        const after = elementwise(inner, 'add', turn, inner.scalar('int32', 1));
        return [...carry.slice(0, first), after, ...next.carry, ...written];
      },
    );
    return results.slice(first + 1);
  };

/** Regions of a branch see the values around it. */
export const condLowering =
  (lower: LowerProgram): Lowering<'cond'> =>
  ({ block, inputs: [predicate, ...captures], params: { ifTrue, ifFalse }, equation }) => {
    const types = equation.outputs.map(({ type }) => type);
    if (types.length === 0) return [];
    const branch = (program: Program): string => {
      const inner = block.nested();
      inner.terminate('stablehlo.return', lower(program, captures, inner));
      return `{\n${inner}${block.indent}}`;
    };
    const regions = `(${branch(ifTrue)}, ${branch(ifFalse)})`;
    const results = types.map(typeText).join(', ');
    return block.addMany(
      types,
      `"stablehlo.if"(${predicate!.name}) ${regions} : (${typeText(predicate!.type)}) -> (${results})`,
    );
  };
