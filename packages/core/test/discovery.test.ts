// Discovery in real folders: where plugins are found, which one wins, how broken ones are reported.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discover } from '../src/discovery.js';
import type { BrokenPlugin, Registry } from '../src/registry.js';
import { optimizerManifest } from './fixtures.js';
import { GOOD_MODULE, pluginPackage, TemporaryFolder, WORKSPACE } from './workspace.js';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = new TemporaryFolder();
});
afterEach(() => {
  folder.remove();
});

const at = (extra: string[] = []) => discover({ cwd: folder.root, extra });

function names(registry: Registry): string[] {
  return registry.list().map((plugin) => `${plugin.source} ${plugin.kind} ${plugin.name}`);
}

/** The only broken plugin. */
function onlyBroken(registry: Registry): BrokenPlugin {
  expect(registry.broken).toHaveLength(1);
  return registry.broken[0]!;
}

describe('where plugins are found', () => {
  it('reads exactly the packages matched by pnpm-workspace.yaml', async () => {
    folder.write({
      'pnpm-workspace.yaml': 'packages:\n  - "packages/*"   # all but one\n  - tools/**\n  - "!packages/c"\n',
      ...pluginPackage('packages/a', 'a'),
      ...pluginPackage('packages/c', 'c'),
      ...pluginPackage('packages/a/nested', 'nested'),
      ...pluginPackage('packages/a/node_modules/dep', 'dep'),
      ...pluginPackage('tools/deep/b', 'b'),
      ...pluginPackage('elsewhere/d', 'd'),
      'packages/plain/package.json': { name: 'plain' },
    });
    const registry = await at();
    expect(names(registry)).toEqual(['workspace optimizer a', 'workspace optimizer b']);
    expect(registry.broken).toEqual([]);
    expect(registry.list('optimizer')[0]).toMatchObject({
      directory: folder.path('packages/a'),
      manifestFile: folder.path('packages/a/manifest.json'),
      entryFile: folder.path('packages/a/index.mjs'),
    });
    expect(names(await discover({ cwd: folder.path('packages/a') }))).toEqual(names(registry));
    expect(names(await discover({ cwd: folder.path('elsewhere'), workspaceRoot: folder.root }))).toEqual(
      names(registry),
    );
  });

  it('reads several manifests in a package, with entries relative to it', async () => {
    folder.write({
      ...WORKSPACE,
      'packages/m/package.json': { gaussmark: { manifests: ['./manifests/one.json', 'manifests/two.json'] } },
      'packages/m/manifests/one.json': optimizerManifest({ name: 'one', entry: './dist/one.js' }),
      'packages/m/manifests/two.json': optimizerManifest({ name: 'two', entry: './dist/two.js' }),
      'packages/m/dist/one.js': GOOD_MODULE,
      'packages/m/dist/two.js': GOOD_MODULE,
    });
    expect(names(await at())).toEqual(['workspace optimizer one', 'workspace optimizer two']);
  });

  it('reads only direct dependencies of the project, including scoped, hoisted and linked ones', async () => {
    folder.write({
      'app/package.json': {
        dependencies: { plugin: '1', '@scope/p': '1', absent: '1', plain: '1' },
        devDependencies: { hoisted: '1' },
      },
      ...pluginPackage('app/node_modules/plugin', 'direct'),
      ...pluginPackage('app/node_modules/plugin/node_modules/inner', 'inner'),
      ...pluginPackage('app/node_modules/undeclared', 'undeclared'),
      ...pluginPackage('store/p', 'scoped'),
      ...pluginPackage('node_modules/hoisted', 'hoisted'),
      'app/node_modules/plain/package.json': { name: 'plain', keywords: ['gaussmark'] },
    });
    folder.link('store/p', 'app/node_modules/@scope/p');
    const expected = [
      'installed optimizer direct',
      'installed optimizer hoisted',
      'installed optimizer scoped',
    ];
    expect(names(await discover({ cwd: folder.path('app') }))).toEqual(expected);
    folder.write({ 'app/src/deep/file.txt': '' });
    expect(names(await discover({ cwd: folder.path('app/src/deep') }))).toEqual(expected);
  });

  it('lists a workspace package once if it is also a linked dependency', async () => {
    folder.write({
      ...WORKSPACE,
      'package.json': { dependencies: { 'pkg-a': 'workspace:*' } },
      ...pluginPackage('packages/a', 'a'),
    });
    folder.link('packages/a', 'node_modules/pkg-a');
    const registry = await at();
    expect(names(registry)).toEqual(['workspace optimizer a']);
    expect(registry.broken).toEqual([]);
  });

  it('accepts paths to a package, a manifest and a folder without package.json', async () => {
    folder.write({
      ...pluginPackage('one', 'one'),
      'two/package.json': { gaussmark: { manifests: ['./manifests/two.json'] } },
      'two/manifests/two.json': optimizerManifest({ name: 'two', entry: './two.mjs' }),
      'two/two.mjs': GOOD_MODULE,
      'three/manifest.json': optimizerManifest({ name: 'three' }),
      'three/index.mjs': GOOD_MODULE,
      'four/any-name.json': optimizerManifest({ name: 'four' }),
      'four/index.mjs': GOOD_MODULE,
    });
    const registry = await at([
      'one',
      './two/manifests/two.json',
      folder.path('three'),
      'four/any-name.json',
    ]);
    expect(registry.broken).toEqual([]);
    expect(names(registry)).toEqual([
      'path optimizer four',
      'path optimizer one',
      'path optimizer three',
      'path optimizer two',
    ]);
    expect(registry.find('optimizer', 'two').directory).toBe(folder.path('two'));
  });

  it('finds nothing in an empty folder', async () => {
    expect(names(await at())).toEqual([]);
  });
});

describe('two plugins with the same kind and name', () => {
  it('keeps the first and lists the later one as shadowed', async () => {
    folder.write({
      ...WORKSPACE,
      ...pluginPackage('packages/a', 'sgn'),
      ...pluginPackage('packages/b', 'sgn'),
    });
    const registry = await at();
    expect(registry.find('optimizer', 'sgn').directory).toBe(folder.path('packages/a'));
    expect(onlyBroken(registry)).toEqual({
      kind: 'optimizer',
      name: 'sgn',
      path: folder.path('packages/b/manifest.json'),
      source: 'workspace',
      reason: expect.stringContaining('packages/a/manifest.json'),
      shadowed: true,
    });
  });

  it('prefers the workspace over an installed package', async () => {
    folder.write({
      ...WORKSPACE,
      'package.json': { dependencies: { p: '1' } },
      ...pluginPackage('packages/a', 'sgn'),
      ...pluginPackage('node_modules/p', 'sgn'),
    });
    const registry = await at();
    expect(registry.find('optimizer', 'sgn').source).toBe('workspace');
    expect(registry.broken[0]).toMatchObject({ source: 'installed', shadowed: true });
  });

  it('uses the one given by path, and notes it', async () => {
    folder.write({ ...WORKSPACE, ...pluginPackage('packages/a', 'sgn'), ...pluginPackage('mine', 'sgn') });
    const registry = await at(['./mine']);
    expect(registry.find('optimizer', 'sgn').directory).toBe(folder.path('mine'));
    expect(registry.broken).toEqual([]);
    expect(registry.notes).toEqual([
      expect.stringMatching(/mine\/manifest\.json.*packages\/a\/manifest\.json/),
    ]);
  });

  it('allows plugins of two kinds to share a name', async () => {
    const model = { kind: 'model', capabilities: undefined };
    folder.write({
      ...WORKSPACE,
      ...pluginPackage('packages/a', 'x'),
      ...pluginPackage('packages/b', 'x', model),
    });
    expect(names(await at())).toEqual(['workspace model x', 'workspace optimizer x']);
  });
});

describe('a broken plugin is listed with its reason, next to working ones', () => {
  const entryMissing = { pointer: '/entry', expected: 'a file inside the package' };
  const broken: [string, Record<string, unknown>, object][] = [
    [
      'a manifest that is not JSON',
      { 'packages/b/manifest.json': '{ "kind": ' },
      { error: { cause: expect.any(SyntaxError) } },
    ],
    [
      'a package.json that is not JSON',
      { 'packages/b/package.json': 'nope' },
      { reason: expect.stringContaining('not valid JSON: ') },
    ],
    [
      'a manifest that violates the schema',
      { 'packages/b/manifest.json': optimizerManifest({ name: 'b', version: 'one' }) },
      { error: { pointer: '/version', got: '"one"' } },
    ],
    [
      'a manifests field that is not a list',
      { 'packages/b/package.json': { gaussmark: { manifests: 'manifest.json' } } },
      { reason: expect.stringMatching(/^\/gaussmark\/manifests: .* got "manifest\.json"$/) },
    ],
    [
      'a gaussmark field that is not a record',
      { 'packages/b/package.json': { gaussmark: true } },
      { reason: expect.stringMatching(/^\/gaussmark: .* got true$/) },
    ],
    [
      'a manifest that does not exist',
      { 'packages/b/package.json': { gaussmark: { manifests: ['./x.json'] } } },
      { error: { cause: { code: 'ENOENT' } } },
    ],
    [
      'an entry that does not exist',
      { 'packages/b/manifest.json': optimizerManifest({ name: 'b', entry: './main.js' }) },
      { error: { ...entryMissing, remedy: undefined } },
    ],
    [
      'an entry that was not built',
      { 'packages/b/manifest.json': optimizerManifest({ name: 'b', entry: './dist/index.js' }) },
      { error: { ...entryMissing, remedy: 'build the package' } },
    ],
    [
      'an entry that is a folder',
      {
        'packages/b/manifest.json': optimizerManifest({ name: 'b', entry: './x.js' }),
        'packages/b/x.js/y': '',
      },
      { error: entryMissing },
    ],
  ];

  it.each(broken)('%s', async (_, files, expected) => {
    folder.write({
      ...WORKSPACE,
      ...pluginPackage('packages/a', 'a'),
      ...pluginPackage('packages/b', 'b'),
      ...files,
    });
    const registry = await at();
    expect(names(registry)).toEqual(['workspace optimizer a']);
    expect(onlyBroken(registry)).toMatchObject(expected);
    expect(registry.broken[0]?.path.startsWith(folder.path('packages/b'))).toBe(true);
  });

  it('keeps every issue of a manifest', async () => {
    folder.write({ ...WORKSPACE, ...pluginPackage('packages/b', 'b', { version: 'one', summary: '' }) });
    const registry = await at();
    expect(onlyBroken(registry).error?.issues.map((issue) => issue.pointer)).toEqual([
      '/version',
      '/summary',
    ]);
    expect(registry.broken[0]).toMatchObject({ kind: 'optimizer', name: 'b', shadowed: false });
  });

  it('an entry that links to a file outside the package', async () => {
    folder.write({
      ...WORKSPACE,
      ...pluginPackage('packages/b', 'b', { entry: './linked/index.mjs' }),
      'outside/index.mjs': GOOD_MODULE,
    });
    folder.link('outside', 'packages/b/linked');
    expect(onlyBroken(await at()).error).toMatchObject({
      pointer: '/entry',
      expected: `a file inside ${folder.path('packages/b')}`,
      got: folder.path('outside/index.mjs'),
    });
  });

  it('a path without a plugin', async () => {
    folder.write({ 'empty/readme.txt': '' });
    const registry = await at(['./none', './empty']);
    expect(registry.broken).toMatchObject([
      { source: 'path', path: folder.path('none'), reason: 'no such file or folder' },
      { source: 'path', path: folder.path('empty'), reason: expect.stringContaining('manifest.json') },
    ]);
  });

  it.each([
    ['packages: all\n', /^\/packages: .* got "all"$/],
    ['packages: [a\n', /Flow sequence/],
  ])('a pnpm-workspace.yaml like %j', async (yaml, reason) => {
    folder.write({ 'pnpm-workspace.yaml': yaml });
    expect(onlyBroken(await at()).reason).toMatch(reason);
  });
});
