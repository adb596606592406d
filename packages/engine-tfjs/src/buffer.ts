// Buffers: tensors of TensorFlow.js, replaced when they are written.

import { formatType, holds, type TensorData, type TensorType, toData } from '@gaussmark/autodiff';
import type { Buffer } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from './backend.js';

/** The dtypes of TensorFlow.js that tensors here have. */
export type TfDType = 'float32' | 'int32' | 'bool';

export class TfjsBuffer implements Buffer {
  #tensor: tf.Tensor | undefined;

  /** @param tensor belongs to the buffer from now on */
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
      throw new Error(`a ${formatType(this.type)} buffer was used after its dispose()`);
    return this.#tensor;
  }

  get disposed(): boolean {
    return this.#tensor === undefined;
  }

  /** Puts another tensor, which belongs to the buffer from now on, in the place of the one it has. */
  replace(tensor: tf.Tensor): void {
    this.tensor.dispose();
    this.#tensor = tensor;
  }

  async read(): Promise<TensorData> {
    const { tensor } = this;
    this.backend.activate();
    const data = (await tensor.data()) as TensorData;
    // A cast of the backend cpu may keep the array of the dtype before.
    return holds(this.type, data) ? data : toData(this.type.dtype, data);
  }

  write(data: TensorData): void {
    if (!holds(this.type, data)) {
      throw new TypeError(
        `a ${formatType(this.type)} buffer takes as many values of its dtype, got a ${data.constructor.name} of ${data.length}`,
      );
    }
    this.replace(tensorOf(this.type, data.slice(), this.backend));
  }

  dispose(): void {
    this.#tensor?.dispose();
    this.#tensor = undefined;
  }
}

/** A tensor of these values, whose array it may keep. */
export function tensorOf({ dtype, shape }: TensorType, data: TensorData, backend: Backend): tf.Tensor {
  backend.activate();
  return tf.tensor(data as Float32Array, [...shape], dtype as TfDType);
}
