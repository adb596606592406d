// Loading the native library of TensorFlow.js: the addon, and the kernels that call it.

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import util from 'node:util';
import { GaussmarkError } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import type { NativePackage } from './native-location.js';

export interface NativeLibrary {
  /** Of TensorFlow: `2.21.0`. */
  readonly tensorflow: string;
  readonly gpu: boolean;
  readonly threads: number;
}

/** What the addon offers of itself. */
interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/** The name under which an installation without the whole of TensorFlow.js finds its core: see install-native.ts. */
export const CORE = Symbol.for('gaussmark.tfjs-core');

/** A process has one native library, which is set up when it is loaded. */
let loaded: NativeLibrary | undefined;

/** @param threads inside an operation; 0 for one a core */
export interface NativeSettings {
  readonly gpu: boolean;
  readonly threads: number;
}

/**
 * Loads the library into the process and registers its kernels with TensorFlow.js, as the backend `tensorflow`.
 *
 * @throws NativeConflict if it was loaded in another way before
 * @throws GaussmarkError if it does not load
 */
export function loadNative(found: NativePackage, { gpu, threads }: NativeSettings): NativeLibrary {
  const wanted = threads > 0 ? threads : availableParallelism();
  if (loaded !== undefined) {
    // Either library runs without a GPU in the same way.
    if (loaded.threads === wanted && loaded.gpu === gpu) return loaded;
    throw new NativeConflict(loaded, { tensorflow: loaded.tensorflow, gpu, threads: wanted });
  }
  demandVersion(found);
  setEnvironment(gpu, wanted);
  restoreRemoved();
  Object.assign(globalThis, { [CORE]: tf });
  const load = createRequire(import.meta.url);
  try {
    const binding = load(found.binding) as Binding;
    load(`${found.root}/dist/register_all_kernels.js`);
    const { NodeJSKernelBackend } = load(`${found.root}/dist/nodejs_kernel_backend.js`) as {
      NodeJSKernelBackend: new (binding: Binding, packageName: string) => tf.KernelBackend;
    };
    const instance = new NodeJSKernelBackend(binding, `@tensorflow/${found.name}`);
    tf.registerBackend('tensorflow', () => instance);
    loaded = { tensorflow: binding.TF_Version, gpu: binding.isUsingGpuDevice(), threads: wanted };
    return loaded;
  } catch (cause) {
    throw new GaussmarkError(`TensorFlow's library in ${found.root} does not load`, {
      got: cause instanceof Error ? cause.message : String(cause),
      remedy: `build it anew: bench engine install tfjs-node${found.name === 'tfjs-node-gpu' ? ' --gpu' : ''}`,
      cause,
    });
  }
}

/** The library is in the process already, set up in another way. */
export class NativeConflict extends GaussmarkError {
  constructor(
    present: NativeLibrary,
    /** As it was asked for. */
    readonly wanted: NativeLibrary,
  ) {
    const words = ({ gpu, threads }: NativeLibrary) =>
      `${gpu ? 'with' : 'without'} a GPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    super("TensorFlow's library is in this process already, set up in another way", {
      expected: words(wanted),
      got: words(present),
      remedy: 'use it in one way in a process: give every way a process of its own',
    });
  }
}

/** Kernels and core share one registry, whose form may change with any version. */
function demandVersion({ name, version, root }: NativePackage): void {
  if (version === tf.version_core) return;
  throw new GaussmarkError(`@tensorflow/${name} is of another version than TensorFlow.js itself`, {
    file: root,
    expected: tf.version_core,
    got: version,
    remedy: `install @tensorflow/${name}@${tf.version_core}, or remove it and use bench engine install tfjs-node`,
  });
}

/** What TensorFlow reads from the environment when it starts; what the user has set stays. */
function setEnvironment(gpu: boolean, threads: number): void {
  const { env } = process;
  env.TF_NUM_INTRAOP_THREADS = String(threads);
  env.TF_NUM_INTEROP_THREADS = '1';
  // Errors reach the caller in any case; what is said at the start is noise in a report.
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (gpu) {
    // Otherwise all of the device's memory is taken at once.
    env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  } else {
    // A library with CUDA would take the GPU whenever there is one.
    env.CUDA_VISIBLE_DEVICES = '-1';
  }
}

/** Functions of node:util that the kernels call, and that Node 23 removed. */
function restoreRemoved(): void {
  const module = util as unknown as Record<string, unknown>;
  module.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  module.isArray ??= Array.isArray;
}
