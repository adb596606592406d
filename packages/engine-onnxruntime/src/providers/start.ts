// Starts a provider. A failure is an error with a remedy, never a silent fallback to the CPU.

import { matmul, tanh, trace } from '@gaussmark/autodiff';
import { GaussmarkError } from '@gaussmark/core';
import { env, InferenceSession, Tensor } from '../binding.js';
import { lowerProgram } from '../lower/program.js';
import { type DeviceFacts, describeDevice, isSoftware } from './graphics.js';
import type { Obstacle } from './obstacles.js';
import { PROVIDERS, type Provider, type ProviderName } from './provider.js';
import { hint } from './vulkan.js';

export interface StartedProvider {
  readonly provider: Provider;
  /** Undefined for the CPU. */
  readonly facts: DeviceFacts | undefined;
}

export type Attempt = StartedProvider | (Obstacle & { readonly provider: Provider });

/** The providers that `auto` tries, in this order. */
const AUTOMATIC: readonly ProviderName[] = ['cuda', 'coreml', 'webgpu'];

/**
 * Starts a provider, or the best one: a GPU if available, else the CPU. A software device does not count.
 *
 * @throws GaussmarkError if a requested provider cannot run, with the reason and the remedy
 */
export async function startProvider(name: ProviderName | 'auto', device: number): Promise<StartedProvider> {
  if (name === 'auto') return startBest(device);
  const attempt = await tryProvider(PROVIDERS[name], device);
  if (!('reason' in attempt)) return attempt;
  throw new GaussmarkError(`engine 'onnxruntime' cannot run with provider=${name}: ${attempt.reason}`, {
    plugin: "engine 'onnxruntime'",
    remedy: attempt.remedy ?? 'choose another provider (bench doctor lists those that work here)',
  });
}

async function startBest(device: number): Promise<StartedProvider> {
  for (const name of AUTOMATIC) {
    const attempt = await tryProvider(PROVIDERS[name], device);
    if (!('reason' in attempt) && !isSoftware(attempt.facts!)) return attempt;
  }
  return { provider: PROVIDERS.cpu, facts: undefined };
}

export async function tryProvider(provider: Provider, device: number): Promise<Attempt> {
  if (provider.name === 'cpu') return { provider, facts: undefined };
  const obstacle = await provider.obstacle();
  if (obstacle !== undefined) return { provider, ...obstacle };
  prepareEnvironment(provider.name);
  try {
    await probe(provider, device);
  } catch (error) {
    const reason = firstLine(error instanceof Error ? error.message : String(error));
    return { provider, reason, remedy: provider.remedy + (provider.name === 'webgpu' ? hint() : '') };
  }
  return { provider, facts: await describeDevice(provider.name, device) };
}

/** Sets variables that libraries read when they load. */
function prepareEnvironment(name: ProviderName): void {
  if (name === 'webgpu') {
    // Vulkan looks for a display server even to compute, and complains on stderr unless this is set.
    process.env.XDG_RUNTIME_DIR ??= '/tmp';
  }
  if (name === 'cuda' || name === 'tensorrt') {
    // Real float32: matrix products with a 10-bit mantissa would differ from other engines. The Node binding has no option for it. A
    // variable set by the user stays.
    process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  }
}

/**
 * Runs a small network on the provider with the CPU fallback disabled: ONNX Runtime would otherwise silently run unsupported
 * operators on the CPU.
 */
async function probe(provider: Provider, device: number): Promise<void> {
  const { program } = trace(
    (x, w) => tanh(matmul(x, w)),
    { dtype: 'float32', shape: [2, 3] },
    { dtype: 'float32', shape: [3, 2] },
  );
  const { bytes } = lowerProgram(program);
  // For a missing library, ONNX Runtime would print to stderr what it throws anyway.
  env.logLevel = 'fatal';
  const session = await InferenceSession.create(bytes, {
    ...provider.options(device),
    logSeverityLevel: 4,
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  });
  try {
    const ones = (...dims: number[]) =>
      new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(0.1), dims);
    const { output_0: output } = await session.run({ input_0: ones(2, 3), input_1: ones(3, 2) });
    const expected = Math.tanh(0.03);
    const got = Array.from(output!.data as Float32Array);
    if (got.length !== 4 || got.some((value) => Math.abs(value - expected) > 1e-5))
      throw new Error(`wrong results: expected four times ${expected}, got ${got.join(', ')}`);
  } finally {
    await session.release();
  }
}

/** Native messages end with source locations. */
function firstLine(message: string): string {
  const line = message.split('\n')[0]!.trim();
  const said = /was false\. (.*)$/.exec(line)?.[1];
  return said ?? line;
}
