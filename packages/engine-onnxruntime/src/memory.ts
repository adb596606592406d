// Where an engine's buffers live, and what runs sessions on them: the process's own memory, or a device's.

import type { Program, TensorType, TensorValue } from '@gaussmark/autodiff';
import { type Buffer, type DisposableBuffer, demandDistinct, ownBuffers } from '@gaussmark/core';
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

export interface EngineBuffer extends DisposableBuffer {
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
 * @throws TypeError if a number or a type differs, a buffer is disposed, or an output is an input or another output.
 */
export function checkBuffers<B extends EngineBuffer>(
  kind: BufferKind<B>,
  program: Program,
  inputs: readonly Buffer[],
  outputs: readonly Buffer[],
): { readonly inputs: readonly B[]; readonly outputs: readonly B[] } {
  const isOwn = (buffer: Buffer): buffer is B => buffer instanceof kind;
  const own = {
    inputs: ownBuffers('input', inputs, program.inputs, isOwn, ENGINE),
    outputs: ownBuffers('output', outputs, program.outputs, isOwn, ENGINE),
  };
  demandDistinct(own.inputs, own.outputs);
  return own;
}

const ENGINE = 'onnxruntime engine';

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
