// Installs ONNX Runtime's CUDA and TensorRT libraries, using the install script of onnxruntime-node.

import { existsSync } from 'node:fs';
import path from 'node:path';
import {
  defined,
  GaussmarkError,
  type InstallDescription,
  type InstallOptions,
  type InstallResult,
} from '@gaussmark/core';
import { x } from 'tinyexec';
import { VERSION } from '../session.js';
import { LIBRARIES, PACKAGE } from './obstacles.js';

/** Size of the compressed package on nuget.org, estimated from earlier versions. */
const BYTES = 300e6;
const LIBRARY = path.join(LIBRARIES, 'libonnxruntime_providers_cuda.so');

export async function describeCuda(): Promise<InstallDescription> {
  demandPossible();
  return {
    directory: LIBRARIES,
    downloads: [{ name: `Microsoft.ML.OnnxRuntime.Gpu.Linux ${VERSION}`, from: 'nuget.org', bytes: BYTES }],
    needs: ["NVIDIA's driver (525 or later)", 'CUDA 12', 'cuDNN 9', 'TensorRT 10, for provider=tensorrt'],
  };
}

/** @throws GaussmarkError if there is no such library, or the script fails, with its output */
export async function installCuda({ onProgress, signal }: InstallOptions = {}): Promise<InstallResult> {
  demandPossible();
  onProgress?.("downloading and unpacking ONNX Runtime's CUDA libraries");
  const script = path.join(PACKAGE, 'script', 'install.js');
  const { stdout, stderr } = await x(process.execPath, [script, '--onnxruntime-node-install=cuda12'], {
    ...defined({ signal }),
    nodeOptions: { cwd: PACKAGE },
  });
  signal?.throwIfAborted();
  if (!existsSync(LIBRARY)) {
    throw new GaussmarkError("ONNX Runtime's install script did not install the CUDA library", {
      got: /^.*Error: .*$/m.exec(stderr)?.[0].trim() ?? (stderr.trim() || stdout.trim() || 'no output'),
      remedy: `check that nuget.org is reachable, then run the script directly: node ${script} --onnxruntime-node-install=cuda12`,
    });
  }
  return { directory: LIBRARIES, found: `${path.basename(LIBRARY)} of ONNX Runtime ${VERSION}` };
}

function demandPossible(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new GaussmarkError(
      `onnxruntime-node has CUDA libraries only for Linux on x64, not for ${process.platform} ${process.arch}`,
      {
        remedy: 'use provider=webgpu, which needs no installation',
      },
    );
  }
}
