// Detects programs that TensorFlow.js cannot run.

import { dtypesOf, type Program } from '@gaussmark/autodiff';

/** Why a program cannot run on any backend, or null. */
export function reasonAgainst(program: Program): string | null {
  return dtypesOf(program).has('float64')
    ? 'has no float64: the tensors of TensorFlow.js are float32, int32 or bool'
    : null;
}
