// Backends of TensorFlow.js: which there are, and what programs need to know of one.

import type * as tf from '@tensorflow/tfjs-core';

/** The best first. */
export const BACKENDS = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

/** A backend that was started. */
export interface Backend {
  readonly name: BackendName;
  /**
   * Whether the host has to look at indices, which it can without waiting, as the backend would read or write whatever memory
   * they point to. The native library refuses such indices itself; shaders stay within bounds.
   */
  readonly hostChecksIndices: boolean;
  /** Whether it has the convolution's adjoint in the filter. */
  readonly hasFilterAdjoint: boolean;
  /** Whether a product of transposed matrices is slower there than transposing them first, by ten times and more. */
  readonly transposesFirst: boolean;
  /** Whether rows come faster by GatherNd, which copies each as a whole, than by Gather. */
  readonly gathersWhole: boolean;
  /** Whether its kernels are shaders: their sine and cosine are coarse, and their sigmoid of NaN is 0. */
  readonly wgsl: boolean;
  /** For the record: versions, device, threads. */
  readonly info: Readonly<Record<string, string | number | boolean>>;
  /** Makes it the one that operations run on: TensorFlow.js knows one at a time. */
  activate(): void;
  /** Whether the one element of a bool tensor is true. */
  holds(predicate: tf.Tensor): Promise<boolean>;
}
