// Where buffers live and how sessions run on them: in the process's own memory, or on a device.

import type { Program, TensorType, TensorValue } from '@gaussmark/autodiff';
import { type Buffer, demandDistinct, ownBuffers } from '@gaussmark/core';
import type { EngineBuffer } from '@gaussmark/engine-kit';
import type { Session } from './session.js';

export interface Memory {
  /** The class of its buffers. */
  readonly kind: BufferKind;
  /** Zero-filled. */
  allocate(type: TensorType): EngineBuffer;
  /** A buffer with a copy of the values. */
  upload(value: TensorValue): EngineBuffer;
  /** A buffer with these values; may keep their array. */
  adopt(value: TensorValue): EngineBuffer;
  caller(program: Program, session: Session): Caller;
  /** Does the one-time work of a first run, so that all runs take the same time. */
  warmUp(program: Program, session: Session): Promise<void>;
  dispose(): Promise<void>;
}

/** A class of buffers. */
type BufferKind<B extends EngineBuffer = EngineBuffer> = abstract new (...args: never[]) => B;

/** Runs a session on buffers. */
export interface Caller {
  readonly program: Program;
  /** Runs into the given buffers. */
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
