// Finding plugins, and the errors for those that are missing or are none.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GaussmarkError } from '@gaussmark/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import plugin from '../src/index.js';
import { loadPlugin, Plugin } from '../src/pjrt/index.js';
import { Memory } from '../src/pjrt/memory.js';
import { findPlugin, installedPlugin } from '../src/plugins/find.js';
import { PARTS } from '../src/plugins/parts.js';
import { PLATFORMS } from '../src/plugins/platforms.js';
import { resolveHyperparameters } from '../src/settings.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'xla-plugins-'));
  vi.stubEnv('GAUSSMARK_CACHE', directory);
  vi.stubEnv('GAUSSMARK_PJRT_PLUGIN', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

async function errorOf(action: () => unknown): Promise<GaussmarkError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof GaussmarkError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Puts an empty file where a part's plugin belongs. */
function fakePart(name: string): string {
  const file = path.join(directory, 'engines', name, PARTS[name]!.library);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  return file;
}

describe('a plugin is found', () => {
  it('where it was installed, the newer CUDA first', () => {
    expect(installedPlugin('cpu')).toBeUndefined();
    const cpu = fakePart('xla-cpu');
    expect(installedPlugin('cpu')).toEqual({ file: cpu, from: 'bench engine install' });
    const cuda12 = fakePart('xla-cuda12');
    expect(installedPlugin('cuda')?.file).toBe(cuda12);
    const cuda13 = fakePart('xla-cuda13');
    expect(installedPlugin('cuda')?.file).toBe(cuda13);
  });

  it('by the variable, before the installed one, for the CPU only', () => {
    fakePart('xla-cpu');
    vi.stubEnv('GAUSSMARK_PJRT_PLUGIN', '/opt/plugin.so');
    expect(installedPlugin('cpu')).toEqual({ file: '/opt/plugin.so', from: 'GAUSSMARK_PJRT_PLUGIN' });
    expect(installedPlugin('cuda')).toBeUndefined();
  });

  it('by its path, before all others', async () => {
    fakePart('xla-cpu');
    expect(await findPlugin('cpu', '/opt/mine.so')).toEqual({ file: '/opt/mine.so', from: 'option' });
  });

  it('in a Python environment of JAX', async () => {
    const bin = path.join(directory, 'venv', 'bin');
    const site = path.join(directory, 'venv', 'site-packages');
    const library = path.join(site, PLATFORMS.tpu.inPython[0]!);
    mkdirSync(bin, { recursive: true });
    mkdirSync(path.dirname(library), { recursive: true });
    writeFileSync(library, '');
    writeFileSync(path.join(bin, 'python'), `#!/bin/sh\necho '${JSON.stringify([site])}'\n`, { mode: 0o755 });
    vi.stubEnv('VIRTUAL_ENV', path.join(directory, 'venv'));
    expect(await findPlugin('tpu', '')).toEqual({ file: library, from: 'Python' });
  });
});

describe('without a plugin', () => {
  it('the engine says how to install one', async () => {
    const error = await errorOf(() => plugin.create({}));
    expect(error.summary).toContain('no plugin for the CPU');
    expect(error.remedy).toContain('bench engine install xla-cpu');
  });

  it('the back ends are listed as unavailable, with remedies', async () => {
    const backends = await plugin.backends!();
    expect(backends.map(({ hyperparameters }) => hyperparameters.platform).slice(0, 2)).toEqual([
      'cpu',
      'cuda',
    ]);
    expect(backends[0]).toMatchObject({
      available: false,
      remedy: expect.stringContaining('bench engine install xla-cpu'),
    });
  });
});

describe('a file that is no plugin', () => {
  it.each([
    ['missing', () => path.join(directory, 'missing.so'), /ENOENT/],
    ['a directory', () => directory, /not a file/],
    [
      'no library',
      () => {
        const file = path.join(directory, 'text.so');
        writeFileSync(file, 'not a library');
        return file;
      },
      /file too short|invalid ELF|header|not a mach-o/i,
    ],
    ['another library', () => OTHER_LIBRARY, /GetPjrtApi/],
  ])('is refused with the reason: %s', async (_, place, got) => {
    const error = await errorOf(() => loadPlugin(place()));
    expect(error.got).toMatch(got);
    expect(error.remedy).toContain('bench engine install');
  });
});

/** A shared library that is surely here: one that this process has loaded. */
const OTHER_LIBRARY = (
  process.report.getReport() as unknown as { readonly sharedObjects: readonly string[] }
).sharedObjects.find((file) => /libm[.-]|libSystem/.test(file))!;

describe('a plugin of another version', () => {
  /** The table of a plugin with no function in it. */
  const table = (major: number, minor: number, functions: number) => {
    const memory = new Memory(40 + 8 * functions);
    memory.setPointer(0, 40 + 8 * functions);
    memory.words[8] = major;
    memory.words[9] = minor;
    return memory;
  };

  it.each([
    ['older', 0, 54, 100],
    ['with too few functions', 0, 90, 60],
    ['with another layout', 1, 0, 200],
  ])('is refused: %s', async (_, major, minor, functions) => {
    const memory = table(major, minor, functions);
    const error = await errorOf(() => new Plugin('/opt/plugin.so', memory.address));
    expect(error.got).toBe(`version ${major}.${minor}, ${functions} functions`);
    expect(error.expected).toContain('0.81');
  });

  it('that lacks a needed function says which', () => {
    const memory = table(0, 200, 200);
    expect(() => new Plugin('/opt/plugin.so', memory.address)).toThrow(/no PJRT_Event_IsReady/);
  });
});

describe('settings', () => {
  it('choose threads by the number of cores', () => {
    expect(resolveHyperparameters({}).threads).toBe(Math.min(4, os.availableParallelism()));
    expect(resolveHyperparameters({ threads: 7 }).threads).toBe(7);
  });

  it('are checked', async () => {
    expect((await errorOf(() => plugin.create({ memoryFraction: 2 }))).message).toContain('memoryFraction');
  });

  it('give a GPU a share of memory as a float, and reserve nothing', () => {
    const settings = resolveHyperparameters({ platform: 'cuda', device: 1, memoryFraction: 0.5 });
    expect(PLATFORMS.cuda.client(settings)).toEqual({
      options: {
        platform_name: 'cuda',
        allocator: 'default',
        memory_fraction: { float: 0.5 },
        preallocate: false,
        visible_devices: [1],
      },
    });
  });

  it('turn on reproducible operations of a GPU, and point XLA to an installed toolkit', () => {
    const file = fakePart('xla-cuda13');
    const flags = (deterministic: boolean) =>
      PLATFORMS.cuda.flags(resolveHyperparameters({ platform: 'cuda', deterministic }), file);
    expect(flags(true)).toMatchObject({ xla_gpu_deterministic_ops: true, xla_gpu_autotune_level: 0 });
    expect(flags(false)).toEqual({});
    const toolkit = path.join(directory, 'engines/xla-cuda13/nvidia/cu13');
    mkdirSync(toolkit, { recursive: true });
    expect(flags(false)).toEqual({ xla_gpu_cuda_data_dir: toolkit });
  });
});

describe('parts to install', () => {
  it.each(Object.entries(PARTS))('%s: pinned wheels that contain the plugin', async (name, part) => {
    for (const { pin, name: wheel } of part.wheels) {
      expect(pin).toMatch(/^[a-z][a-z0-9-]*==\d[\d.]* --hash=sha256:[0-9a-f]{64}$/);
      expect(pin).toContain(wheel.replace(' ', '=='));
    }
    expect(part.members.some((prefix) => part.library.startsWith(prefix))).toBe(true);
    const { downloads, directory: target } = await plugin.installers![name]!.describe({ gpu: false });
    expect(downloads).toHaveLength(part.wheels.length);
    expect(downloads.every(({ licence, from }) => licence !== undefined && from === 'PyPI')).toBe(true);
    expect(target).toBe(path.join(directory, 'engines', name));
  });
});
