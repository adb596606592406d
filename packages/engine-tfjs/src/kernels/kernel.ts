// The type of a kernel: TensorFlow.js operations for an equation, with its parameters fixed at compilation.

import type { EquationOf, Primitive } from '@gaussmark/autodiff';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Backend } from '../backend.js';

/**
 * Computes an equation's outputs from its operands, in its own scope: everything created but not returned is disposed. Results
 * are new tensors; a passed-through operand is a clone that shares the values.
 */
export type Kernel = (operands: readonly Tensor[]) => Tensor | readonly Tensor[];

/** Creates the kernel of an equation for a backend. */
export type KernelFactory<P extends Primitive> = (equation: EquationOf<P>, backend: Backend) => Kernel;
