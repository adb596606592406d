// A device with its buffers: what the engine's executables run on.

import type { Program, TensorType, TensorValue } from '@gaussmark/autodiff';
import { type Buffer, demandDistinct, ownBuffers } from '@gaussmark/core';
import type { BufferMemory } from '@gaussmark/engine-kit';
import type { Client } from '../pjrt/index.js';
import { type BufferHome, DeviceBuffer } from './buffer.js';

export interface OwnBuffers {
  readonly inputs: readonly DeviceBuffer[];
  readonly outputs: readonly DeviceBuffer[];
}

export class Device implements BufferMemory, BufferHome {
  readonly buffers = new Set<DeviceBuffer>();

  constructor(
    readonly client: Client,
    readonly isHost: boolean,
  ) {}

  allocate(type: TensorType): DeviceBuffer {
    return new DeviceBuffer(type, this);
  }

  adopt({ type, data }: TensorValue): DeviceBuffer {
    return new DeviceBuffer(type, this, data);
  }

  /**
   * @param inPlace outputs that may replace an input
   * @throws TypeError if a number or a type differs, a buffer is foreign or disposed, or an output is used twice
   */
  check(
    program: Program,
    inputs: readonly Buffer[],
    outputs: readonly Buffer[],
    inPlace?: ReadonlyMap<number, number>,
  ): OwnBuffers {
    const isOwn = (buffer: Buffer): buffer is DeviceBuffer =>
      buffer instanceof DeviceBuffer && (this.buffers.has(buffer) || buffer.disposed);
    const own = {
      inputs: ownBuffers('input', inputs, program.inputs, isOwn, 'xla engine'),
      outputs: ownBuffers('output', outputs, program.outputs, isOwn, 'xla engine'),
    };
    demandDistinct(own.inputs, own.outputs, inPlace);
    return own;
  }

  dispose(): void {
    for (const buffer of [...this.buffers]) buffer.dispose();
    this.client.destroy();
  }
}
