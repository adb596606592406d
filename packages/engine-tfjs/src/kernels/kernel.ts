// The form of a kernel: an equation's parameters fixed once, at compilation, and the TensorFlow.js operations that do it.

import type { EquationOf, Primitive } from '@gaussmark/autodiff';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Backend } from '../backend.js';

/**
 * Computes an equation's outputs from its operands. It runs in a scope of its own: whatever it makes besides what it returns
 * is disposed. What it returns is new to it: an operand handed through is a clone, which shares the values.
 */
export type Kernel = (operands: readonly Tensor[]) => Tensor | readonly Tensor[];

/** Makes the kernel of an equation, on a backend. */
export type KernelFactory<P extends Primitive> = (equation: EquationOf<P>, backend: Backend) => Kernel;
