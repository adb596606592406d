// Buffers: tensors of TensorFlow.js, replaced on write.

import { formatType, holds, type TensorData, type TensorType, toData } from '@gaussmark/autodiff';
import type { Buffer } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from './backend.js';

/** The TensorFlow.js dtypes in use. */
export type TfDType = 'float32' | 'int32' | 'bool';

export class TfjsBuffer implements Buffer {
  #tensor: tf.Tensor | undefined;

  /** @param tensor now owned by the buffer */
  constructor(
    readonly type: TensorType,
    readonly backend: Backend,
    tensor: tf.Tensor,
  ) {
    this.#tensor = tensor;
  }

  /** @throws Error if the buffer is disposed */
  get tensor(): tf.Tensor {
    if (this.#tensor === undefined)
      throw new Error(`a ${formatType(this.type)} buffer was used after dispose()`);
    return this.#tensor;
  }

  get disposed(): boolean {
    return this.#tensor === undefined;
  }

  /** Replaces the tensor with another, now owned by the buffer. */
  replace(tensor: tf.Tensor): void {
    this.tensor.dispose();
    this.#tensor = tensor;
  }

  async read(): Promise<TensorData> {
    const { tensor } = this;
    this.backend.activate();
    const data = (await tensor.data()) as TensorData;
    // A cast on the cpu backend may keep the array of the previous dtype.
    return holds(this.type, data) ? data : toData(this.type.dtype, data);
  }

  write(data: TensorData): void {
    if (!holds(this.type, data)) {
      throw new TypeError(
        `a ${formatType(this.type)} buffer needs the same dtype and number of values, got a ${data.constructor.name} of ${data.length}`,
      );
    }
    this.replace(tensorOf(this.type, data.slice(), this.backend));
  }

  dispose(): void {
    this.#tensor?.dispose();
    this.#tensor = undefined;
  }
}

/** A tensor of these values; may keep their array. */
export function tensorOf({ dtype, shape }: TensorType, data: TensorData, backend: Backend): tf.Tensor {
  backend.activate();
  return tf.tensor(data as Float32Array, [...shape], dtype as TfDType);
}
