// The backends of TensorFlow.js, and what programs need to know about each.

import type * as tf from '@tensorflow/tfjs-core';

/** Best first. */
export const BACKENDS = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

/** A started backend. */
export interface Backend {
  readonly name: BackendName;
  /**
   * Whether the host must check indices, because the backend would access whatever memory they point to; it can do so without
   * waiting. The native library rejects such indices itself; shaders stay within bounds.
   */
  readonly hostChecksIndices: boolean;
  /** Whether it supports the convolution's adjoint in the filter. */
  readonly hasFilterAdjoint: boolean;
  /** Whether multiplying transposed matrices is slower, by a factor of ten and more, than transposing them first. */
  readonly transposesFirst: boolean;
  /** Whether GatherNd, which copies whole rows, is faster than Gather. */
  readonly gathersWhole: boolean;
  /** Whether its kernels are shaders, with inaccurate sine and cosine, and a sigmoid that maps NaN to 0. */
  readonly wgsl: boolean;
  /** For the record: versions, device, threads. */
  readonly info: Readonly<Record<string, string | number | boolean>>;
  /** Makes it the current backend: TensorFlow.js has one at a time. */
  activate(): void;
  /** Whether the only element of a bool tensor is true. */
  holds(predicate: tf.Tensor): Promise<boolean>;
}
