// An engine that counts what is asked of it: buffers, and memory that a call takes from JavaScript.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { allocate, sizeOf, type TensorType } from '@gaussmark/autodiff';
import type { Buffer, Engine } from '@gaussmark/core';

/** An engine, with the bytes of the buffers that it made; those that it adopted are not among them. */
export function countingEngine(engine: Engine): Engine & { readonly bytes: () => number } {
  let bytes = 0;
  const counted = (type: TensorType, make: () => Buffer): Buffer => {
    bytes += sizeOf(type.shape) * allocate(type.dtype, 0).BYTES_PER_ELEMENT;
    return make();
  };
  return {
    info: engine.info,
    compile: (program, options) => engine.compile(program, options),
    allocate: (type) => counted(type, () => engine.allocate(type)),
    upload: (value) => counted(value.type, () => engine.upload(value)),
    // The caller's own array: no memory is taken for it.
    ...(engine.adopt === undefined ? {} : { adopt: (value) => engine.adopt!(value) }),
    ...(engine.export === undefined ? {} : { export: (program, names) => engine.export!(program, names) }),
    dispose: () => engine.dispose(),
    bytes: () => bytes,
  };
}

/** Calls whose memory is looked at; the least of them counts, as what else the process does only adds. */
const CALLS = 5;

/**
 * Bytes outside of JavaScript's heap (array buffers, native copies handed to JavaScript) that one call leaves behind, for the
 * garbage collector to find: results that are copied where they could be written in place.
 */
export async function bytesLeftBehind(call: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < CALLS; i++) {
    collectGarbage();
    const before = process.memoryUsage().external;
    await call();
    least = Math.min(least, process.memoryUsage().external - before);
  }
  return Math.max(0, least);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
