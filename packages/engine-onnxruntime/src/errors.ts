// Explains errors of the native library in terms of the program.

import { GaussmarkError } from '@gaussmark/core';
import type { Origin } from './lower/program.js';

const PLUGIN = "engine 'onnxruntime'";

/** "... could not find an implementation for Erf(13) node with name 'erf_2'" */
const MISSING_KERNEL = /could not find an implementation for (\w+)/i;

/**
 * An error of the native library with the equation it concerns: native errors name the node, and nodes are named after
 * their equations.
 */
export function explain(
  action: 'compile' | 'run',
  error: unknown,
  origins: ReadonlyMap<string, Origin>,
  version: string,
): GaussmarkError {
  const message = error instanceof Error ? error.message : String(error);
  const origin = findOrigin(message, origins);
  const where =
    origin === undefined ? 'the program' : `equation ${origin.index}${within(origin)}, ${origin.text}`;
  const kernel = MISSING_KERNEL.exec(message)?.[1];
  if (kernel !== undefined) {
    return new GaussmarkError(`${where}: ONNX Runtime ${version} has no ${kernel} for these types`, {
      plugin: PLUGIN,
      got: message,
      remedy:
        'use dtype float32, or an engine that has this operator in float64 (bench list shows the engines)',
      cause: error,
    });
  }
  return new GaussmarkError(`${where}: ONNX Runtime ${version} failed to ${action} it`, {
    plugin: PLUGIN,
    got: message,
    cause: error,
  });
}

/** ` of while_3/body` */
function within(origin: Origin): string {
  return origin.path === '' ? '' : ` of ${origin.path.slice(0, -1)}`;
}

/** The equation whose node the message names; the innermost if it names several. */
function findOrigin(message: string, origins: ReadonlyMap<string, Origin>): Origin | undefined {
  const words = message.split(/[^\w/]+/).sort((a, b) => b.length - a.length);
  for (const word of words) {
    const origin = origins.get(word);
    if (origin !== undefined) return origin;
  }
  return undefined;
}
