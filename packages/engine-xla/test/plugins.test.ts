// Finding plugins, and the errors for those that are missing or are none.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GaussmarkError } from '@gaussmark/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import plugin from '../src/index.js';
import { Client, type ClientOptions, loadPlugin, PjrtError, Plugin } from '../src/pjrt/index.js';
import { layoutOf, NAMED_VALUE_STRIDE, NAMED_VALUE_TYPES } from '../src/pjrt/layouts.js';
import { Memory, type Struct } from '../src/pjrt/memory.js';
import { intAt } from '../src/pjrt/native.js';
import { namedValues } from '../src/pjrt/plugin.js';
import { findPlugin, installedPlugin } from '../src/plugins/find.js';
import { PARTS } from '../src/plugins/parts.js';
import { PLATFORMS } from '../src/plugins/platforms.js';
import { resolveHyperparameters } from '../src/settings.js';
import { PLUGIN, WITHOUT } from './support.js';

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

  /** A Python that looks for packages in a made-up folder, with plugins in it. */
  function fakePython(home: string, name: string, plugins: readonly string[]): string[] {
    const site = path.join(directory, home, 'lib/python3.13/site-packages');
    const bin = path.join(directory, home, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, name), `#!/bin/sh\necho '${JSON.stringify([site])}'\n`, { mode: 0o755 });
    return plugins.map((each) => {
      const library = path.join(site, each);
      mkdirSync(path.dirname(library), { recursive: true });
      writeFileSync(library, '');
      return library;
    });
  }
  const [CUDA13, CUDA12] = PLATFORMS.cuda.inPython as [string, string];

  it.each([
    ['an active virtual environment', 'VIRTUAL_ENV', 'my venv', 'python'],
    ['an active conda environment', 'CONDA_PREFIX', 'conda/envs/jax', 'python'],
    ["the system's python3", 'PATH', 'usr', 'python3'],
  ])('in %s with JAX, which an installation mentions', async (_, variable, home, name) => {
    const [library] = fakePython(home, name, [CUDA13, CUDA12]);
    vi.stubEnv('PATH', path.join(directory, home, 'bin'));
    if (variable !== 'PATH') vi.stubEnv(variable, path.join(directory, home));
    expect(await findPlugin('cuda', '')).toEqual({ file: library, from: 'Python' });
    const { present } = await plugin.installers!['xla-cuda12']!.describe({ gpu: false });
    expect(present).toBe(`JAX's plugin ${library}`);
    expect((await plugin.installers!['xla-cpu']!.describe({ gpu: false })).present).toBeUndefined();
    const installed = fakePart('xla-cuda12');
    expect(await findPlugin('cuda', '')).toEqual({ file: installed, from: 'bench engine install' });
  });

  it("in the active environment before the system's Python, even if it is older", async () => {
    fakePython('usr', 'python3', [CUDA13]);
    const [older] = fakePython('venv', 'python', [CUDA12]);
    vi.stubEnv('PATH', path.join(directory, 'usr/bin'));
    vi.stubEnv('VIRTUAL_ENV', path.join(directory, 'venv'));
    expect((await findPlugin('cuda', '')).file).toBe(older);
  });

  it('not where Python fails or is missing', async () => {
    const bin = path.join(directory, 'usr/bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, 'python3'), '#!/bin/sh\necho no JSON; exit 1\n', { mode: 0o755 });
    vi.stubEnv('PATH', bin);
    vi.stubEnv('VIRTUAL_ENV', path.join(directory, 'gone'));
    const error = await errorOf(() => findPlugin('cuda', ''));
    expect(error.remedy).toContain('bench engine install xla-cuda13');
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
    const file = place();
    const error = await errorOf(() => loadPlugin(file, { remedy: 'take another' }));
    expect(error.summary).toContain(file);
    expect(error.got).toMatch(got);
    expect(error.remedy).toContain('take another');
  });
});

describe('a plugin that does not work has a remedy that helps', () => {
  it.each([
    ['installed for the CPU', 'cpu', 'xla-cpu', /bench engine install xla-cpu$/],
    ['installed for CUDA 12', 'cuda', 'xla-cuda12', /bench engine install xla-cuda12$/],
  ] as const)('%s', async (_, platform, part, remedy) => {
    fakePart(part);
    expect((await errorOf(() => plugin.create({ platform }))).remedy).toMatch(remedy);
    const backends = await plugin.backends!();
    const listed = backends.find(({ hyperparameters }) => hyperparameters.platform === platform);
    expect(listed).toMatchObject({ available: false, remedy: expect.stringMatching(remedy) });
  });

  it('named by the variable, while another is installed', async () => {
    fakePart('xla-cpu');
    vi.stubEnv('GAUSSMARK_PJRT_PLUGIN', '/no/such.so');
    const error = await errorOf(() => plugin.create({}));
    expect(error.summary).toContain('/no/such.so');
    expect(error.remedy).toContain('unset it');
  });

  it('given by a path, which may have spaces', async () => {
    const file = path.join(directory, 'my plugin.so');
    writeFileSync(file, 'a text file');
    const error = await errorOf(() => plugin.create({ plugin: file }));
    expect(error.summary).toContain(file);
    expect(error.remedy).toContain('leave plugin out');
  });

  it.skipIf(PLUGIN === undefined)(`works with spaces in its path (${PLUGIN ?? WITHOUT})`, async () => {
    const file = path.join(directory, 'my plugin.so');
    symlinkSync(PLUGIN!, file);
    const engine = await plugin.create({ plugin: file, threads: 1 });
    expect(engine.info).toMatchObject({ platform: 'cpu', plugin: 'my plugin.so' });
    await engine.dispose();
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

/** What a plugin is given to create a client: names, types and values. */
function namedValuesOf(options: ClientOptions): [name: string, type: string, value: unknown][] {
  const found: [string, string, unknown][] = [];
  const spy = {
    call(name: string, args: Struct<'ClientCreate'>) {
      if (name !== 'Client_Create') throw new Error(`internal: ${name} was called`);
      const [address, count] = [args.get('options'), args.get('count')];
      for (const [i, [key, value]] of Object.entries(namedValues(address, count)).entries()) {
        const { type } = layoutOf('NamedValue').fields;
        found.push([key, NAMED_VALUE_TYPES[intAt(address + i * NAMED_VALUE_STRIDE + type.offset)]!, value]);
      }
      throw new PjrtError('no device', 'NOT_FOUND', name);
    },
  };
  expect(() => Client.create(spy as unknown as Plugin, options)).toThrow('no device');
  return found;
}

describe('settings', () => {
  it('choose threads by the number of cores', () => {
    expect(resolveHyperparameters({}).threads).toBe(Math.min(4, os.availableParallelism()));
    expect(resolveHyperparameters({ threads: 7 }).threads).toBe(7);
  });

  it('are checked', async () => {
    expect((await errorOf(() => plugin.create({ memoryFraction: 2 }))).message).toContain('memoryFraction');
  });

  it("reach the plugin's PJRT_Client_Create as named values of the types that XLA's GPU plugin demands", () => {
    const settings = resolveHyperparameters({ platform: 'cuda', device: 1, memoryFraction: 0.5 });
    const named = namedValuesOf(PLATFORMS.cuda.client(settings));
    // xla/pjrt/c/pjrt_c_api_gpu_internal.cc, kExpectedOptionNameAndTypes: other names and types are errors.
    expect(named).toEqual([
      ['platform_name', 'string', 'cuda'],
      ['allocator', 'string', 'default'],
      ['memory_fraction', 'float', 0.5],
      ['preallocate', 'bool', false],
      ['visible_devices', 'int64List', [1]],
    ]);
    const others = resolveHyperparameters({ platform: 'cuda', preallocate: true });
    expect(namedValuesOf(PLATFORMS.cuda.client(others)).slice(2)).toEqual([
      ['memory_fraction', 'float', 0.75],
      ['preallocate', 'bool', true],
      ['visible_devices', 'int64List', [0]],
    ]);
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
