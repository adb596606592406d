// Prepared arguments of calls, by the identity of their buffers: checking and preparing each set once keeps a run short.

import type { Buffer, DisposableBuffer } from '@gaussmark/core';

/** Remembered sets of buffers: alternating between two, times the sets of a hosted loop. */
const MAX_REMEMBERED = 16;

export interface BufferSet<B> {
  readonly inputs: readonly B[];
  readonly outputs: readonly B[];
}

/** Caches what was prepared for the last sets of buffers, by identity, most recently used first. */
export class Remembered<B extends DisposableBuffer, P extends BufferSet<B>> {
  private readonly entries: P[] = [];

  find(inputs: readonly Buffer[], outputs: readonly Buffer[]): P | undefined {
    const { entries } = this;
    for (let i = 0; i < entries.length; i++) {
      const candidate = entries[i]!;
      if (!sameBuffers(candidate.inputs, inputs) || !sameBuffers(candidate.outputs, outputs)) continue;
      for (let j = i; j > 0; j--) entries[j] = entries[j - 1]!;
      entries[0] = candidate;
      return candidate;
    }
    return undefined;
  }

  add(prepared: P): P {
    this.entries.unshift(prepared);
    if (this.entries.length > MAX_REMEMBERED) this.entries.pop();
    return prepared;
  }
}

function sameBuffers(known: readonly DisposableBuffer[], given: readonly Buffer[]): boolean {
  if (known.length !== given.length) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== given[i] || known[i]!.disposed) return false;
  return true;
}
