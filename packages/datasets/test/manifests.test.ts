import { readdir, readFile } from 'node:fs/promises';
import { completeHyperparameters, type DatasetPlugin, defaultsOf, parseManifest } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };

const root = new URL('..', import.meta.url);
const read = async (path: string) =>
  parseManifest(JSON.parse(await readFile(new URL(path, root), 'utf8')), path);

it('the package lists every manifest', async () => {
  const files = (await readdir(new URL('manifests/', root))).map((file) => `./manifests/${file}`);
  expect([...packageJson.gaussmark.manifests].sort()).toEqual(files.sort());
});

describe.each(packageJson.gaussmark.manifests)('%s', async (path) => {
  const manifest = await read(path);

  it('has an entry that exports a dataset plugin', async () => {
    const source = manifest.entry.replace('./dist/', '../src/');
    const module = (await import(source)) as { readonly default: DatasetPlugin };
    expect([typeof module.default.describe, typeof module.default.load]).toEqual(['function', 'function']);
  });

  it('has the version of its package', () => {
    expect(manifest.version).toBe(packageJson.version);
  });

  it('has valid defaults', () => {
    const required = path.endsWith('csv.json') ? { path: 'a.csv', task: 'regression', target: 'y' } : {};
    expect(completeHyperparameters(manifest, required)).toEqual({ ...required, ...defaultsOf(manifest) });
  });
});

it.each([
  ['sine', { noise: -0.1 }, /\/noise/],
  ['sine', { trainSize: 0 }, /\/trainSize/],
  ['mnist', { dtype: 'float16' }, /\/dtype/],
  ['csv', { path: 'a.csv', task: 'regression', target: 'y', testFraction: 1 }, /\/testFraction/],
  ['csv', { path: 'a.csv', task: 'regression', target: [] }, /\/target/],
  ['csv', { task: 'regression', target: 'y' }, /'path' is required/],
])('%s rejects %j', async (name, values, message) => {
  const manifest = await read(`./manifests/${name}.json`);
  expect(() => completeHyperparameters(manifest, values)).toThrow(message);
});
