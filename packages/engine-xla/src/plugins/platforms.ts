// The platforms of PJRT plugins: where each plugin is found, what it needs, and how to start a client.

import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ClientOptions, Flags } from '../pjrt/index.js';
import type { PlatformName, XlaHyperparameters } from '../settings.js';

export interface Platform {
  readonly name: PlatformName;
  /** The name to display. */
  readonly title: string;
  /** Parts that `bench engine install` installs for it, the preferred one first. */
  readonly parts: readonly string[];
  /** Where Python packages keep the plugin, in `site-packages`, the newest first. */
  readonly inPython: readonly string[];
  /** The names a client of the plugin may give its platform. */
  readonly answers: readonly string[];
  /** Libraries to load before the plugin, as JAX does, as far as they exist. */
  readonly dependencies: (plugin: string) => readonly string[];
  readonly client: (settings: XlaHyperparameters) => ClientOptions;
  readonly flags: (settings: XlaHyperparameters, plugin: string) => Flags;
  /** What to check if no client starts. */
  readonly remedy: string;
}

/** Without it, max(1, NaN) = 1 on the CPU. */
const CPU_FLAGS: Flags = { xla_cpu_enable_fast_min_max: false };

/** What XLA's documentation names for reproducible results on a GPU. */
const DETERMINISTIC: Flags = {
  xla_gpu_deterministic_ops: true,
  xla_gpu_exclude_nondeterministic_ops: true,
  xla_gpu_autotune_level: 0,
};

/** `nvidia/cu13` and so on, beside `jax_plugins` in site-packages. */
const nvidia = (plugin: string, ...names: string[]) =>
  path.join(path.dirname(plugin), '../../nvidia', ...names);

/** Where XLA finds ptxas and libdevice. A plugin elsewhere looks in the system's CUDA. */
function toolkitOf(plugin: string): Flags {
  const folder = nvidia(plugin, /cuda12/.test(plugin) ? 'cuda_nvcc' : 'cu13');
  return existsSync(folder) ? { xla_gpu_cuda_data_dir: folder } : {};
}

/** CUDA 13's wheel has one folder of libraries; CUDA 12's has one for each. */
function cudaLibraries(plugin: string): string[] {
  const common = [
    nvidia(plugin, 'nccl/lib/libnccl.so.2'),
    nvidia(plugin, 'nvshmem/lib/libnvshmem_host.so.3'),
    nvidia(plugin, 'cudnn/lib/libcudnn.so.9'),
  ];
  if (/cuda12/.test(plugin)) {
    const libraries = [
      'cuda_runtime/lib/libcudart.so.12',
      'cuda_nvrtc/lib/libnvrtc.so.12',
      'cublas/lib/libcublas.so.12',
      'cublas/lib/libcublasLt.so.12',
      'cuda_cupti/lib/libcupti.so.12',
      'cusparse/lib/libcusparse.so.12',
      'cusolver/lib/libcusolver.so.11',
      'cufft/lib/libcufft.so.11',
    ];
    return [...libraries.map((name) => nvidia(plugin, name)), ...common];
  }
  const libraries = [
    'libcudart.so.13',
    'libnvrtc.so.13',
    'libcublas.so.13',
    'libcublasLt.so.13',
    'libcupti.so.13',
    'libcusparse.so.12',
    'libcusolver.so.12',
    'libcufft.so.12',
  ];
  return [...libraries.map((name) => nvidia(plugin, 'cu13/lib', name)), ...common];
}

/** A GPU's memory is used on demand unless reserved at the start. */
const gpuClient =
  (platform: string) =>
  ({ device, memoryFraction, preallocate }: XlaHyperparameters): ClientOptions => ({
    options: {
      platform_name: platform,
      allocator: 'default',
      memory_fraction: { float: memoryFraction },
      preallocate,
      visible_devices: [device],
    },
  });

export const PLATFORMS: Readonly<Record<PlatformName, Platform>> = {
  cpu: {
    name: 'cpu',
    title: 'the CPU',
    parts: ['xla-cpu'],
    inPython: [],
    answers: ['cpu', 'host'],
    dependencies: () => [],
    // Plugins make several devices by default, and read the size of their pool of threads from the environment.
    client: ({ threads, device }) => ({
      options: { cpu_device_count: 1 },
      environment: { PJRT_NPROC: String(threads), NPROC: String(threads) },
      device,
    }),
    flags: () => CPU_FLAGS,
    remedy: 'bench engine install xla-cpu',
  },
  cuda: {
    name: 'cuda',
    title: 'CUDA',
    parts: ['xla-cuda13', 'xla-cuda12'],
    inPython: ['jax_plugins/xla_cuda13/xla_cuda_plugin.so', 'jax_plugins/xla_cuda12/xla_cuda_plugin.so'],
    answers: ['cuda', 'gpu'],
    dependencies: cudaLibraries,
    client: gpuClient('cuda'),
    flags: ({ deterministic }, plugin) => ({
      ...toolkitOf(plugin),
      ...(deterministic ? DETERMINISTIC : {}),
    }),
    remedy:
      "check that nvidia-smi shows the GPU and that its driver supports the plugin's CUDA (13: 580 or later, 12: 525 or later)",
  },
  rocm: {
    name: 'rocm',
    title: 'ROCm',
    parts: [],
    inPython: ['jax_plugins/xla_rocm10/xla_rocm_plugin.so', 'jax_plugins/xla_rocm7/xla_rocm_plugin.so'],
    answers: ['rocm', 'gpu'],
    dependencies: () => [],
    client: gpuClient('rocm'),
    flags: ({ deterministic }) => (deterministic ? DETERMINISTIC : {}),
    remedy: 'check that rocminfo shows the GPU',
  },
  tpu: {
    name: 'tpu',
    title: 'TPU',
    parts: [],
    inPython: ['libtpu/libtpu.so'],
    answers: ['tpu'],
    dependencies: () => [],
    client: ({ device }) => ({ device }),
    flags: () => ({}),
    remedy: 'run on a machine with a TPU that no other process uses',
  },
  oneapi: {
    name: 'oneapi',
    title: 'oneAPI',
    parts: [],
    inPython: ['jax_plugins/xla_oneapi/xla_oneapi_plugin.so'],
    answers: ['oneapi', 'sycl', 'gpu'],
    dependencies: () => [],
    client: ({ device }) => ({ device }),
    flags: () => ({}),
    remedy: "install Intel's GPU driver and check that sycl-ls shows the GPU",
  },
};
