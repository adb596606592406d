// Runs a session on device buffers.

import type { Program } from '@gaussmark/autodiff';
import type { Buffer } from '@gaussmark/core';
import { Remembered } from '@gaussmark/engine-kit';
import { Tensor } from '../binding.js';
import { type Caller, checkBuffers } from '../memory.js';
import type { Session } from '../session.js';
import { DeviceBuffer } from './buffer.js';
import type { DeviceTensors } from './tensors.js';

interface Checked {
  readonly inputs: readonly DeviceBuffer[];
  readonly outputs: readonly DeviceBuffer[];
}

/** Input and output of every model on the device: the scalar that shows when the device has finished. */
export const FENCE = { input: 'fence_in', output: 'fence_out' } as const;

/**
 * A run returns once the device has received its commands, not when it has executed them, unless something is copied back to the
 * host, which happens last in the device's queue. So each run computes a scalar and copies it back, 4 bytes; when it arrives, the
 * run is over, and its time is the time of the run.
 */
export class DeviceCaller implements Caller {
  private readonly remembered = new Remembered<DeviceBuffer, Checked>();
  private readonly done = new Tensor('float32', new Float32Array(1), []);

  constructor(
    readonly program: Program,
    private readonly session: Session,
    private readonly tensors: DeviceTensors,
  ) {}

  async run(inputs: readonly Buffer[], outputs: readonly Buffer[]): Promise<void> {
    await this.execute(
      this.remembered.find(inputs, outputs) ?? this.remembered.add(this.check(inputs, outputs)),
    );
  }

  async runNew(inputs: readonly Buffer[]): Promise<readonly DeviceBuffer[]> {
    const outputs = this.program.outputs.map((output) => new DeviceBuffer(output.type, this.tensors));
    await this.execute(this.check(inputs, outputs));
    return outputs;
  }

  private check(inputs: readonly Buffer[], outputs: readonly Buffer[]): Checked {
    return checkBuffers(DeviceBuffer, this.program, inputs, outputs);
  }

  private async execute({ inputs, outputs }: Checked): Promise<void> {
    const { session, tensors } = this;
    const fed = await tensorsOf(inputs.map((buffer) => buffer.forInput()));
    const into = await tensorsOf(outputs.map((buffer) => buffer.forOutput()));
    await session.run(
      { ...session.feeds(fed), [FENCE.input]: await tensors.fence() },
      { ...session.fetches(into), [FENCE.output]: this.done },
    );
    tensors.traffic.toHost += this.done.data.byteLength;
    for (const [i, output] of outputs.entries()) output.wrote(into[i]!);
  }
}

/** Awaits only if something is pending. */
function tensorsOf(tensors: readonly (Tensor | Promise<Tensor>)[]): Tensor[] | Promise<Tensor[]> {
  return tensors.some((tensor) => tensor instanceof Promise)
    ? Promise.all(tensors)
    : (tensors as readonly Tensor[]).slice();
}
