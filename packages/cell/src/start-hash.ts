// A short hash of a run's initial parameters.

import { createHash } from 'node:crypto';
import type { TensorValue } from '@gaussmark/autodiff';

const CHARACTERS = 16;

/** The beginning of the hexadecimal sha256 over the type and bytes of each parameter, in order. */
export function startHash(initial: readonly TensorValue[]): string {
  const hash = createHash('sha256');
  for (const { type, data } of initial) {
    hash.update(`${type.dtype}[${type.shape.join(',')}]`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex').slice(0, CHARACTERS);
}
