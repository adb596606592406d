// Loads the native library of TensorFlow.js: the addon, and the kernels that call it.

import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import util from 'node:util';
import { GaussmarkError } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import type { NativePackage } from './native-location.js';

export interface NativeLibrary {
  /** TensorFlow's version: `2.21.0`. */
  readonly tensorflow: string;
  readonly gpu: boolean;
  readonly threads: number;
}

/** The addon's exports. */
interface Binding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/** The key under which a minimal installation finds TensorFlow.js's core: see install-native.ts. */
export const CORE = Symbol.for('gaussmark.tfjs-core');

/** A process can load only one native library, with one configuration. */
let loaded: NativeLibrary | undefined;

/** @param threads within an operation; 0 for one per core */
export interface NativeSettings {
  readonly gpu: boolean;
  readonly threads: number;
}

/**
 * Loads the library into the process and registers its kernels with TensorFlow.js as the backend `tensorflow`.
 *
 * @throws NativeConflict if it is already loaded with another configuration
 * @throws GaussmarkError if it does not load
 */
export function loadNative(found: NativePackage, { gpu, threads }: NativeSettings): NativeLibrary {
  const wanted = threads > 0 ? threads : availableParallelism();
  if (loaded !== undefined) {
    // Without a GPU, both libraries behave the same.
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
      remedy: `rebuild it: bench engine install tfjs-node${found.name === 'tfjs-node-gpu' ? ' --gpu' : ''}`,
      cause,
    });
  }
}

/** The library is already loaded, with another configuration. */
export class NativeConflict extends GaussmarkError {
  constructor(
    present: NativeLibrary,
    /** The requested configuration. */
    readonly wanted: NativeLibrary,
  ) {
    const words = ({ gpu, threads }: NativeLibrary) =>
      `${gpu ? 'with' : 'without'} a GPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    super("TensorFlow's library is already loaded in this process with another configuration", {
      expected: words(wanted),
      got: words(present),
      remedy: 'use a separate process for each configuration',
    });
  }
}

/** Kernels and core share a registry whose format may change with any version. */
function demandVersion({ name, version, root }: NativePackage): void {
  if (version === tf.version_core) return;
  throw new GaussmarkError(`@tensorflow/${name} has a different version than TensorFlow.js itself`, {
    file: root,
    expected: tf.version_core,
    got: version,
    remedy: `install @tensorflow/${name}@${tf.version_core}, or remove it and use bench engine install tfjs-node`,
  });
}

/** Sets the variables that TensorFlow reads on start; those set by the user stay. */
function setEnvironment(gpu: boolean, threads: number): void {
  const { env } = process;
  env.TF_NUM_INTRAOP_THREADS = String(threads);
  env.TF_NUM_INTEROP_THREADS = '1';
  // Errors reach the caller anyway; TensorFlow's start-up messages are noise in a report.
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  if (gpu) {
    // Otherwise TensorFlow allocates all device memory at once.
    env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  } else {
    // A library with CUDA would use any GPU present.
    env.CUDA_VISIBLE_DEVICES = '-1';
  }
}

/** Functions of node:util used by the kernels and removed in Node 23. */
function restoreRemoved(): void {
  const module = util as unknown as Record<string, unknown>;
  module.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  module.isArray ??= Array.isArray;
}
