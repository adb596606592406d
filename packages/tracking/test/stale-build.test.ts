// Checkouts whose sources changed after the build are refused, whatever their file times.

import { execFile } from 'node:child_process';
import { copyFile, mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryDirectory, WORKSPACE } from '../../harness/test/fixtures.js';
import { findCheckout } from '../src/checkout.js';
import { PROTOCOL } from '../src/protocol.js';

const directory = temporaryDirectory();
const at = (...names: string[]) => path.join(directory.path, 'checkout', ...names);
const source = at.bind(undefined, 'packages', 'tracking', 'src');
const SCRIPT = path.join('scripts', 'build-record.mjs');

/** Leaves the record of a build. */
const build = () =>
  promisify(execFile)(process.execPath, [path.join('..', '..', SCRIPT)], { cwd: at('packages', 'tracking') });

const find = () => findCheckout('checkout', directory.path);

beforeEach(async () => {
  await rm(at(), { recursive: true, force: true });
  await mkdir(at('scripts'), { recursive: true });
  await mkdir(source('deep'), { recursive: true });
  await mkdir(at('packages', 'tracking', 'dist'), { recursive: true });
  await copyFile(path.join(WORKSPACE, SCRIPT), at(SCRIPT));
  const manifest = { name: '@gaussmark/tracking', measuringProtocol: PROTOCOL, scripts: { build: 'tsc' } };
  await writeFile(at('packages', 'tracking', 'package.json'), JSON.stringify(manifest));
  await writeFile(at('packages', 'tracking', 'tsconfig.json'), '{}');
  await writeFile(at('packages', 'tracking', 'dist', 'measuring-process.js'), '');
  await writeFile(source('one.ts'), 'export const one = 1;\n');
  await writeFile(source('deep', 'two.ts'), 'export const two = 2;\n');
  await build();
});

describe('a checkout', () => {
  it('built from its sources is accepted, also after git gives them new times', async () => {
    await utimes(source('one.ts'), new Date(), new Date(Date.now() + 1e7));
    await writeFile(source('one.ts'), 'export const one = 1;\r\n');
    expect(await find()).toMatchObject({ name: 'checkout', directory: at() });
  });

  const refused = {
    summary: 'checkout is not built from its present sources',
    got: expect.stringContaining('tracking'),
    remedy: "run 'pnpm install && pnpm build' in checkout",
  };

  it.each<[string, () => Promise<unknown>]>([
    ['changed', () => writeFile(source('one.ts'), 'export const one = -1;\n')],
    ['changed deep inside', () => writeFile(source('deep', 'two.ts'), 'export const two = 3;\n')],
    ['added', () => writeFile(source('three.ts'), '')],
    ['removed', () => rm(source('one.ts'))],
    ['compiled differently', () => writeFile(at('packages', 'tracking', 'tsconfig.json'), '{ "a": 1 }')],
    ['never built', () => rm(at('packages', 'tracking', 'dist', '.built-from.json'))],
  ])('whose sources were %s is refused until it is built', async (_, change) => {
    await change();
    // Older than the build: times do not matter.
    await utimes(at('packages', 'tracking', 'src'), new Date(0), new Date(0));
    await expect(find()).rejects.toMatchObject(refused);
    await build();
    expect(await find()).toMatchObject({ name: 'checkout' });
  });

  it.each([
    [undefined, 'none'],
    [1, '1'],
    [3, '3'],
  ])('with measuring protocol %s is refused, naming the oldest commit', async (protocol, got) => {
    const manifest = { name: '@gaussmark/tracking', measuringProtocol: protocol };
    await writeFile(at('packages', 'tracking', 'package.json'), JSON.stringify(manifest));
    const expected = expect.stringMatching(/protocol 2, .*commit [0-9a-f]{10}/);
    await expect(find()).rejects.toMatchObject({ expected, got });
  });

  it('without sources or build record is accepted', async () => {
    await rm(source(), { recursive: true });
    expect(await find()).toMatchObject({ name: 'checkout' });
    await rm(at(SCRIPT));
    expect(await find()).toMatchObject({ name: 'checkout' });
  });
});
