// The engine: compiles tensor programs with ONNX Runtime and runs them on the CPU or a device.

import {
  formatType,
  loopsOf,
  type Program,
  sameType,
  type TensorType,
  type TensorValue,
} from '@gaussmark/autodiff';
import {
  type Buffer,
  type CompileOptions,
  defined,
  type Engine,
  type Executable,
  type ExportOptions,
  GaussmarkError,
  type OperatorCount,
} from '@gaussmark/core';
import type { EngineBuffer } from '@gaussmark/engine-kit';
import { FENCE } from './device/call.js';
import { DeviceMemory } from './device/memory.js';
import type { Traffic } from './device/tensors.js';
import { fuse } from './fuse.js';
import { FusedExecutable } from './fused.js';
import { HostMemory } from './host/memory.js';
import { compileHosted } from './hosted.js';
import { type LoweringOptions, lowerProgram } from './lower/program.js';
import { checkBuffers, type Memory } from './memory.js';
import { countOperators } from './operators.js';
import { type ProfiledEquation, type ProfiledKernel, Profiler } from './profile.js';
import { PROVIDERS } from './providers/provider.js';
import type { StartedProvider } from './providers/start.js';
import { SessionPool, VERSION } from './session.js';
import { type OnnxRuntimeHyperparameters, sessionOptions } from './settings.js';
import { unsupportedBy } from './unsupported.js';
import { demandSize } from './values.js';

export class OnnxRuntimeEngine implements Engine {
  readonly info: Readonly<Record<string, string | number | boolean>>;
  private readonly pool: SessionPool;
  private readonly memory: Memory;
  private readonly lowering: LoweringOptions;
  private readonly sessionOptions: ReturnType<typeof sessionOptions>;

  /**
   * @param settings with `threads` above 0
   * @param started the provider requested in the settings, or found by `auto`
   * @param channelBlock of the CPU's direct convolutions: see channel-block.ts
   */
  constructor(
    settings: OnnxRuntimeHyperparameters,
    private readonly started: StartedProvider = { provider: PROVIDERS.cpu, facts: undefined },
    channelBlock?: number,
  ) {
    const { threads, allowSpinning } = settings;
    const { provider, facts } = started;
    this.info = {
      engine: 'onnxruntime',
      version: VERSION,
      provider: provider.name,
      ...facts,
      threads,
      allowSpinning,
    };
    this.sessionOptions = sessionOptions(settings, provider);
    this.lowering = provider.buffers === 'device' ? { target: 'webgpu', fence: FENCE } : { channelBlock };
    this.memory = provider.buffers === 'device' ? new DeviceMemory(this.sessionOptions) : new HostMemory();
    this.pool = new SessionPool(this.sessionOptions, this.lowering, (session, program) =>
      this.memory.warmUp(program, session),
    );
  }

  /** Number of native programs in use; equal programs count once. */
  get compiledCount(): number {
    return this.pool.size;
  }

  /**
   * Bytes moved between host and device since the engine started, for buffers and for the scalar that ends each run.
   * Undefined for providers whose buffers are in host memory.
   */
  get traffic(): Traffic | undefined {
    return this.memory instanceof DeviceMemory ? { ...this.memory.tensors.traffic } : undefined;
  }

  /** Tensors on the device, and their size in bytes. Undefined as for {@link traffic}. */
  get deviceTensors(): { readonly tensors: number; readonly bytes: number } | undefined {
    return this.memory instanceof DeviceMemory ? this.memory.tensors.held : undefined;
  }

  unsupported(program: Program): string | null {
    return unsupportedBy(this.started.provider.name, program);
  }

  /**
   * Compiles a program. Equal programs share one native program, even when compiled concurrently; it is released when every
   * executable that uses it is disposed.
   *
   * With buffers on a device, the host drives all loops, nested ones included: ONNX Runtime's Loop runs on the CPU, so
   * everything that enters and leaves it would move to the host and back.
   *
   * @throws GaussmarkError that names the equation for which ONNX Runtime has no kernel.
   */
  compile(program: Program, options: CompileOptions = {}): Promise<Executable> {
    return this.compileInto(this.pool, program, options);
  }

  private async compileInto(
    pool: SessionPool,
    program: Program,
    { loops, onIteration }: CompileOptions,
  ): Promise<Executable> {
    const reason = this.unsupported(program);
    if (reason !== null) {
      throw new GaussmarkError(`engine 'onnxruntime' ${reason}`, {
        plugin: "engine 'onnxruntime'",
        remedy: 'use dtype float32, or provider=cpu',
      });
    }
    const nested = this.started.provider.buffers === 'device';
    return loops === 'hosted' || (nested && loopsOf(program).length > 0)
      ? compileHosted(program, pool, this.memory, { onIteration, nested })
      : FusedExecutable.compile(program, pool, this.memory);
  }

  allocate(type: TensorType): EngineBuffer {
    return this.memory.allocate(type);
  }

  /** @throws RangeError if the number of values does not match the shape. */
  upload(value: TensorValue): Buffer {
    demandSize(value.type, value.data);
    return this.memory.upload(value);
  }

  /** The array becomes the buffer's memory. @throws as `upload` does. */
  adopt(value: TensorValue): Buffer {
    demandSize(value.type, value.data);
    return this.memory.adopt(value);
  }

  /**
   * The program as an ONNX model (opset 20, standard operators only) with loops as `Loop` operators.
   *
   * @param options names of inputs and outputs, by default `input_0`, ..., `output_0`, ...; values and notes to include
   * @throws RangeError if the number of names does not match, a name is repeated, or a value does not fit its input
   */
  async export(program: Program, options?: ExportOptions): Promise<Uint8Array> {
    if (options === undefined) return lowerProgram(fuse(program)).bytes;
    demandNames('input', options.inputs, program.inputs.length);
    demandNames('output', options.outputs, program.outputs.length);
    const all = [...options.inputs, ...options.outputs];
    const twice = all.find((name, i) => all.indexOf(name) !== i);
    if (twice !== undefined)
      throw new RangeError(`'${twice}' names two inputs or outputs; names must be unique`);
    const { values, metadata } = options;
    for (const [name, { type }] of Object.entries(values ?? {})) {
      const input = program.inputs[options.inputs.indexOf(name)];
      if (input === undefined || !sameType(input.type, type)) {
        const expected = input === undefined ? 'no input of that name' : `a ${formatType(input.type)}`;
        throw new RangeError(
          `the value of '${name}' does not fit: expected ${expected}, got ${formatType(type)}`,
        );
      }
    }
    return lowerProgram(fuse(program), { names: options, ...defined({ values, metadata }) }).bytes;
  }

  async operators(program: Program): Promise<OperatorCount> {
    return countOperators(await this.export(program));
  }

  /**
   * Measures the time of a program's native operators, by equation.
   *
   * @param inputs buffers of this engine
   * @param runs at least 1; each operator counts with its fastest call
   * @throws TypeError if a buffer does not fit
   */
  profile(program: Program, inputs: readonly Buffer[], runs: number): Promise<readonly ProfiledEquation[]> {
    return this.profiled(program, inputs, runs, (profiler) => profiler.equations(runs));
  }

  /**
   * Lists where each native operator of a program runs, including copies between host and device: ONNX Runtime runs
   * operators on the CPU if the provider has no kernel for them.
   *
   * @throws as `profile` does
   */
  placements(program: Program, inputs: readonly Buffer[]): Promise<readonly ProfiledKernel[]> {
    return this.profiled(program, inputs, 1, (profiler) => profiler.kernels());
  }

  private async profiled<T>(
    program: Program,
    inputs: readonly Buffer[],
    runs: number,
    result: (profiler: Profiler) => T | Promise<T>,
  ): Promise<T> {
    const outputs = program.outputs.map(({ type }) => this.memory.allocate(type));
    checkBuffers(this.memory.kind, program, inputs, outputs);
    const profiler = await Profiler.start(this.sessionOptions, this.lowering);
    try {
      const executable = await this.compileInto(profiler.pool, program, {});
      for (let i = 0; i < runs; i++) await executable.run(inputs, outputs);
      const value = await result(profiler);
      await executable.dispose();
      return value;
    } finally {
      for (const output of outputs) output.dispose();
      await profiler.dispose();
    }
  }

  async dispose(): Promise<void> {
    await this.pool.dispose();
    await this.memory.dispose();
  }
}

function demandNames(what: string, names: readonly string[], count: number): void {
  if (names.length !== count)
    throw new RangeError(`the program has ${count} ${what}s, got ${names.length} names`);
  if (names.includes('')) throw new RangeError(`an ${what} has an empty name`);
}
