// Locates the native library of TensorFlow.js: installed by `bench engine install`, or as a package in the user's project.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { cacheDirectory } from '@gaussmark/core';
import { locate } from './optional-package.js';

/** TensorFlow.js's bindings to TensorFlow's C library, on the CPU or with CUDA. */
export type NativeName = 'tfjs-node' | 'tfjs-node-gpu';

export interface NativePackage {
  readonly name: NativeName;
  /** The folder with `dist` and `lib`. */
  readonly root: string;
  /** The addon. */
  readonly binding: string;
  /** The package's version; its kernels work only with that version of TensorFlow.js. */
  readonly version: string;
}

/**
 * Where `bench engine install` installs the library: in the cache directory, like datasets.
 */
export function nativeDirectory(name: NativeName): string {
  return path.join(cacheDirectory(), 'engines', name);
}

/** The first library found, or undefined. */
export function findNative(name: NativeName): NativePackage | undefined {
  return packageAt(name, nativeDirectory(name)) ?? resolvedPackage(name);
}

/** A library installed by the user's package manager, in the project or next to this package. */
function resolvedPackage(name: NativeName): NativePackage | undefined {
  const manifest = locate(`@tensorflow/${name}/package.json`);
  return manifest === undefined ? undefined : packageAt(name, path.dirname(manifest));
}

/** The package in a folder, if its addon has been built. */
export function packageAt(name: NativeName, root: string): NativePackage | undefined {
  const lib = path.join(root, 'lib');
  if (!existsSync(path.join(root, 'package.json')) || !existsSync(lib)) return undefined;
  // lib/napi-v8/tfjs_binding.node; the highest interface version is the newest build.
  const bindings = readdirSync(lib)
    .filter((folder) => /^napi-v\d+$/.test(folder))
    .sort((a, b) => Number(b.slice(6)) - Number(a.slice(6)))
    .map((folder) => path.join(lib, folder, 'tfjs_binding.node'))
    .filter((file) => existsSync(file));
  const binding = bindings[0];
  if (binding === undefined) return undefined;
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { name, root, binding, version };
}
