// The engine: runs tensor programs operation by operation with TensorFlow.js; the host drives loops and branches.

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
    return reasonAgainst(program);
  }

  /**
   * Makes a program ready to run. Loops are driven by the host in either way, so `loops: 'fused'` does the same;
   * `onIteration` is told of the outermost ones.
   *
   * @throws GaussmarkError if the program is unsupported
   */
  async compile(program: Program, { onIteration }: CompileOptions = {}): Promise<TfjsExecutable> {
    const reason = this.unsupported(program);
    if (reason !== null) {
      throw new GaussmarkError(`the engine tfjs ${reason}`, {
        plugin: PLUGIN,
        remedy: 'use dtype float32, or another engine (bench engine list shows them)',
      });
    }
    this.backend.activate();
    return new TfjsExecutable(program, this.backend, onIteration);
  }

  /** @throws GaussmarkError for a dtype that TensorFlow.js does not have */
  allocate(type: TensorType): Buffer {
    demandDType(type);
    this.backend.activate();
    return new TfjsBuffer(type, this.backend, tf.zeros([...type.shape], type.dtype as TfDType));
  }

  /** @throws GaussmarkError as `allocate` does, TypeError if the values are not those of the type */
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

  /** The backend stays: it belongs to the process, and others may be using it. */
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
    `a ${formatType(type)} takes as many values of its dtype, got a ${data.constructor.name} of ${data.length}`,
  );
}
