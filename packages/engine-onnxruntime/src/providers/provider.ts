// The execution providers of ONNX Runtime: how each is asked for, what it needs, and where buffers live with it.

import type { InferenceSession } from '../binding.js';
import { coremlObstacle, cudaObstacle, dmlObstacle, type Obstacle, tensorrtObstacle } from './obstacles.js';
import { vulkanObstacle } from './vulkan.js';

export type ProviderName = 'cpu' | 'webgpu' | 'cuda' | 'tensorrt' | 'dml' | 'coreml';

export interface Provider {
  readonly name: ProviderName;
  /** For people. */
  readonly title: string;
  /**
   * `host`: buffers are in the process's memory, and every run carries its inputs over and its outputs back. `device`: they stay
   * on the device between runs, which the Node.js binding (1.30) offers for WebGPU alone.
   */
  readonly buffers: 'host' | 'device';
  /** What sessions are created with, beyond the options of all providers. */
  readonly options: (device: number) => InferenceSession.SessionOptions;
  /** What keeps it from running here, as far as can be told without trying. */
  readonly obstacle: () => Promise<Obstacle | undefined>;
  /** What to look at if it does not start all the same. */
  readonly remedy: string;
}

/** CoreML's newer format, whose programs may compute in float32 on the GPU. */
const COREML_CREATE_MLPROGRAM = 0x010;

const NO_OBSTACLE = async () => undefined;

/** In the order in which `auto` tries them; TensorRT and DirectML are only taken when they are asked for. */
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
    // In the provider's own choice of layout, NHWC, convolutions of 6 and of 9 channels are plainly wrong (1.30).
    options: () => ({ executionProviders: [{ name: 'webgpu', preferredLayout: 'NCHW' }] }),
    obstacle: vulkanObstacle,
    remedy:
      "install the GPU's current driver; on Linux its Vulkan driver (Debian: mesa-vulkan-drivers, or NVIDIA's), in a container " +
      'with NVIDIA_DRIVER_CAPABILITIES=all; docs/gpu.md has a software device, too',
  },
  cuda: {
    name: 'cuda',
    title: 'CUDA',
    buffers: 'host',
    options: (deviceId) => ({ executionProviders: [{ name: 'cuda', deviceId }] }),
    obstacle: cudaObstacle,
    remedy: 'check that nvidia-smi shows the GPU, and that its driver is made for CUDA 12 (525 or later)',
  },
  tensorrt: {
    name: 'tensorrt',
    title: 'TensorRT',
    buffers: 'host',
    // What TensorRT does not take goes to CUDA.
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
    // DirectML takes neither memory patterns nor parallel execution.
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
