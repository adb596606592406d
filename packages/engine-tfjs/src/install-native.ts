// Installs TensorFlow's own library for the backends node and node-gpu.
//
// The packages @tensorflow/tfjs-node and @tensorflow/tfjs-node-gpu download their own addon and libtensorflow, which are outdated
// (CUDA 11, no Node 23 or later). The addon is C++ and uses two stable interfaces, Node-API and TensorFlow's C API; TensorFlow's
// Python wheels contain a current library with all of that API, and its headers. So we build the addon against those:
//
//   deps/lib/                    libtensorflow_cc and libtensorflow_framework, from the wheel
//   deps/nvidia/                 with CUDA: its libraries, where libtensorflow_cc expects them (../nvidia)
//   lib/napi-v8/                 the addon, built here
//   dist/, package.json          JavaScript kernels from the npm package
//   node_modules/                google-protobuf, and a @tensorflow/tfjs that is the core loaded by this engine

import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  defined,
  type EngineInstaller,
  type InstallDescription,
  type InstallDownload,
  type InstallOptions,
  type InstallRequest,
  type InstallResult,
  replaceFile,
} from '@gaussmark/core';
import {
  demandLinux,
  demandTool,
  downloadWheels,
  installInto,
  PIP,
  type RunOptions,
  runTool,
  tryInProcess,
  unpackWheel,
} from '@gaussmark/engine-kit';
import * as tf from '@tensorflow/tfjs-core';
import { CORE } from './native.js';
import {
  CUDA_WHEELS,
  demandIntegrity,
  KERNELS,
  type PinnedPackage,
  PROTOBUF,
  TENSORFLOW,
  TENSORFLOW_WHEELS,
} from './native-downloads.js';
import { type NativeName, nativeDirectory } from './native-location.js';

const NODE_API = 8;

const MEGABYTE = 1e6;

export const nativeInstaller: EngineInstaller = {
  summary: "TensorFlow's own kernels, for backend=node, and with --gpu for backend=node-gpu",
  describe,
  install,
};

const nameOf = (gpu: boolean): NativeName => (gpu ? 'tfjs-node-gpu' : 'tfjs-node');

async function describe({ gpu }: InstallRequest): Promise<InstallDescription> {
  const wheels: readonly InstallDownload[] = gpu
    ? [
        { name: `tensorflow ${TENSORFLOW}`, from: 'PyPI', bytes: 620 * MEGABYTE },
        { name: "NVIDIA's CUDA 12 libraries", from: 'PyPI', bytes: 2900 * MEGABYTE },
      ]
    : [{ name: `tensorflow-cpu ${TENSORFLOW}`, from: 'PyPI', bytes: 274 * MEGABYTE }];
  return {
    directory: nativeDirectory(nameOf(gpu)),
    downloads: [
      ...wheels,
      { name: KERNELS.spec, from: 'npm', bytes: 0.3 * MEGABYTE },
      { name: PROTOBUF.spec, from: 'npm', bytes: 0.3 * MEGABYTE },
    ],
    needs: [
      'Linux on x86-64',
      'g++',
      'python3 with pip',
      'npm',
      'tar',
      gpu ? '8 GB of disk' : '2 GB of disk',
    ],
  };
}

/**
 * Downloads and builds the library, checks it by running an operation, and only then replaces the contents of the directory.
 *
 * @throws GaussmarkError if a tool is missing or a step fails; StorageError if the disk is full
 */
async function install(
  { gpu }: InstallRequest,
  { onProgress = () => undefined, signal }: InstallOptions = {},
): Promise<InstallResult> {
  demandLinux(
    "TensorFlow's native library",
    `npm install @tensorflow/${nameOf(gpu)}@${tf.version_core} in your project, which includes a library`,
  );
  const options: RunOptions = defined({ signal });
  for (const [tool, args, remedy] of TOOLS) await demandTool(tool, args, remedy, options);
  return installInto(nativeDirectory(nameOf(gpu)), {
    what: 'the library',
    async make(root, work) {
      onProgress(`downloading the kernels of ${KERNELS.spec}`);
      await unpackKernels(root, work, gpu, options);
      onProgress(`downloading TensorFlow ${TENSORFLOW}`);
      const headers = await unpackTensorFlow(root, work, gpu, options, onProgress);
      onProgress('building the addon');
      await build(root, headers, options);
      rmSync(path.join(root, 'binding'), { recursive: true, force: true });
      onProgress('checking that it runs');
      return tryInProcess(CHECK, [root, gpu ? 'gpu' : 'cpu'], options);
    },
  });
}

const CHECK = fileURLToPath(new URL('./check-native.js', import.meta.url));

/** Writes a file of the installation; a failure is a storage error. */
function writeText(file: string, text: string): void {
  replaceFile(file, text, { lost: 'the library could not be installed' });
}

const TOOLS = [
  ['g++', ['--version'], 'install a C++ compiler (Debian: apt install g++)'],
  PIP,
  ['npm', ['--version'], 'install npm, which comes with Node'],
  ['tar', ['--version'], 'install tar'],
] as const;

/** Downloads and unpacks an npm package without running its scripts. */
async function unpackPackage(
  pinned: PinnedPackage,
  into: string,
  work: string,
  options: RunOptions,
): Promise<void> {
  const downloads = mkdtempSync(path.join(work, 'npm-'));
  const flags = ['--silent', '--ignore-scripts', '--pack-destination', downloads];
  await runTool('npm', ['pack', pinned.spec, ...flags], options);
  const archive = path.join(downloads, readdirSync(downloads)[0]!);
  demandIntegrity(archive, pinned);
  mkdirSync(into, { recursive: true });
  const args = ['--extract', '--gzip', '--strip-components=1', '--file', archive];
  await runTool('tar', [...args, '--directory', into], options);
}

async function unpackKernels(root: string, work: string, gpu: boolean, options: RunOptions): Promise<void> {
  await unpackPackage(KERNELS, root, work, options);
  await unpackPackage(PROTOBUF, path.join(root, 'node_modules/google-protobuf'), work, options);
  // The kernels require all of TensorFlow.js but use only its core, of which a process should have one.
  for (const name of ['tfjs', 'tfjs-core']) {
    const folder = path.join(root, 'node_modules/@tensorflow', name);
    const manifest = { name: `@tensorflow/${name}`, version: tf.version_core, main: 'index.js' };
    mkdirSync(folder, { recursive: true });
    writeText(path.join(folder, 'package.json'), JSON.stringify(manifest));
    writeText(
      path.join(folder, 'index.js'),
      `module.exports = globalThis[Symbol.for('${CORE.description}')];\n`,
    );
  }
  const installed = { name: `@tensorflow/${nameOf(gpu)}`, version: tf.version_core, tensorflow: TENSORFLOW };
  writeText(path.join(root, 'package.json'), `${JSON.stringify(installed, null, 2)}\n`);
}

/** @returns the folder of TensorFlow's headers */
async function unpackTensorFlow(
  root: string,
  work: string,
  gpu: boolean,
  options: RunOptions,
  onProgress: (activity: string) => void,
): Promise<string> {
  const wheels = path.join(work, 'wheels');
  const unpacked = path.join(work, 'wheel');
  const [wheel] = await downloadWheels([TENSORFLOW_WHEELS[gpu ? 'gpu' : 'cpu']], wheels, options);
  const headers = ['c/', 'core/platform/'].map((folder) => `tensorflow/include/tensorflow/${folder}`);
  const others = ['tensorflow/include/tsl/', 'tensorflow/include/xla/tsl/', 'tensorflow/libtensorflow_'];
  await unpackWheel(wheel!, unpacked, [...headers, ...others], options);
  const libraries = path.join(root, 'deps/lib');
  mkdirSync(libraries, { recursive: true });
  for (const library of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'])
    renameSync(path.join(unpacked, 'tensorflow', library), path.join(libraries, library));
  if (gpu) {
    onProgress("downloading NVIDIA's CUDA libraries");
    for (const each of await downloadWheels(CUDA_WHEELS, path.join(work, 'cuda'), options))
      await unpackWheel(each, path.join(root, 'deps'), ['nvidia/'], options);
  }
  return path.join(unpacked, 'tensorflow/include');
}

async function build(root: string, headers: string, options: RunOptions): Promise<void> {
  const { include_dir: nodeHeaders } = createRequire(import.meta.url)('node-api-headers') as {
    include_dir: string;
  };
  const into = path.join(root, 'lib', `napi-v${NODE_API}`);
  mkdirSync(into, { recursive: true });
  const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'].map((name) => `-l:${name}`);
  await runTool(
    'g++',
    [
      ...['-O2', '-std=c++17', '-fPIC', '-shared', `-DNAPI_VERSION=${NODE_API}`, '-DBUILDING_NODE_EXTENSION'],
      ...[root, nodeHeaders, headers].flatMap((folder) => ['-I', folder]),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => path.join(root, 'binding', file)),
      ...['-L', path.join(root, 'deps/lib'), ...libraries],
      ...['-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', path.join(into, 'tfjs_binding.node')],
    ],
    options,
  );
}
