// Discovery over real folders: where plugins are found, which one wins, and what is said of broken ones.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discover } from '../src/discovery.js';
import type { Registry } from '../src/registry.js';
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

/** The reason of the one broken plugin. */
function onlyReason(registry: Registry): string {
  expect(registry.broken).toHaveLength(1);
  return registry.broken[0]!.reason;
}

describe('where plugins are found', () => {
  it('reads the packages that the globs of pnpm-workspace.yaml name, and no others', async () => {
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

  it('reads several manifests of one package, whose entries are relative to the package', async () => {
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

  it('reads direct dependencies of the project, scoped, hoisted and linked ones too, and not theirs', async () => {
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

  it('takes a workspace package that is also linked as a dependency once', async () => {
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

  it('takes paths to a package, a manifest, and a folder without package.json', async () => {
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

describe('two plugins with one kind and name', () => {
  it('keeps the first and lists the later one as shadowed', async () => {
    folder.write({
      ...WORKSPACE,
      ...pluginPackage('packages/a', 'sgn'),
      ...pluginPackage('packages/b', 'sgn'),
    });
    const registry = await at();
    expect(registry.find('optimizer', 'sgn').directory).toBe(folder.path('packages/a'));
    expect(registry.broken).toEqual([
      {
        kind: 'optimizer',
        name: 'sgn',
        path: folder.path('packages/b/manifest.json'),
        source: 'workspace',
        reason: "shadowed: another optimizer is named 'sgn' (packages/a/manifest.json)",
        shadowed: true,
      },
    ]);
  });

  it('prefers the workspace to an installed package', async () => {
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

  it('takes the one given by path, with a note', async () => {
    folder.write({ ...WORKSPACE, ...pluginPackage('packages/a', 'sgn'), ...pluginPackage('mine', 'sgn') });
    const registry = await at(['./mine']);
    expect(registry.find('optimizer', 'sgn').directory).toBe(folder.path('mine'));
    expect(registry.broken).toEqual([]);
    expect(registry.notes).toEqual([
      "optimizer 'sgn' is the one at mine/manifest.json, given by path; it replaces packages/a/manifest.json",
    ]);
  });

  it('lets two kinds share a name', async () => {
    const model = { kind: 'model', capabilities: undefined };
    folder.write({
      ...WORKSPACE,
      ...pluginPackage('packages/a', 'x'),
      ...pluginPackage('packages/b', 'x', model),
    });
    expect(names(await at())).toEqual(['workspace model x', 'workspace optimizer x']);
  });
});

describe('a broken plugin is listed with its reason, beside the sound ones', () => {
  const broken: [string, Record<string, unknown>, unknown][] = [
    [
      'a manifest that is not JSON',
      { 'packages/b/manifest.json': '{ "kind": ' },
      expect.stringContaining('not valid JSON: '),
    ],
    [
      'a package.json that is not JSON',
      { 'packages/b/package.json': 'nope' },
      expect.stringContaining('not valid JSON: '),
    ],
    [
      'a manifest against the schema',
      { 'packages/b/manifest.json': optimizerManifest({ name: 'b', version: 'one' }) },
      '/version: expected a string like "1.0.0", got "one"',
    ],
    [
      'manifests that is no list',
      { 'packages/b/package.json': { gaussmark: { manifests: 'manifest.json' } } },
      '/gaussmark/manifests: expected a list of paths, got "manifest.json"',
    ],
    [
      'a gaussmark field that is no record',
      { 'packages/b/package.json': { gaussmark: true } },
      '/gaussmark: expected a record, got true',
    ],
    [
      'a manifest that does not exist',
      { 'packages/b/package.json': { gaussmark: { manifests: ['./x.json'] } } },
      'cannot read the manifest: there is no such file',
    ],
    [
      'an entry that does not exist',
      { 'packages/b/manifest.json': optimizerManifest({ name: 'b', entry: './main.js' }) },
      "entry './main.js' does not exist in the package's folder",
    ],
    [
      'an entry that was not built',
      { 'packages/b/manifest.json': optimizerManifest({ name: 'b', entry: './dist/index.js' }) },
      "entry './dist/index.js' does not exist in the package's folder; did you build it?",
    ],
    [
      'an entry that is a folder',
      {
        'packages/b/manifest.json': optimizerManifest({ name: 'b', entry: './x.js' }),
        'packages/b/x.js/y': '',
      },
      "entry './x.js' does not exist in the package's folder",
    ],
  ];

  it.each(broken)('%s', async (_, files, reason) => {
    folder.write({
      ...WORKSPACE,
      ...pluginPackage('packages/a', 'a'),
      ...pluginPackage('packages/b', 'b'),
      ...files,
    });
    const registry = await at();
    expect(names(registry)).toEqual(['workspace optimizer a']);
    expect(onlyReason(registry)).toEqual(reason);
    expect(registry.broken[0]?.path.startsWith(folder.path('packages/b'))).toBe(true);
  });

  it('says all that is wrong with a manifest, and keeps the whole error', async () => {
    folder.write({ ...WORKSPACE, ...pluginPackage('packages/b', 'b', { version: 'one', summary: '' }) });
    const registry = await at();
    expect(onlyReason(registry).split('; ')).toHaveLength(2);
    expect(registry.broken[0]?.error?.issues.map((issue) => issue.pointer)).toEqual(['/version', '/summary']);
    expect(registry.broken[0]).toMatchObject({ kind: 'optimizer', name: 'b', shadowed: false });
  });

  it('an entry that links out of the package', async () => {
    folder.write({
      ...WORKSPACE,
      ...pluginPackage('packages/b', 'b', { entry: './linked/index.mjs' }),
      'outside/index.mjs': GOOD_MODULE,
    });
    folder.link('outside', 'packages/b/linked');
    expect(onlyReason(await at())).toBe("entry './linked/index.mjs' links to a file outside the package");
  });

  it('a path that leads nowhere', async () => {
    folder.write({ 'empty/readme.txt': '' });
    const registry = await at(['./none', './empty']);
    expect(registry.broken.map((plugin) => [plugin.source, plugin.path, plugin.reason])).toEqual([
      ['path', folder.path('none'), 'there is no such file or folder'],
      [
        'path',
        folder.path('empty'),
        'expected a package.json or a manifest.json in this folder, found neither',
      ],
    ]);
  });

  it.each([
    ['packages: all\n', '/packages: expected a list of globs, got "all"'],
    ['packages: [a\n', expect.stringContaining('Flow sequence')],
  ])('a pnpm-workspace.yaml like %j', async (yaml, reason) => {
    folder.write({ 'pnpm-workspace.yaml': yaml });
    expect(onlyReason(await at())).toEqual(reason);
  });
});
