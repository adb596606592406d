// Backends of TensorFlow.js: which there are, and what programs need to know of one.

import type * as tf from '@tensorflow/tfjs-core';

/** The best first. */
export const BACKENDS = ['node-gpu', 'node', 'webgpu', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKENDS)[number];

/** A backend that was started. */
export interface Backend {
  readonly name: BackendName;
  /** Whether its gathers and scatters refuse indices that point nowhere. */
  readonly checksIndices: boolean;
  /** Whether it has the convolution's adjoint in the filter. */
  readonly hasFilterAdjoint: boolean;
  /** Whether a product of transposed matrices is slower there than transposing them first, by ten times and more. */
  readonly transposesFirst: boolean;
  /** Whether rows come faster by GatherNd, which copies each as a whole, than by Gather. */
  readonly gathersWhole: boolean;
  /** For the record: versions, device, threads. */
  readonly info: Readonly<Record<string, string | number | boolean>>;
  /** Makes it the one that operations run on: TensorFlow.js knows one at a time. */
  activate(): void;
  /** Whether the one element of a bool tensor is true. */
  holds(predicate: tf.Tensor): Promise<boolean>;
}
