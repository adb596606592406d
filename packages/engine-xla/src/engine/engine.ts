// The engine: compiles tensor programs with XLA and runs them on a PJRT plugin's device.

import {
  formatType,
  loopsOf,
  type Program,
  sizeOf,
  type TensorType,
  type TensorValue,
} from '@gaussmark/autodiff';
import type { Buffer, CompileOptions, Engine, Executable } from '@gaussmark/core';
import { HostedExecutable } from '@gaussmark/engine-kit';
import type { ExecutableCache } from '../cache/executable-cache.js';
import type { Client, DeviceMemory, Flags } from '../pjrt/index.js';
import { Device } from './device.js';
import { FusedExecutable } from './executable.js';
import { Programs } from './programs.js';

export interface XlaEngineOptions {
  readonly client: Client;
  /** Whether the device's memory is the host's. */
  readonly isHost: boolean;
  /** XLA's flags for each compilation. */
  readonly flags: Flags;
  readonly precision: 'highest' | 'default';
  readonly cache: ExecutableCache;
  readonly info: Engine['info'];
}

export class XlaEngine implements Engine {
  readonly info: Engine['info'];
  readonly inPlace = true;
  private readonly device: Device;
  private readonly programs: Programs;

  constructor({ client, isHost, flags, precision, cache, info }: XlaEngineOptions) {
    this.info = info;
    this.device = new Device(client, isHost);
    this.programs = new Programs(this.device, { precision, target: isHost ? 'cpu' : 'gpu' }, flags, cache);
  }

  /** Number of compiled programs in use; equal programs count once. */
  get compiledCount(): number {
    return this.programs.size;
  }

  /** Number of buffers not disposed, those of constants included. */
  get bufferCount(): number {
    return this.device.buffers.size;
  }

  /** Bytes of the device's memory in use. @throws PjrtError if the plugin does not tell, as on CPUs */
  get deviceMemory(): DeviceMemory {
    return this.device.client.memory;
  }

  /**
   * Compiles a program. Equal programs share one compilation, even when compiled concurrently; a compilation that took long
   * is kept on disk for the next process.
   *
   * @throws GaussmarkError if XLA rejects the program
   */
  async compile(program: Program, { loops, onIteration, inPlace }: CompileOptions = {}): Promise<Executable> {
    if (loops !== 'hosted' || loopsOf(program).length === 0)
      return FusedExecutable.compile(program, this.programs, this.device, inPlace);
    const compile = (part: Program) => FusedExecutable.compile(part, this.programs, this.device);
    return HostedExecutable.compile(program, { memory: this.device, compile, onIteration });
  }

  allocate(type: TensorType): Buffer {
    return this.device.allocate(type);
  }

  /** @throws RangeError if the number of values does not match the shape */
  upload({ type, data }: TensorValue): Buffer {
    if (data.length !== sizeOf(type.shape)) {
      throw new RangeError(`a ${formatType(type)} needs ${sizeOf(type.shape)} values, got ${data.length}`);
    }
    return this.device.adopt({ type, data });
  }

  async dispose(): Promise<void> {
    await this.programs.dispose();
    this.device.dispose();
  }
}
