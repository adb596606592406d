// The engine: runs tensor programs op by op with TensorFlow.js; the host drives loops and branches.

import {
  formatType,
  holds,
  type Program,
  type TensorData,
  type TensorType,
  type TensorValue,
} from '@gaussmark/autodiff';
import { type Buffer, type CompileOptions, type Engine, GaussmarkError } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Backend } from './backend.js';
import { type TfDType, TfjsBuffer, tensorOf } from './buffer.js';
import { TfjsExecutable } from './executable.js';
import { reasonAgainst } from './unsupported.js';

const PLUGIN = "engine 'tfjs'";

export class TfjsEngine implements Engine {
  readonly info: Readonly<Record<string, string | number | boolean>>;

  constructor(private readonly backend: Backend) {
    this.info = { engine: 'tfjs', version: tf.version_core, backend: backend.name, ...backend.info };
  }

  unsupported(program: Program): string | null {
    return reasonAgainst(program, this.backend);
  }

  /**
   * Prepares a program. The host always drives loops, so `loops: 'fused'` changes nothing; `onIteration` is called for the
   * outermost ones.
   *
   * @throws GaussmarkError if the program is unsupported
   */
  async compile(program: Program, { onIteration }: CompileOptions = {}): Promise<TfjsExecutable> {
    const reason = this.unsupported(program);
    if (reason !== null) {
      throw new GaussmarkError(`engine 'tfjs' ${reason}`, {
        plugin: PLUGIN,
        remedy: 'use dtype float32, or another engine (bench engine list shows them)',
      });
    }
    this.backend.activate();
    return new TfjsExecutable(program, this.backend, onIteration);
  }

  /** @throws GaussmarkError for a dtype that TensorFlow.js lacks */
  allocate(type: TensorType): Buffer {
    demandDType(type);
    this.backend.activate();
    return new TfjsBuffer(type, this.backend, tf.zeros([...type.shape], type.dtype as TfDType));
  }

  /** @throws GaussmarkError as `allocate` does, TypeError if the values do not match the type */
  upload({ type, data }: TensorValue): Buffer {
    demandDType(type);
    demandData(type, data);
    return new TfjsBuffer(type, this.backend, tensorOf(type, data.slice(), this.backend));
  }

  /** @throws as `upload` does */
  adopt({ type, data }: TensorValue): Buffer {
    demandDType(type);
    demandData(type, data);
    return new TfjsBuffer(type, this.backend, tensorOf(type, data, this.backend));
  }

  /** Keeps the backend: it belongs to the process, and others may use it. */
  async dispose(): Promise<void> {}
}

function demandDType(type: TensorType): void {
  if (type.dtype !== 'float64') return;
  throw new GaussmarkError(`a ${formatType(type)} buffer: TensorFlow.js has no float64`, {
    plugin: PLUGIN,
    remedy: 'use dtype float32, or another engine (bench engine list shows them)',
  });
}

function demandData(type: TensorType, data: TensorData): void {
  if (holds(type, data)) return;
  throw new TypeError(
    `a ${formatType(type)} needs the same dtype and number of values, got a ${data.constructor.name} of ${data.length}`,
  );
}
