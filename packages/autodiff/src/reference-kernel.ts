// A kernel of the reference evaluator: computes one primitive in the simplest way.

import type { Primitive, PrimitiveParams } from './program.js';
import type { TensorValue } from './types.js';

export interface KernelInput<P extends Primitive> {
  readonly operands: readonly TensorValue[];
  /** The first output; zero-filled. */
  readonly output: TensorValue;
  readonly outputs: readonly TensorValue[];
  readonly params: PrimitiveParams[P];
}

/** Fills in the outputs. */
export type Kernel<P extends Primitive> = (input: KernelInput<P>) => void;
