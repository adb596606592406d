// Checks that every engine makes of the buffers passed to a run.

import { formatType, type Program, sameType } from '@gaussmark/autodiff';
import type { Buffer } from './contracts/engine.js';

/** A buffer that knows whether it has been disposed. */
export interface DisposableBuffer extends Buffer {
  readonly disposed: boolean;
}

/**
 * The buffers as the engine's own class, fit for the program's inputs or outputs.
 *
 * @param engine names the engine in errors: `onnxruntime`, `tfjs engine on wasm`
 * @throws TypeError if the number or a type differs, or a buffer is foreign or disposed.
 * @example
 * const isOwn = (each: Buffer): each is DisposableBuffer => 'disposed' in each;
 * const buffer = { type: { dtype: 'int32', shape: [3] }, disposed: false };
 * const inputs = [new Variable({ dtype: 'int32', shape: [3] })];
 * ownBuffers('input', [buffer], inputs, isOwn, 'my engine').length; // = 1
 */
export function ownBuffers<B extends DisposableBuffer>(
  role: 'input' | 'output',
  got: readonly Buffer[],
  expected: Program['inputs'] | Program['outputs'],
  isOwn: (buffer: Buffer) => buffer is B,
  engine: string,
): readonly B[] {
  if (got.length !== expected.length) {
    throw new TypeError(`the program has ${expected.length} ${role}s, got ${got.length} buffers`);
  }
  return got.map((buffer, i) => {
    if (!isOwn(buffer)) {
      throw new TypeError(`${role} ${i} is not a buffer of the ${engine}; use its allocate() or upload()`);
    }
    const { type } = expected[i]!;
    if (!sameType(buffer.type, type)) {
      throw new TypeError(
        `${role} ${i}: expected a ${formatType(type)} buffer, got ${formatType(buffer.type)}`,
      );
    }
    if (buffer.disposed) throw new TypeError(`${role} ${i}: the ${formatType(type)} buffer is disposed`);
    return buffer;
  });
}

/**
 * Demands that a run writes into buffers of their own.
 *
 * @param inPlace outputs that may be the buffer of an input: their positions by those of the inputs
 * @throws TypeError if an output is also another input or another output
 * @example
 * const buffer = { type: { dtype: 'int32', shape: [3] } };
 * demandDistinct([buffer], [{ ...buffer }]); // = undefined
 */
export function demandDistinct(
  inputs: readonly Buffer[],
  outputs: readonly Buffer[],
  inPlace?: ReadonlyMap<number, number>,
): void {
  for (const [i, output] of outputs.entries()) {
    const input = inputs.findIndex((buffer, k) => buffer === output && inPlace?.get(k) !== i);
    if (input >= 0) {
      throw new TypeError(
        `output ${i} is the same buffer as input ${input}; use separate buffers and swap them after the run`,
      );
    }
    const twin = outputs.indexOf(output);
    if (twin !== i) {
      throw new TypeError(`output ${i} is the same buffer as output ${twin}; use separate buffers`);
    }
  }
}
