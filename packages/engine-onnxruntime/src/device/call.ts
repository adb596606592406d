// Calls of a session on buffers of a device.

import type { Program } from '@gaussmark/autodiff';
import type { Buffer } from '@gaussmark/core';
import { Tensor } from '../binding.js';
import { type Caller, checkBuffers, Remembered } from '../memory.js';
import type { Session } from '../session.js';
import { DeviceBuffer } from './buffer.js';
import type { DeviceTensors } from './tensors.js';

interface Checked {
  readonly inputs: readonly DeviceBuffer[];
  readonly outputs: readonly DeviceBuffer[];
}

/** Names of the scalar that tells when a device has finished, as an input and as an output of every model that runs there. */
export const FENCE = { input: 'fence_in', output: 'fence_out' } as const;

/**
 * A run returns when the device has got its commands, not when it has done them, unless something comes back to the host: it is
 * copied after everything else, in the order of the device's queue. So each run computes a scalar and brings it back, 4 bytes,
 * and is over when it is over, which is what its time is taken for.
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

/** Waits only if there is something to wait for. */
function tensorsOf(tensors: readonly (Tensor | Promise<Tensor>)[]): Tensor[] | Promise<Tensor[]> {
  return tensors.some((tensor) => tensor instanceof Promise)
    ? Promise.all(tensors)
    : (tensors as readonly Tensor[]).slice();
}
