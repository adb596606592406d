// What prevents an execution provider from running here: the platform, missing files or libraries, drivers.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { x } from 'tinyexec';
import { listSupportedBackends } from '../binding.js';

export interface Obstacle {
  readonly reason: string;
  readonly remedy?: string;
}

const TIMEOUT_MS = 10_000;

/** The folder of the onnxruntime-node package. */
export const PACKAGE = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));

/** The folder of its native libraries for this platform. */
export const LIBRARIES = path.join(PACKAGE, 'bin', 'napi-v6', process.platform, process.arch);

export async function outputOf(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    return (await x(program, args, { timeout: TIMEOUT_MS, throwOnError: true })).stdout;
  } catch {
    return undefined;
  }
}

/** Whether the binding supports a provider on this platform, even if its libraries are missing. */
function isKnown(name: string): boolean {
  return listSupportedBackends().some((backend) => backend.name === name);
}

function otherPlatform(name: string, title: string, where: string): Obstacle | undefined {
  if (isKnown(name)) return undefined;
  return {
    reason: `ONNX Runtime supports ${title} only on ${where}; this is ${process.platform} ${process.arch}`,
  };
}

export const dmlObstacle = async () => otherPlatform('dml', 'DirectML', 'Windows');
export const coremlObstacle = async () => otherPlatform('coreml', 'Core ML', 'macOS');

export function cudaObstacle(): Promise<Obstacle | undefined> {
  return nvidiaObstacle('cuda', 'CUDA', 'install CUDA 12 and cuDNN 9');
}

export function tensorrtObstacle(): Promise<Obstacle | undefined> {
  return nvidiaObstacle('tensorrt', 'TensorRT', 'install TensorRT 10, CUDA 12 and cuDNN 9');
}

/** Everything that is missing, in installation order: driver, provider library, its dependencies. */
async function nvidiaObstacle(name: string, title: string, install: string): Promise<Obstacle | undefined> {
  const elsewhere = otherPlatform(name, title, 'Linux on x64');
  if (elsewhere !== undefined) return elsewhere;
  const found = [await driverObstacle(), await libraryObstacle(name, title, install)];
  const missing = found.filter((each) => each !== undefined);
  if (missing.length === 0) return undefined;
  return {
    reason: missing.map(({ reason }) => reason).join('; '),
    remedy: missing.map(({ remedy }) => remedy).join('; then '),
  };
}

async function driverObstacle(): Promise<Obstacle | undefined> {
  const gpus = await outputOf('nvidia-smi', '--list-gpus');
  if (gpus !== undefined && gpus.trim() !== '') return undefined;
  return {
    reason: gpus === undefined ? 'no NVIDIA driver found (nvidia-smi)' : 'nvidia-smi shows no GPU',
    remedy:
      "install NVIDIA's driver, 525 or later (in a container, start it with --gpus all: NVIDIA Container Toolkit)",
  };
}

async function libraryObstacle(name: string, title: string, install: string): Promise<Obstacle | undefined> {
  const library = path.join(LIBRARIES, `libonnxruntime_providers_${name}.so`);
  if (!existsSync(library)) {
    return {
      reason: `ONNX Runtime's library for ${title} is not installed`,
      remedy: `bench engine install onnxruntime-cuda; then ${install}`,
    };
  }
  const missing = missingLibraries((await outputOf('ldd', library)) ?? '');
  if (missing.length === 0) return undefined;
  return {
    reason: `ONNX Runtime's ${title} library needs missing libraries: ${missing.join(', ')}`,
    remedy: `${install} where the loader finds them (ldconfig or LD_LIBRARY_PATH); see docs/gpu.md`,
  };
}

/** The names that `ldd` did not find. */
export function missingLibraries(ldd: string): string[] {
  const lines = ldd.split('\n').filter((line) => line.includes('=> not found'));
  return [...new Set(lines.map((line) => line.trim().split(' ')[0]!))];
}
