// The WebGPU backend in Node, which has no WebGPU: the user can install packages that provide it.

import { pathToFileURL } from 'node:url';
import { GaussmarkError } from '@gaussmark/core';
import * as tf from '@tensorflow/tfjs-core';
import { locate } from './optional-package.js';

const PACKAGES = ['webgpu', '@tensorflow/tfjs-backend-webgpu'] as const;

/** Dawn's bindings: `create` makes a GPU object like a browser's, `globals` are the related names. */
interface Dawn {
  create(flags: readonly string[]): object;
  readonly globals: Readonly<Record<string, unknown>>;
}

let started: Promise<Readonly<Record<string, string>>> | undefined;

/**
 * Starts the backend, once per process.
 *
 * @returns known facts about the device
 * @throws GaussmarkError if a package or a device is missing, with the remedy
 */
export function startWebGpu(): Promise<Readonly<Record<string, string>>> {
  started ??= start();
  return started;
}

async function start(): Promise<Readonly<Record<string, string>>> {
  const [dawnFile, backendFile] = PACKAGES.map(locate);
  if (dawnFile === undefined || backendFile === undefined) {
    throw new GaussmarkError('WebGPU for TensorFlow.js is not installed', {
      plugin: "engine 'tfjs'",
      remedy: `npm install ${PACKAGES[0]} ${PACKAGES[1]}@${tf.version_core}`,
    });
  }
  const dawn = (await import(pathToFileURL(dawnFile).href)) as Dawn;
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create([]) as {
    requestAdapter(): Promise<{ readonly info: Record<string, string> } | null>;
  };
  Object.defineProperty((globalThis as { navigator?: object }).navigator ?? defineNavigator(), 'gpu', {
    value: gpu,
    configurable: true,
  });
  const adapter = await gpu.requestAdapter().catch(() => null);
  await import(pathToFileURL(backendFile).href);
  const ok = adapter !== null && (await tf.setBackend('webgpu').catch(() => false));
  if (!ok) {
    throw new GaussmarkError('WebGPU for TensorFlow.js finds no device', {
      plugin: "engine 'tfjs'",
      remedy: 'install a Vulkan, Metal or Direct3D 12 driver, or use another backend',
    });
  }
  const { vendor = '', architecture = '', device = '', description = '' } = adapter.info;
  return { device: [vendor, architecture, description || device].filter((text) => text !== '').join(' ') };
}

/** Node 20 has no navigator. */
function defineNavigator(): object {
  Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  return (globalThis as unknown as { navigator: object }).navigator;
}
