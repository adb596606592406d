// An engine that counts the buffers it creates, and measures the memory that calls leave to JavaScript.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { allocate, sizeOf, type TensorType } from '@gaussmark/autodiff';
import { type Buffer, defined, type Engine } from '@gaussmark/core';
import { median } from 'simple-statistics';

/** An engine with the bytes of its buffers, except adopted ones. */
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
    // The caller's array: no new memory.
    ...defined({
      adopt: engine.adopt?.bind(engine),
      operators: engine.operators?.bind(engine),
      inPlace: engine.inPlace,
    }),
    dispose: () => engine.dispose(),
    bytes: () => bytes,
  };
}

/** Calls measured. */
const CALLS = 9;

/**
 * Off-heap bytes (array buffers, native copies) that a call leaves to the garbage collector: results copied instead of written
 * in place. The median over some calls, since an earlier collection may still release memory during the first ones.
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
