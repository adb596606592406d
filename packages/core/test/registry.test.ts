// The registry: finding plugins by name and loading them.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { optimizerContext } from '../src/contexts.js';
import type { OptimizerPlugin } from '../src/contracts/optimizer.js';
import { discover } from '../src/discovery.js';
import { GaussmarkError } from '../src/errors.js';
import type { PluginKind } from '../src/vocabulary.js';
import { GOOD_MODULE, pluginPackage, TemporaryFolder, WORKSPACE } from './workspace.js';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = new TemporaryFolder().write(WORKSPACE);
});
afterEach(() => {
  folder.remove();
});

const discovered = (extra: string[] = []) => discover({ cwd: folder.root, extra });

describe('find', () => {
  it('returns the entry, with its manifest', async () => {
    folder.write(pluginPackage('packages/a', 'sgn'));
    const entry = (await discovered()).find('optimizer', 'sgn');
    expect(entry.manifest.hyperparameters.properties.rho?.default).toBe(1e-4);
    expect(entry.manifest.capabilities?.needs).toEqual(['linearize']);
  });

  it('suggests the closest name of that kind', async () => {
    const model = { kind: 'model', capabilities: undefined };
    folder.write({
      ...pluginPackage('packages/a', 'sgn'),
      ...pluginPackage('packages/b', 'sgd'),
      ...pluginPackage('packages/c', 'sgm', model),
    });
    const registry = await discovered();
    expect(() => registry.find('optimizer', 'sgm')).toThrow("'sgm'; did you mean 'sgn'? Known: sgd, sgn.");
    expect(() => registry.find('engine', 'x')).toThrow("unknown engine 'x'. There are none.");
  });

  it('explains why a plugin is broken', async () => {
    folder.write(pluginPackage('packages/a', 'sgn', { entry: './dist/index.js' }));
    const registry = await discovered();
    expect(() => registry.find('optimizer', 'sgn')).toThrow(
      expect.objectContaining({
        plugin: "optimizer 'sgn'",
        remedy: 'build the package',
        cause: expect.objectContaining({ pointer: '/entry' }),
      }),
    );
    expect(() => registry.find('model', 'sgn')).toThrow("unknown model 'sgn'");
  });

  it('points to plugins whose manifests cannot be read', async () => {
    folder.write({ ...pluginPackage('packages/a', 'sgn'), 'packages/a/manifest.json': '{' });
    const registry = await discovered();
    expect(() => registry.find('optimizer', 'sgn')).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('packages/a/manifest.json') }),
    );
  });

  it('does not replace a broken plugin given by path with another of the same name', async () => {
    folder.write({
      ...pluginPackage('packages/a', 'sgn'),
      ...pluginPackage('mine', 'sgn', { version: 'x' }),
    });
    const registry = await discovered(['mine']);
    expect(() => registry.find('optimizer', 'sgn')).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ pointer: '/version' }) }),
    );
    expect((await discovered()).find('optimizer', 'sgn').source).toBe('workspace');
  });

  it('finds a working plugin that shadows others or comes before a broken one', async () => {
    folder.write({
      ...pluginPackage('packages/a', 'sgn'),
      ...pluginPackage('packages/b', 'sgn'),
      ...pluginPackage('packages/c', 'sgn', { version: '' }),
    });
    expect((await discovered()).find('optimizer', 'sgn').directory).toBe(folder.path('packages/a'));
  });
});

describe('load', () => {
  /** Loads a plugin whose module has this code. */
  async function load(code: string, kind: PluginKind = 'optimizer') {
    folder.write(pluginPackage('packages/a', 'x', { kind, capabilities: undefined }, code));
    const registry = await discovered();
    return registry.load(registry.find(kind, 'x'));
  }

  it('returns the default export, typed by kind', async () => {
    folder.write(pluginPackage('packages/a', 'x', {}, GOOD_MODULE));
    const registry = await discovered();
    const plugin: OptimizerPlugin = await registry.load(registry.find('optimizer', 'x'));
    expect(Object.keys(plugin.create({}, optimizerContext()))).toEqual(['init', 'step']);
  });

  it.each<[PluginKind, string]>([
    ['model', 'export default { create() {} }'],
    ['engine', 'export default class { static create() {} }'],
    ['dataset', 'export default { async describe() {}, async load() {} }'],
  ])('accepts a %s', async (kind, code) => {
    expect(await load(code, kind)).toHaveProperty(kind === 'dataset' ? 'load' : 'create');
  });

  it.each<[string, PluginKind, string, string, string]>([
    ['no export', 'optimizer', 'let a = 1;', 'create()', 'no exports'],
    [
      'named exports',
      'optimizer',
      'export const create = 1, other = 2;',
      'create()',
      'no default export, only create, other',
    ],
    ['another value', 'model', 'export default 42', 'create()', '42'],
    ['null', 'model', 'export default null', 'create()', 'null'],
    ['another object', 'engine', 'export default { start() {} }', 'create()', 'an object with start'],
    [
      'half a contract',
      'dataset',
      'export default { load() {} }',
      'describe() and load()',
      'an object with load',
    ],
    ['a bare function', 'optimizer', 'export default () => 1', 'create()', 'a function without create'],
    ['a non-function', 'optimizer', 'export default { create: 1 }', 'create()', 'an object with create'],
  ])('rejects %s', async (_, kind, code, contract, got) => {
    await expect(load(code, kind)).rejects.toMatchObject({
      name: 'GaussmarkError',
      plugin: `${kind} 'x'`,
      file: folder.path('packages/a/index.mjs'),
      expected: `a default export with ${contract}`,
      got,
    });
  });

  it.each([
    ['throws', "throw new RangeError('out of luck');", /RangeError: out of luck/],
    ['does not parse', 'export default {', /syntax/i],
    ['imports a missing module', "import './none.mjs';", /none\.mjs/],
  ])('names the plugin whose module %s', async (_, code, reason) => {
    const error = await load(code).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GaussmarkError);
    expect(error).toMatchObject({
      plugin: "optimizer 'x'",
      summary: expect.stringMatching(reason),
      cause: expect.any(Error),
    });
  });
});
