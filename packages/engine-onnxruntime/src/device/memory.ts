// A device's memory: its buffers, and how sessions run on them.

import type { Program, TensorType, TensorValue } from '@gaussmark/autodiff';
import type { InferenceSession } from '../binding.js';
import type { Memory } from '../memory.js';
import type { Session } from '../session.js';
import { DeviceBuffer } from './buffer.js';
import { DeviceCaller } from './call.js';
import { DeviceTensors } from './tensors.js';

export class DeviceMemory implements Memory {
  readonly kind = DeviceBuffer;
  readonly tensors: DeviceTensors;

  constructor(options: InferenceSession.SessionOptions) {
    this.tensors = new DeviceTensors(options);
  }

  allocate(type: TensorType): DeviceBuffer {
    return new DeviceBuffer(type, this.tensors);
  }

  upload({ type, data }: TensorValue): DeviceBuffer {
    return new DeviceBuffer(type, this.tensors, data.slice()).startMove();
  }

  adopt({ type, data }: TensorValue): DeviceBuffer {
    return new DeviceBuffer(type, this.tensors, data).startMove();
  }

  caller(program: Program, session: Session): DeviceCaller {
    return new DeviceCaller(program, session, this.tensors);
  }

  /** Shaders compile on their first run, for seconds that belong to compilation; here they run on zeros. */
  async warmUp(program: Program, session: Session): Promise<void> {
    const inputs = program.inputs.map(({ type }) => this.allocate(type));
    const outputs = await this.caller(program, session).runNew(inputs);
    for (const buffer of [...inputs, ...outputs]) buffer.dispose();
  }

  dispose(): Promise<void> {
    return this.tensors.dispose();
  }
}
