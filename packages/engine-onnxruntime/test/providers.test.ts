// Unavailable providers are errors with a remedy; and what those errors are based on.

import { GaussmarkError } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import plugin from '../src/index.js';
import { missingLibraries } from '../src/providers/obstacles.js';
import { PROVIDERS } from '../src/providers/provider.js';
import { driversIn } from '../src/providers/vulkan.js';
import { createEngine } from './support.js';

describe('providers', () => {
  it('are listed with the reason they cannot run, which their errors repeat', async () => {
    const backends = await plugin.backends!();
    expect(backends.map(({ hyperparameters }) => hyperparameters.provider)).toEqual(Object.keys(PROVIDERS));
    expect(backends[0]).toMatchObject({ available: true });
    const missing = backends.filter((backend) => !backend.available);
    // No system has both DirectML and Core ML.
    expect(missing.length).toBeGreaterThan(0);
    for (const backend of missing) {
      const error = await plugin.create(backend.hyperparameters).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(GaussmarkError);
      expect(error).toMatchObject({
        plugin: "engine 'onnxruntime'",
        summary: expect.stringContaining(`provider=${backend.hyperparameters.provider}: ${backend.reason}`),
        remedy: expect.stringMatching(/\w{3}/),
      });
    }
  });

  it('are chosen by auto, which records its choice', async () => {
    const engine = await createEngine({ provider: 'auto' });
    expect(['cpu', 'webgpu', 'cuda', 'coreml']).toContain(engine.info.provider);
    // A software device is no better than the CPU itself.
    expect(String(engine.info.device ?? '')).not.toMatch(/on the CPU/);
    await engine.dispose();
  });

  it('parse the libraries that the loader does not find', () => {
    const ldd = [
      '\tlinux-vdso.so.1 (0x00007ffc)',
      '\tlibcudart.so.12 => not found',
      '\tlibcudnn.so.9 => not found',
      '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)',
      '\tlibcudart.so.12 => not found',
    ].join('\n');
    expect(missingLibraries(ldd)).toEqual(['libcudart.so.12', 'libcudnn.so.9']);
    expect(missingLibraries('')).toEqual([]);
  });

  it('detect the Vulkan drivers in a process, and which are software', () => {
    const maps = [
      '7f00-7f01 r-xp 00000000 08:01 123  /usr/lib/chromium/libvk_swiftshader.so',
      '7f01-7f02 rw-p 00000000 08:01 123  /usr/lib/chromium/libvk_swiftshader.so',
      '7f02-7f03 r-xp 00000000 08:01 124  /usr/lib/x86_64-linux-gnu/libGLX_nvidia.so.535.129.03',
      '7f03-7f04 r-xp 00000000 08:01 125  /usr/lib/x86_64-linux-gnu/libvulkan.so.1.3.239',
      '7f04-7f05 rw-p 00000000 00:00 0 ',
    ].join('\n');
    expect(driversIn(maps)).toEqual([
      { file: 'libvk_swiftshader.so', software: 'SwiftShader' },
      { file: 'libGLX_nvidia.so.535.129.03', software: undefined },
    ]);
  });
});
