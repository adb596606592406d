// The process's own memory, read and written in place by the native library.

import type { Program, TensorType, TensorValue } from '@gaussmark/autodiff';
import type { Memory } from '../memory.js';
import type { Session } from '../session.js';
import { HostBuffer } from './buffer.js';
import { HostCaller } from './call.js';

export class HostMemory implements Memory {
  readonly kind = HostBuffer;

  allocate(type: TensorType): HostBuffer {
    return new HostBuffer(type);
  }

  upload({ type, data }: TensorValue): HostBuffer {
    const buffer = new HostBuffer(type);
    buffer.write(data);
    return buffer;
  }

  adopt({ type, data }: TensorValue): HostBuffer {
    return new HostBuffer(type, data);
  }

  caller(program: Program, session: Session): HostCaller {
    return new HostCaller(program, session);
  }

  async warmUp(): Promise<void> {}

  async dispose(): Promise<void> {}
}
