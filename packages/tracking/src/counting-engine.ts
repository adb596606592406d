// An engine that counts what is asked of it: buffers, and memory that a call takes from JavaScript.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { allocate, sizeOf, type TensorType } from '@gaussmark/autodiff';
import { type Buffer, defined, type Engine } from '@gaussmark/core';
import { median } from 'simple-statistics';

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
    ...defined({ adopt: engine.adopt?.bind(engine), operators: engine.operators?.bind(engine) }),
    dispose: () => engine.dispose(),
    bytes: () => bytes,
  };
}

/** Calls whose memory is looked at. */
const CALLS = 9;

/**
 * Bytes outside of JavaScript's heap (array buffers, native copies handed to JavaScript) that one call leaves behind, for the
 * garbage collector to find: results that are copied where they could be written in place. The median of some calls: the
 * memory of a collection before is given back while the first ones run.
 */
export async function bytesLeftBehind(call: () => Promise<unknown>): Promise<number> {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  await call();
  const left: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    const before = process.memoryUsage().external;
    await call();
    left.push(process.memoryUsage().external - before);
  }
  return Math.max(0, median(left));
}
