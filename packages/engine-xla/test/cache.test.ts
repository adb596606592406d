// The cache of executables: what it stores, what it trusts, what it removes. A client stands in for a plugin's.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeEntry, readEntry } from '../src/cache/cache-entry.js';
import { ExecutableCache, prune } from '../src/cache/executable-cache.js';
import { pluginHash } from '../src/cache/identity.js';
import { type Client, type LoadedExecutable, PjrtError } from '../src/pjrt/index.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'xla-cache-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const KEY = 'ab'.repeat(32);
const PAYLOAD = Uint8Array.of(1, 2, 3, 0, 10, 255);

const flipped = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 2 ? byte ^ 1 : byte));

describe('an entry', () => {
  const file = () => path.join(directory, 'entry');
  const store = (content: Uint8Array) => writeFileSync(file(), content, { mode: 0o600 });
  const whole = () => Buffer.concat(encodeEntry(KEY, PAYLOAD).map((part) => Buffer.from(part)));

  it('is read back', () => {
    store(whole());
    expect(readEntry(file(), KEY)).toEqual(Buffer.from(PAYLOAD));
  });

  it.each([
    ['of another key', () => store(whole()), 'cd'.repeat(32)],
    ['cut off', () => store(whole().subarray(0, -1)), KEY],
    ['longer', () => store(Buffer.concat([whole(), Buffer.of(0)])), KEY],
    ['with one bit changed', () => store(flipped(whole())), KEY],
    ['empty', () => store(new Uint8Array(0)), KEY],
    ['without a header', () => store(PAYLOAD), KEY],
    ['missing', () => undefined, KEY],
    ['a directory', () => mkdirSync(file()), KEY],
  ])('%s does not count', (_, write, key) => {
    write();
    expect(readEntry(file(), key)).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('that others may write does not count', () => {
    store(whole());
    chmodSync(file(), 0o622);
    expect(readEntry(file(), KEY)).toBeUndefined();
  });
});

/** Compiles by remembering the text, and loads only what it serialized itself. */
class Stub {
  compilations = 0;
  readonly loads: string[] = [];

  constructor(private readonly accepts = true) {}

  async compile(text: string): Promise<LoadedExecutable> {
    this.compilations++;
    return { serialize: () => new TextEncoder().encode(`code of ${text}`) } as LoadedExecutable;
  }

  async load(bytes: Uint8Array): Promise<LoadedExecutable> {
    if (!this.accepts)
      throw new PjrtError('other machine', 'INVALID_ARGUMENT', 'Executable_DeserializeAndLoad');
    this.loads.push(Buffer.from(bytes).toString());
    return {} as LoadedExecutable;
  }

  get client(): Client {
    return this as unknown as Client;
  }
}

describe('the cache', () => {
  const cache = (identity = 'this', more = {}) =>
    new ExecutableCache({ directory, identity, worthSeconds: 0, ...more });
  const entries = () => readdirSync(directory).filter((name) => name.endsWith('.xla'));

  it('loads what another process compiled', async () => {
    const [first, second] = [new Stub(), new Stub()];
    await cache().load(first.client, 'text', {});
    await cache().load(second.client, 'text', {});
    expect([first.compilations, second.compilations]).toEqual([1, 0]);
    expect(second.loads).toEqual(['code of text']);
  });

  it('keeps apart programs, flags and identities', async () => {
    const stub = new Stub();
    await cache().load(stub.client, 'text', {});
    await cache().load(stub.client, 'text2', {});
    await cache().load(stub.client, 'text', { xla_flag: true });
    await cache('other').load(stub.client, 'text', {});
    expect(stub.compilations).toBe(4);
    expect(entries()).toHaveLength(4);
  });

  it('replaces a damaged entry', async () => {
    const stub = new Stub();
    await cache().load(stub.client, 'text', {});
    const file = path.join(directory, entries()[0]!);
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, 100));
    await cache().load(stub.client, 'text', {});
    expect(stub.compilations).toBe(2);
    expect(readFileSync(file)).toEqual(whole);
  });

  it('compiles again what the plugin refuses', async () => {
    await cache().load(new Stub().client, 'text', {});
    const other = new Stub(false);
    await cache().load(other.client, 'text', {});
    expect(other.compilations).toBe(1);
  });

  it('works without a directory, and with one that cannot be made', async () => {
    const stub = new Stub();
    writeFileSync(path.join(directory, 'file'), '');
    for (const place of [undefined, path.join(directory, 'file', 'below')])
      await cache('this', { directory: place }).load(stub.client, 'text', {});
    expect(stub.compilations).toBe(2);
  });

  it('keeps only compilations that took long', async () => {
    await cache('this', { worthSeconds: 60 }).load(new Stub().client, 'text', {});
    expect(readdirSync(directory)).toEqual([]);
  });

  it('removes what was not used for the longest time', () => {
    for (const [i, name] of ['old', 'middle', 'new'].entries()) {
      const file = path.join(directory, `${name}.xla`);
      writeFileSync(file, new Uint8Array(100));
      utimesSync(file, 1000 + i, 1000 + i);
    }
    prune(directory, 250);
    expect(entries().sort()).toEqual(['middle.xla', 'new.xla']);
  });
});

it("remembers a plugin's hash until the file changes", async () => {
  const file = path.join(directory, 'plugin.so');
  writeFileSync(file, 'one');
  const first = await pluginHash(file, path.join(directory, 'cache'));
  expect(first).toBe('7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed');
  expect(await pluginHash(file, path.join(directory, 'cache'))).toBe(first);
  expect(readdirSync(path.join(directory, 'cache'))).toHaveLength(1);
  writeFileSync(file, 'two');
  utimesSync(file, 1, 1);
  expect(await pluginHash(file, path.join(directory, 'cache'))).toBe(
    '3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3',
  );
  expect(existsSync(file)).toBe(true);
});
