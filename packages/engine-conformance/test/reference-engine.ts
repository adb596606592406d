// An engine that runs the reference evaluator, with optional faults.

import {
  type Atom,
  allocate,
  Constant,
  type Equation,
  loopOperands,
  type Program,
  sizeOf,
  type TensorData,
  type TensorType,
  type TensorValue,
  type Variable,
} from '@gaussmark/autodiff';
import { evaluate, evaluateEquation } from '@gaussmark/autodiff/reference';
import type { Buffer, CompileOptions, Engine, Executable } from '@gaussmark/core';

export interface Faults {
  /** Changes the results of an equation. */
  readonly distort?: (equation: Equation, outputs: TensorValue[]) => TensorValue[];
  readonly unsupported?: (program: Program) => string | null;
  readonly compileError?: (program: Program) => Error | undefined;
  /** Whether buffers share the uploaded arrays. */
  readonly sharesUploads?: boolean;
  /** Whether given outputs are ignored. */
  readonly ignoresOutputs?: boolean;
  /** Whether hosted loops report no iterations. */
  readonly silentLoops?: boolean;
  readonly outputsAs?: (value: TensorValue) => TensorValue;
}

export class ReferenceEngine implements Engine {
  readonly info = { engine: 'reference', version: '1' };
  readonly unsupported?: (program: Program) => string | null;

  constructor(private readonly faults: Faults = {}) {
    if (faults.unsupported !== undefined) this.unsupported = faults.unsupported;
  }

  async compile(program: Program, options: CompileOptions = {}): Promise<Executable> {
    const { faults } = this;
    const error = faults.compileError?.(program);
    if (error !== undefined) throw error;
    return {
      program,
      async run(inputs, outputs) {
        const values = runProgram(
          program,
          inputs.map((input) => ({ type: input.type, data: (input as HostBuffer).data })),
          options,
          faults,
        );
        if (outputs === undefined || faults.ignoresOutputs) {
          return values.map(({ type, data }) => {
            const value = faults.outputsAs?.({ type, data }) ?? { type, data };
            return new HostBuffer(value.type, value.data.slice());
          });
        }
        for (const [i, { data }] of values.entries()) outputs[i]!.write(data);
        return outputs;
      },
      async dispose() {},
    };
  }

  allocate(type: TensorType): Buffer {
    return new HostBuffer(type, allocate(type.dtype, sizeOf(type.shape)));
  }

  upload({ type, data }: TensorValue): Buffer {
    return new HostBuffer(type, this.faults.sharesUploads ? data : data.slice());
  }

  async dispose(): Promise<void> {}
}

class HostBuffer implements Buffer {
  constructor(
    readonly type: TensorType,
    readonly data: TensorData,
  ) {}

  async read(): Promise<TensorData> {
    return this.data;
  }

  write(data: TensorData): void {
    this.data.set(data);
  }

  dispose(): void {}
}

function runProgram(
  program: Program,
  inputs: readonly TensorValue[],
  options: CompileOptions,
  faults: Faults,
): TensorValue[] {
  const values = new Map<Variable, TensorValue>(program.inputs.map((input, i) => [input, inputs[i]!]));
  const read = (atom: Atom): TensorValue => (atom instanceof Constant ? atom : values.get(atom)!);
  for (const equation of program.equations) {
    const operands = equation.inputs.map(read);
    const computed =
      equation.primitive === 'while'
        ? runLoop(equation, operands, options, faults)
        : evaluateEquation(equation, operands);
    const results = faults.distort?.(equation, computed) ?? computed;
    for (const [i, output] of equation.outputs.entries()) values.set(output, results[i]!);
  }
  return program.outputs.map(read);
}

function runLoop(
  { params }: Extract<Equation, { primitive: 'while' }>,
  operands: readonly TensorValue[],
  { loops, onIteration }: CompileOptions,
  { silentLoops }: Faults,
): TensorValue[] {
  const captures = loopOperands(params, operands);
  let { carry } = captures;
  for (let k = 0; evaluate(params.condition, [...captures.condition, ...carry])[0]!.data[0]; k++) {
    carry = evaluate(params.body, [...captures.body, ...carry]);
    if (loops === 'hosted' && !silentLoops) onIteration?.(params.name, k, 0);
  }
  return [...carry];
}
