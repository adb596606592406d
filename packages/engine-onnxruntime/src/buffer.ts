// Buffers: tensors in the process's own memory, which the native library reads and writes in place.

import { allocate, formatType, sizeOf, type TensorData, type TensorType } from '@gaussmark/autodiff';
import type { Buffer } from '@gaussmark/core';
import { Tensor } from 'onnxruntime-node';

export class HostBuffer implements Buffer {
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

  /** The first element, without waiting. */
  peek(): number {
    return this.data[0]!;
  }

  async read(): Promise<TensorData> {
    this.demandLive();
    return this.data;
  }

  write(data: TensorData): void {
    this.demandLive();
    if (data.constructor !== this.data.constructor || data.length !== this.data.length) {
      throw new TypeError(
        `a ${formatType(this.type)} buffer takes a ${this.data.constructor.name} of ${this.data.length} values, ` +
          `got a ${data.constructor.name} of ${data.length}`,
      );
    }
    this.data.set(data);
  }

  dispose(): void {
    this.state = 'disposed';
  }

  private demandLive(): void {
    if (this.disposed) throw new Error(`a ${formatType(this.type)} buffer was used after its dispose()`);
  }
}
