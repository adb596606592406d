// Detects programs that TensorFlow.js cannot run.

import { dtypesOf, type Primitive, type Program, programsIn } from '@gaussmark/autodiff';
import type { Backend } from './backend.js';

/** The host computes these from values that it can read without waiting; shaders would not be exact. */
const ON_HOST: ReadonlySet<Primitive> = new Set(['xor', 'shiftRight', 'threefry2x32']);

/** Why a program cannot run on a backend, or null. */
export function reasonAgainst(program: Program, { name, wgsl }: Backend): string | null {
  if (dtypesOf(program).has('float64'))
    return 'has no float64: the tensors of TensorFlow.js are float32, int32 or bool';
  const missing = [...programsIn(program)]
    .flatMap(({ equations }) => equations)
    .find(({ primitive }) => ON_HOST.has(primitive));
  if (!wgsl || missing === undefined) return null;
  return `has no ${missing.primitive} with backend=${name}: random numbers need exact operations on bits (--engine tfjs:backend=wasm)`;
}
