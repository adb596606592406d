// Where an engine's buffers live, and what runs sessions on them: the process's own memory, or a device's.

import type { Program, TensorType, TensorValue } from '@gaussmark/autodiff';
import { formatType, sameType } from '@gaussmark/autodiff';
import type { Buffer } from '@gaussmark/core';
import type { Session } from './session.js';

export interface Memory {
  /** What a buffer of this memory is. */
  readonly kind: BufferKind;
  /** Zero-filled. */
  allocate(type: TensorType): EngineBuffer;
  /** A buffer with a copy of the values. */
  upload(value: TensorValue): EngineBuffer;
  /** A buffer with these values, whose array it may keep. */
  adopt(value: TensorValue): EngineBuffer;
  caller(program: Program, session: Session): Caller;
  /** Does what a first run would do once and for all, so that it takes as long as any other. */
  warmUp(program: Program, session: Session): Promise<void>;
  dispose(): Promise<void>;
}

export interface EngineBuffer extends Buffer {
  readonly disposed: boolean;
  /** The first element, at once where it is at hand. */
  first(): number | Promise<number>;
}

/** The class of a memory's buffers. */
type BufferKind<B extends EngineBuffer = EngineBuffer> = abstract new (...args: never[]) => B;

/** Runs a session on buffers. */
export interface Caller {
  readonly program: Program;
  /** Runs into given buffers. */
  run(inputs: readonly Buffer[], outputs: readonly Buffer[]): Promise<void>;
  /** Runs into new buffers. */
  runNew(inputs: readonly Buffer[]): Promise<readonly EngineBuffer[]>;
}

/**
 * The buffers as this engine's own, fit to run the program.
 *
 * @throws TypeError if their number or types do not fit, one is disposed, or an output is an input or another output.
 */
export function checkBuffers<B extends EngineBuffer>(
  kind: BufferKind<B>,
  program: Program,
  inputs: readonly Buffer[],
  outputs: readonly Buffer[],
): { readonly inputs: readonly B[]; readonly outputs: readonly B[] } {
  const own = {
    inputs: demandTypes(kind, 'input', inputs, program.inputs),
    outputs: demandTypes(kind, 'output', outputs, program.outputs),
  };
  for (const [i, output] of own.outputs.entries()) {
    const input = own.inputs.indexOf(output);
    const way = 'give it a buffer of its own and exchange the two after the run';
    if (input >= 0) throw new TypeError(`output ${i} is the same buffer as input ${input}; ${way}`);
    const twin = own.outputs.indexOf(output);
    if (twin !== i)
      throw new TypeError(`output ${i} is the same buffer as output ${twin}; give each its own`);
  }
  return own;
}

function demandTypes<B extends EngineBuffer>(
  kind: BufferKind<B>,
  what: string,
  got: readonly Buffer[],
  expected: Program['outputs'],
): readonly B[] {
  if (got.length !== expected.length) {
    throw new TypeError(`the program has ${expected.length} ${what}s, got ${got.length} buffers`);
  }
  return got.map((buffer, i) => {
    if (!(buffer instanceof kind)) {
      throw new TypeError(
        `${what} ${i} is not a buffer of the onnxruntime engine; use its allocate() or upload()`,
      );
    }
    const { type } = expected[i]!;
    if (!sameType(buffer.type, type)) {
      throw new TypeError(
        `${what} ${i}: expected a ${formatType(type)} buffer, got ${formatType(buffer.type)}`,
      );
    }
    if (buffer.disposed) throw new TypeError(`${what} ${i}: the ${formatType(type)} buffer is disposed`);
    return buffer;
  });
}

/** Sets of buffers that are remembered: ping-pong between two, times the sets of a hosted loop. */
const MAX_REMEMBERED = 16;

interface BufferSet<B> {
  readonly inputs: readonly B[];
  readonly outputs: readonly B[];
}

/** What was prepared for the last sets of buffers, found again by their identity; the most recently used first. */
export class Remembered<B extends EngineBuffer, P extends BufferSet<B>> {
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

function sameBuffers(known: readonly EngineBuffer[], given: readonly Buffer[]): boolean {
  if (known.length !== given.length) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== given[i] || known[i]!.disposed) return false;
  return true;
}
