// ONNX Runtime's execution providers: how to request each, what it needs, and where its buffers live.

import type { InferenceSession } from '../binding.js';
import { coremlObstacle, cudaObstacle, dmlObstacle, type Obstacle, tensorrtObstacle } from './obstacles.js';
import { vulkanObstacle } from './vulkan.js';

export type ProviderName = 'cpu' | 'webgpu' | 'cuda' | 'tensorrt' | 'dml' | 'coreml';

export interface Provider {
  readonly name: ProviderName;
  /** The name to display. */
  readonly title: string;
  /**
   * `host`: buffers are in the process's memory; every run copies its inputs to the device and its outputs back. `device`: they
   * stay on the device between runs, which the Node binding (1.30) supports only for WebGPU.
   */
  readonly buffers: 'host' | 'device';
  /** Session options beyond those for all providers. */
  readonly options: (device: number) => InferenceSession.SessionOptions;
  /** What prevents it from running here, as far as known without trying. */
  readonly obstacle: () => Promise<Obstacle | undefined>;
  /** What to check if it still does not start. */
  readonly remedy: string;
}

/** Core ML's newer format, whose programs may compute in float32 on the GPU. */
const COREML_CREATE_MLPROGRAM = 0x010;

const NO_OBSTACLE = async () => undefined;

/** In the order in which `auto` tries them; TensorRT and DirectML run only on request. */
export const PROVIDERS: Readonly<Record<ProviderName, Provider>> = {
  cpu: {
    name: 'cpu',
    title: 'the CPU',
    buffers: 'host',
    options: () => ({ executionProviders: ['cpu'] }),
    obstacle: NO_OBSTACLE,
    remedy: '',
  },
  webgpu: {
    name: 'webgpu',
    title: 'WebGPU (Vulkan, Metal or Direct3D 12)',
    buffers: 'device',
    // In the provider's default layout, NHWC, convolutions of 6 and 9 channels give wrong results (1.30).
    options: () => ({ executionProviders: [{ name: 'webgpu', preferredLayout: 'NCHW' }] }),
    obstacle: vulkanObstacle,
    remedy:
      "install the GPU's current driver; on Linux its Vulkan driver (Debian: mesa-vulkan-drivers, or NVIDIA's), in a container " +
      'with NVIDIA_DRIVER_CAPABILITIES=all; docs/gpu.md also describes a software device',
  },
  cuda: {
    name: 'cuda',
    title: 'CUDA',
    buffers: 'host',
    options: (deviceId) => ({ executionProviders: [{ name: 'cuda', deviceId }] }),
    obstacle: cudaObstacle,
    remedy: 'check that nvidia-smi shows the GPU, and that its driver supports CUDA 12 (525 or later)',
  },
  tensorrt: {
    name: 'tensorrt',
    title: 'TensorRT',
    buffers: 'host',
    // CUDA runs what TensorRT does not support.
    options: (deviceId) => ({
      executionProviders: [
        { name: 'tensorrt', deviceId },
        { name: 'cuda', deviceId },
      ],
    }),
    obstacle: tensorrtObstacle,
    remedy: 'check that nvidia-smi shows the GPU, and that TensorRT 10 for CUDA 12 is installed',
  },
  dml: {
    name: 'dml',
    title: 'DirectML',
    buffers: 'host',
    // DirectML supports neither memory patterns nor parallel execution.
    options: (deviceId) => ({ executionProviders: [{ name: 'dml', deviceId }], enableMemPattern: false }),
    obstacle: dmlObstacle,
    remedy: "install the GPU's current driver (Direct3D 12)",
  },
  coreml: {
    name: 'coreml',
    title: 'Core ML',
    buffers: 'host',
    options: () => ({ executionProviders: [{ name: 'coreml', coreMlFlags: COREML_CREATE_MLPROGRAM }] }),
    obstacle: coremlObstacle,
    remedy: 'update macOS to 12 or later',
  },
};
