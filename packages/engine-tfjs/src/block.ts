// Blocks: prepared programs. The order of operations, and after which one each value can be freed, are determined once; a run
// walks over the list.

import {
  type Atom,
  Constant,
  type ControlFlow,
  type Equation,
  type EquationOf,
  loopOperands,
  type Program,
  scanOperands,
  scanResults,
  type Variable,
} from '@gaussmark/autodiff';
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from './backend.js';
import { tensorOf } from './buffer.js';
import { kernelOf } from './kernels/table.js';

/** Called after each iteration of an outermost loop. */
export type OnIteration = (loop: string, iteration: number, seconds: number) => void;

/** Where a step finds an operand: an index into the values of the run, or a constant. */
type Operand = number | tf.Tensor;

interface Step {
  readonly operands: readonly Operand[];
  readonly outputs: readonly number[];
  /** Values that no later step needs. */
  readonly released: readonly number[];
  /** Does not take ownership of its operands; the caller owns the results. */
  readonly run: (operands: readonly tf.Tensor[]) => Promise<readonly tf.Tensor[]> | readonly tf.Tensor[];
}

/** The constants of a program and its nested programs, each stored once on the device. */
export class Constants {
  readonly #tensors = new Map<Constant, tf.Tensor>();

  constructor(private readonly backend: Backend) {}

  tensor(constant: Constant): tf.Tensor {
    const known = this.#tensors.get(constant);
    if (known !== undefined) return known;
    const tensor = tensorOf(constant.type, constant.data.slice(), this.backend);
    this.#tensors.set(constant, tensor);
    return tensor;
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}

export class Block {
  readonly #steps: readonly Step[];
  readonly #results: readonly Operand[];
  readonly #inputs: number;
  readonly #size: number;

  constructor(program: Program, backend: Backend, constants: Constants, onIteration?: OnIteration) {
    const places = new Map<Atom, number>();
    const place = (variable: Variable): number => {
      places.set(variable, places.size);
      return places.size - 1;
    };
    const operand = (atom: Atom): Operand =>
      atom instanceof Constant ? constants.tensor(atom) : places.get(atom)!;
    for (const input of program.inputs) place(input);
    this.#inputs = places.size;
    const steps = program.equations.map((equation) => ({
      operands: equation.inputs.map(operand),
      outputs: equation.outputs.map(place),
      run: runner(equation, backend, constants, onIteration),
    }));
    this.#results = program.outputs.map(operand);
    this.#size = places.size;
    this.#steps = withReleases(steps, this.#results, this.#inputs);
  }

  /**
   * Runs the program. The caller keeps the inputs and owns the outputs. Intermediate results are disposed, even after an error.
   */
  async run(inputs: readonly tf.Tensor[]): Promise<tf.Tensor[]> {
    const values: (tf.Tensor | undefined)[] = new Array(this.#size);
    for (let i = 0; i < this.#inputs; i++) values[i] = inputs[i];
    const read = (operand: Operand): tf.Tensor => (typeof operand === 'number' ? values[operand]! : operand);
    try {
      for (const { operands, outputs, released, run } of this.#steps) {
        const running = run(operands.map(read));
        const made = running instanceof Promise ? await running : running;
        for (let i = 0; i < outputs.length; i++) values[outputs[i]!] = made[i];
        for (const place of released) {
          values[place]!.dispose();
          values[place] = undefined;
        }
      }
      return this.#results.map((result) => tf.clone(read(result)));
    } finally {
      for (let i = this.#inputs; i < values.length; i++) values[i]?.dispose();
    }
  }
}

/** Frees each value after the step that uses it last. Inputs and results are never freed. */
function withReleases(
  steps: readonly Omit<Step, 'released'>[],
  results: readonly Operand[],
  inputs: number,
): Step[] {
  const kept = new Set<Operand>(results);
  const seen = new Set<Operand>();
  const backwards = steps.toReversed().map((step): Step => {
    const released = new Set<number>();
    for (const place of [...step.operands, ...step.outputs]) {
      if (typeof place !== 'number' || place < inputs || kept.has(place) || seen.has(place)) continue;
      seen.add(place);
      released.add(place);
    }
    return { ...step, released: [...released] };
  });
  return backwards.toReversed();
}

function runner(
  equation: Equation,
  backend: Backend,
  constants: Constants,
  onIteration?: OnIteration,
): Step['run'] {
  switch (equation.primitive) {
    case 'while':
      return whileRunner(equation, backend, constants, onIteration);
    case 'scan':
      return scanRunner(equation, backend, constants);
    case 'cond': {
      const ifTrue = new Block(equation.params.ifTrue, backend, constants);
      const ifFalse = new Block(equation.params.ifFalse, backend, constants);
      return async ([predicate, ...captures]) =>
        ((await backend.holds(predicate!)) ? ifTrue : ifFalse).run(captures);
    }
    default: {
      const kernel = kernelOf(equation as Exclude<Equation, { primitive: ControlFlow }>, backend);
      return (operands) => {
        // Others in this process may have switched the backend meanwhile.
        backend.activate();
        const outputs = tf.tidy(() => kernel(operands) as tf.Tensor | tf.Tensor[]);
        return Array.isArray(outputs) ? outputs : [outputs];
      };
    }
  }
}

/** The loop owns its carry from the first iteration on; the initial carry belongs to the caller. */
function whileRunner(
  { params }: EquationOf<'while'>,
  backend: Backend,
  constants: Constants,
  onIteration?: OnIteration,
): Step['run'] {
  const condition = new Block(params.condition, backend, constants);
  const body = new Block(params.body, backend, constants);
  return async (operands) => {
    const { carry: init, ...captures } = loopOperands(params, operands);
    const goesOn = async (carry: readonly tf.Tensor[]): Promise<boolean> => {
      const [test] = await condition.run([...captures.condition, ...carry]);
      try {
        return await backend.holds(test!);
      } finally {
        test!.dispose();
      }
    };
    let carry = init.map((value) => tf.clone(value));
    try {
      let going = await goesOn(carry);
      for (let k = 0; going; k++) {
        const start = performance.now();
        const next = await body.run([...captures.body, ...carry]);
        tf.dispose(carry);
        carry = next;
        going = await goesOn(carry);
        onIteration?.(params.name, k, (performance.now() - start) / 1000);
      }
      return carry;
    } catch (error) {
      tf.dispose(carry);
      throw error;
    }
  };
}

/** Splits the scanned inputs first, and stacks the results at the end. */
function scanRunner({ params }: EquationOf<'scan'>, backend: Backend, constants: Constants): Step['run'] {
  const body = new Block(params.body, backend, constants);
  return async (operands) => {
    const { captures, carry: init, xs } = scanOperands(params, operands);
    backend.activate();
    const elements = xs.map((x) => tf.unstack(x));
    let carry = init.map((value) => tf.clone(value));
    const rows: tf.Tensor[][] = Array.from({ length: params.length }, () => []);
    try {
      for (let turn = 0; turn < params.length; turn++) {
        const i = params.reverse ? params.length - 1 - turn : turn;
        const results = await body.run([...captures, ...carry, ...elements.map((each) => each[i]!)]);
        tf.dispose(carry);
        const next = scanResults(params, results);
        carry = [...next.carry];
        rows[i] = [...next.ys];
      }
      backend.activate();
      return [...carry, ...rows[0]!.map((_, k) => tf.stack(rows.map((row) => row[k]!)))];
    } catch (error) {
      tf.dispose(carry);
      throw error;
    } finally {
      tf.dispose(elements);
      tf.dispose(rows);
    }
  };
}
