// Buffers: tensors in the process's own memory, read and written in place by the native library.

import { allocate, formatType, sizeOf, type TensorData, type TensorType } from '@gaussmark/autodiff';
import type { EngineBuffer } from '@gaussmark/engine-kit';
import { Tensor } from '../binding.js';
import { wrongValues } from '../values.js';

export class HostBuffer implements EngineBuffer {
  /** The native view of `data`. */
  readonly tensor: Tensor;
  private state: 'live' | 'disposed' = 'live';

  constructor(
    readonly type: TensorType,
    private readonly data: TensorData = allocate(type.dtype, sizeOf(type.shape)),
  ) {
    this.tensor = new Tensor(type.dtype, data, [...type.shape]) as Tensor;
  }

  get disposed(): boolean {
    return this.state === 'disposed';
  }

  first(): number {
    return this.data[0]!;
  }

  async read(): Promise<TensorData> {
    this.demandLive();
    return this.data;
  }

  write(data: TensorData): void {
    this.demandLive();
    if (data.constructor !== this.data.constructor || data.length !== this.data.length) {
      throw wrongValues(this.type, data);
    }
    this.data.set(data);
  }

  dispose(): void {
    this.state = 'disposed';
  }

  private demandLive(): void {
    if (this.disposed) throw new Error(`a ${formatType(this.type)} buffer was used after dispose()`);
  }
}
