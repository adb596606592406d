// What a run starts from, as a short text: equal texts, equal initial parameters.

import { createHash } from 'node:crypto';
import type { TensorValue } from '@gaussmark/autodiff';

const CHARACTERS = 16;

/** The beginning of the sha256 (hexadecimal) of the initial parameters: the type and the bytes of each, in order. */
export function startHash(initial: readonly TensorValue[]): string {
  const hash = createHash('sha256');
  for (const { type, data } of initial) {
    hash.update(`${type.dtype}[${type.shape.join(',')}]`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex').slice(0, CHARACTERS);
}
