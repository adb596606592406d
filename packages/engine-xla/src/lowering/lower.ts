// Lowers whole programs: a tensor program becomes a module of StableHLO, as text.

import {
  type Atom,
  Constant,
  type Equation,
  formatType,
  type Primitive,
  type Program,
  sameType,
  type TensorValue,
  type Variable,
} from '@gaussmark/autodiff';
import { Block, type Value } from './block.js';
import { liftConstants } from './lift-constants.js';
import { typeText } from './literal.js';
import type { Lowering, LoweringTable, Precision, Target } from './rule.js';
import { loweringTable } from './table.js';

export interface LoweringOptions {
  /**
   * Inputs whose memory a run may take for an output of the same type: positions of outputs by those of inputs. Such an input is
   * gone after the run. Default: none.
   */
  readonly donated?: ReadonlyMap<number, number>;
  /** Precision of float32 products. Default `highest`: float32 throughout, no TF32. */
  readonly precision?: Precision;
  /** Default `cpu`. */
  readonly target?: Target;
}

export interface Lowered {
  /** A module with a function `main` from the program's inputs, then the {@link constants}, to its outputs. */
  readonly text: string;
  /** Values of the further arguments: constants too large for text. Never donated. */
  readonly constants: readonly TensorValue[];
}

/**
 * The StableHLO of a program. Equal programs give equal text. A bool is an `i1`; all shapes are static, and arrays are row-major.
 *
 * @throws RangeError if a donated input or its output does not exist, their types differ, or an output is named twice
 * @example
 * const { text } = lower(trace((x: Tensor) => mul(x, 2), { dtype: 'float32', shape: [3] }).program);
 */
export function lower(program: Program, options: LoweringOptions = {}): Lowered {
  const { donated = new Map<number, number>(), precision = 'highest', target = 'cpu' } = options;
  demandDonations(program, donated);
  const { program: lifted, constants } = liftConstants(program);
  const block = Block.ofFunction(2);
  const inputs = lifted.inputs.map(({ type }, i): Value => ({ name: `%arg${i}`, type }));
  const outputs = new Lowerer(precision, target).lower(lifted, inputs, block);
  block.terminate('return', outputs);
  const parameters = inputs.map(({ name, type }, i) => {
    const output = donated.get(i);
    const attribute = output === undefined ? '' : ` {tf.aliasing_output = ${output} : i32}`;
    return `${name}: ${typeText(type)}${attribute}`;
  });
  const results = outputs.map(({ type }) => typeText(type));
  const text = [
    'module @program {',
    `  func.func public @main(${parameters.join(', ')}) -> (${results.join(', ')}) {`,
    `${block}  }`,
    '}',
    '',
  ].join('\n');
  return { text, constants: constants.map(({ type, data }) => ({ type, data })) };
}

function demandDonations(program: Program, donated: ReadonlyMap<number, number>): void {
  const taken = new Set<number>();
  for (const [i, o] of donated) {
    const [input, output] = [program.inputs[i], program.outputs[o]];
    if (input === undefined || output === undefined) {
      const counts = `${program.inputs.length} inputs and ${program.outputs.length} outputs`;
      throw new RangeError(`lower: input ${i} donated to output ${o} of a program with ${counts}`);
    }
    if (!sameType(input.type, output.type)) {
      const types = `${formatType(input.type)} to ${formatType(output.type)}`;
      throw new RangeError(`lower: input ${i} donated to output ${o} of another type: ${types}`);
    }
    if (taken.has(o)) throw new RangeError(`lower: two inputs donated to output ${o}`);
    taken.add(o);
  }
}

class Lowerer {
  private readonly table: LoweringTable;

  constructor(
    private readonly precision: Precision,
    private readonly target: Target,
  ) {
    this.table = loweringTable((...call) => this.lower(...call));
  }

  lower(program: Program, inputs: readonly Value[], block: Block): Value[] {
    const values = new Map<Variable, Value>(program.inputs.map((input, i) => [input, inputs[i]!]));
    const read = (atom: Atom): Value =>
      atom instanceof Constant ? block.constant(atom.type, atom.data) : values.get(atom)!;
    for (const equation of program.equations) {
      const outputs = this.equation(equation, equation.inputs.map(read), block);
      for (const [i, output] of equation.outputs.entries()) values.set(output, outputs[i]!);
    }
    return program.outputs.map(read);
  }

  private equation(equation: Equation, inputs: readonly Value[], block: Block): readonly Value[] {
    const lowering = this.table[equation.primitive] as Lowering<Primitive>;
    const outputs = lowering({
      block,
      inputs,
      params: equation.params,
      equation,
      precision: this.precision,
      target: this.target,
    });
    return 'name' in outputs ? [outputs] : outputs;
  }
}
