// Starting a provider: what keeps it from running is an error with the remedy, never a quiet way to the CPU.

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
  /** None of the CPU. */
  readonly facts: DeviceFacts | undefined;
}

export type Attempt = StartedProvider | (Obstacle & { readonly provider: Provider });

/** What `auto` tries, in this order. */
const AUTOMATIC: readonly ProviderName[] = ['cuda', 'coreml', 'webgpu'];

/**
 * Starts a provider, or the best one: a GPU if there is one, else the CPU. A device in software does not count.
 *
 * @throws GaussmarkError if a provider that was asked for cannot run, with what keeps it, and the remedy
 */
export async function startProvider(name: ProviderName | 'auto', device: number): Promise<StartedProvider> {
  if (name === 'auto') return startBest(device);
  const attempt = await tryProvider(PROVIDERS[name], device);
  if (!('reason' in attempt)) return attempt;
  throw new GaussmarkError(`engine 'onnxruntime' cannot run with provider=${name}: ${attempt.reason}`, {
    plugin: "engine 'onnxruntime'",
    remedy: attempt.remedy ?? 'choose another provider (bench doctor shows which work here)',
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

/** What libraries read from the environment when they are loaded. */
function prepareEnvironment(name: ProviderName): void {
  if (name === 'webgpu') {
    // The display server is looked for even where nothing is drawn; without this, it complains on stderr.
    process.env.XDG_RUNTIME_DIR ??= '/tmp';
  }
  if (name === 'cuda' || name === 'tensorrt') {
    // float32 is float32: matrix products with ten bits of mantissa are not what other engines compute. The Node.js binding has
    // no option for it. A variable that the user has set stays.
    process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  }
}

/**
 * Runs a small network on the provider, with the CPU not allowed to take any of its operators. Without that, ONNX Runtime would
 * give the CPU whatever a provider does not take, and say nothing.
 */
async function probe(provider: Provider, device: number): Promise<void> {
  const { program } = trace(
    (x, w) => tanh(matmul(x, w)),
    { dtype: 'float32', shape: [2, 3] },
    { dtype: 'float32', shape: [3, 2] },
  );
  const { bytes } = lowerProgram(program);
  // Asked of a library that is not there, it would write to stderr what is thrown as well.
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
      throw new Error(`it computes wrong values: expected four times ${expected}, got ${got.join(', ')}`);
  } finally {
    await session.release();
  }
}

/** Native messages go on with places in source files. */
function firstLine(message: string): string {
  const line = message.split('\n')[0]!.trim();
  const said = /was false\. (.*)$/.exec(line)?.[1];
  return said ?? line;
}
