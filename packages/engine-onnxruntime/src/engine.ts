// The engine: compiles tensor programs with ONNX Runtime and runs them on the CPU.

import {
  formatType,
  type Program,
  sizeOf,
  type TensorData,
  type TensorType,
  type TensorValue,
} from '@gaussmark/autodiff';
import type { Buffer, CompileOptions, Engine, Executable, ProgramNames } from '@gaussmark/core';
import { HostBuffer } from './buffer.js';
import { checkBuffers } from './call.js';
import { fuse } from './fuse.js';
import { FusedExecutable } from './fused.js';
import { HostedExecutable } from './hosted.js';
import { lowerProgram } from './lower/program.js';
import { type ProfiledEquation, profileProgram } from './profile.js';
import { SessionPool, VERSION } from './session.js';
import { type OnnxRuntimeHyperparameters, sessionOptions } from './settings.js';

export class OnnxRuntimeEngine implements Engine {
  readonly info: Readonly<Record<string, string | number | boolean>>;
  private readonly pool: SessionPool;
  private readonly sessionOptions: ReturnType<typeof sessionOptions>;

  /** @param settings with a number of threads above 0 */
  constructor(settings: OnnxRuntimeHyperparameters) {
    const { provider, threads, allowSpinning } = settings;
    this.info = { engine: 'onnxruntime', version: VERSION, provider, threads, allowSpinning };
    this.sessionOptions = sessionOptions(settings);
    this.pool = new SessionPool(this.sessionOptions);
  }

  /** Number of native programs in use; equal ones count once. */
  get compiledCount(): number {
    return this.pool.size;
  }

  /**
   * Compiles a program. Programs with the same content share one native program, also when they are compiled at the
   * same time; it is released when every executable that uses it is disposed.
   *
   * @throws GaussmarkError that names the equation, if ONNX Runtime has no kernel for it.
   */
  compile(program: Program, options: CompileOptions = {}): Promise<Executable> {
    return options.loops === 'hosted'
      ? HostedExecutable.compile(program, this.pool, options.onIteration)
      : FusedExecutable.compile(program, this.pool);
  }

  allocate(type: TensorType): HostBuffer {
    return new HostBuffer(type);
  }

  /** @throws RangeError if the number of values is not that of the shape. */
  upload({ type, data }: TensorValue): Buffer {
    demandSize(type, data);
    const buffer = new HostBuffer(type);
    buffer.write(data);
    return buffer;
  }

  /** The array becomes the buffer's memory. @throws as `upload` does. */
  adopt({ type, data }: TensorValue): Buffer {
    demandSize(type, data);
    return new HostBuffer(type, data);
  }

  /**
   * The program as an ONNX model (opset 20, standard operators only), with loops as `Loop` operators.
   *
   * @param names of inputs and outputs; `input_0`, ..., `output_0`, ... by default
   * @throws RangeError if there are more or fewer names than inputs and outputs, or a name twice.
   */
  async export(program: Program, names?: ProgramNames): Promise<Uint8Array> {
    if (names === undefined) return lowerProgram(fuse(program)).bytes;
    demandNames('input', names.inputs, program.inputs.length);
    demandNames('output', names.outputs, program.outputs.length);
    const all = [...names.inputs, ...names.outputs];
    const twice = all.find((name, i) => all.indexOf(name) !== i);
    if (twice !== undefined)
      throw new RangeError(`'${twice}' names two inputs or outputs; give each a name of its own`);
    return lowerProgram(fuse(program), { names }).bytes;
  }

  /**
   * What the native operators of a program take, by equation.
   *
   * @param inputs buffers of this engine
   * @param runs at least 1; each operator counts with its fastest call
   * @throws TypeError if a buffer does not fit
   */
  async profile(
    program: Program,
    inputs: readonly Buffer[],
    runs: number,
  ): Promise<readonly ProfiledEquation[]> {
    const outputs = program.outputs.map(({ type }) => new HostBuffer(type));
    const own = checkBuffers(program, inputs, outputs);
    return profileProgram(program, own.inputs, runs, this.sessionOptions);
  }

  async dispose(): Promise<void> {
    await this.pool.dispose();
  }
}

function demandNames(what: string, names: readonly string[], count: number): void {
  if (names.length !== count)
    throw new RangeError(`the program has ${count} ${what}s, got ${names.length} names`);
  if (names.includes('')) throw new RangeError(`an ${what} has an empty name`);
}

function demandSize(type: TensorType, data: TensorData): void {
  if (data.length === sizeOf(type.shape)) return;
  throw new RangeError(`a ${formatType(type)} holds ${sizeOf(type.shape)} values, got ${data.length}`);
}
