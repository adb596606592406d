// Installations that end as they should: in place as a whole, or with nothing left.

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GaussmarkError, StorageError } from '@gaussmark/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  demandLinux,
  demandTool,
  downloadWheels,
  installInto,
  PIP,
  pinnedWheel,
  runTool,
  tryInProcess,
  unpackWheel,
} from '../src/index.js';

let parent: string;
let place: string;
beforeEach(() => {
  parent = mkdtempSync(path.join(os.tmpdir(), 'engine kit-'));
  place = path.join(parent, 'engines', 'part');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(parent, { recursive: true, force: true });
});

/** Writes one file as the part. */
const makes =
  (text: string) =>
  async (root: string): Promise<string> => {
    mkdirSync(root);
    writeFileSync(path.join(root, 'library'), text);
    return `library ${text}`;
  };

const inPlace = () => readFileSync(path.join(place, 'library'), 'utf8');
const around = () => readdirSync(path.dirname(place));

async function errorOf(action: Promise<unknown>): Promise<GaussmarkError> {
  const error = await action.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GaussmarkError) return error;
  throw error ?? new Error('nothing was thrown');
}

describe('an installation', () => {
  const install = (make: (root: string, work: string) => Promise<string>) =>
    installInto(place, { what: 'the library', make });

  it('moves into its place as a whole, and replaces an earlier one', async () => {
    expect(await install(makes('1'))).toEqual({ directory: place, found: 'library 1' });
    const second = install(async (root, work) => {
      writeFileSync(path.join(work, 'download'), '');
      const found = await makes('2')(root);
      expect(inPlace()).toBe('1');
      return found;
    });
    expect((await second).found).toBe('library 2');
    expect(inPlace()).toBe('2');
    expect(around()).toEqual(['part']);
  });

  it('leaves the earlier one after a failure, and nothing else', async () => {
    await install(makes('1'));
    const failing = install(async (root) => {
      await makes('half')(root);
      throw new GaussmarkError('it does not run');
    });
    expect((await errorOf(failing)).summary).toBe('it does not run');
    expect(inPlace()).toBe('1');
    expect(around()).toEqual(['part']);
  });

  it.each([
    ['of this process', Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })],
    ['of a tool', new GaussmarkError('pip failed', { got: 'OSError: [Errno 28] No space left on device' })],
  ])('on a full disk %s says what was lost, and leaves nothing', async (_, failure) => {
    const failing = install(async (root) => {
      await makes('half')(root);
      throw failure;
    });
    await expect(failing).rejects.toBeInstanceOf(StorageError);
    await expect(failing).rejects.toMatchObject({
      isDiskFull: true,
      lost: 'the library could not be installed',
    });
    expect(around()).toEqual([]);
  });

  it('puts the earlier one back if the new one cannot be moved', async () => {
    await install(makes('1'));
    await expect(install(async () => 'nothing was made')).rejects.toBeInstanceOf(StorageError);
    expect(inPlace()).toBe('1');
    expect(around()).toEqual(['part']);
  });

  it('refuses to run beside another of the same part', async () => {
    let second: Promise<unknown> | undefined;
    await install(async (root) => {
      second = install(makes('2'));
      expect(await errorOf(second)).toMatchObject({
        summary: 'part is being installed already',
        got: `process ${process.pid}`,
      });
      return makes('1')(root);
    });
    expect(inPlace()).toBe('1');
    expect(around()).toEqual(['part']);
  });

  it('removes what a killed one left, and nothing of others', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    const left = [
      `part.partial-${os.hostname()}-${pid}-aaaaaa`,
      'part.partial-elsewhere-1-bbbbbb',
      `other.partial-${os.hostname()}-${pid}-cccccc`,
    ];
    for (const name of left) mkdirSync(path.join(path.dirname(place), name, 'root'), { recursive: true });
    await install(makes('1'));
    expect(around().sort()).toEqual([left[2], 'part', left[1]].sort());
  });
});

it('is possible on Linux on x86-64 only', () => {
  expect(() => demandLinux('part', '', { platform: 'linux', arch: 'x64' })).not.toThrow();
  for (const [platform, arch] of [
    ['darwin', 'arm64'],
    ['linux', 'arm64'],
    ['win32', 'x64'],
  ] as const) {
    expect(() => demandLinux('part', 'build it', { platform, arch })).toThrow(`${platform} on ${arch}`);
  }
});

describe('tools', () => {
  /** Puts a shell script in the place of Python. */
  function python(script: string): void {
    writeFileSync(path.join(parent, 'python3'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    vi.stubEnv('PATH', parent);
  }
  const WHEEL = pinnedWheel('part==1.0', 'ab'.repeat(32));
  const download = () => downloadWheels([WHEEL], path.join(parent, 'work', 'wheel'), {});

  it('without Python say what to install', async () => {
    vi.stubEnv('PATH', parent);
    const error = await errorOf(demandTool(...PIP));
    expect(error.remedy).toContain('python3-pip');
  });

  it('download into a folder, with pip working beside it', async () => {
    python(`while [ "$1" != --dest ]; do shift; done; echo "$TMPDIR" > "$2/part-1.0.whl"`);
    const files = await download();
    expect(files).toEqual([path.join(parent, 'work', 'wheel', 'part-1.0.whl')]);
    expect(readFileSync(files[0]!, 'utf8').trim()).toBe(path.join(parent, 'work'));
    expect(readFileSync(path.join(parent, 'work', 'wheel.txt'), 'utf8')).toBe(`${WHEEL}\n`);
  });

  it.each([
    ['other bytes', 'THESE PACKAGES DO NOT MATCH THE HASHES', /part==1\.0 does not match/, /index and proxy/],
    [
      'no network',
      'ERROR: No matching distribution found for part',
      /could not be downloaded/,
      /PIP_FIND_LINKS/,
    ],
  ])('quote pip and give the remedy: %s', async (_, message, summary, remedy) => {
    python(`echo '${message}' >&2; exit 1`);
    const error = await errorOf(download());
    expect(error.summary).toMatch(summary);
    expect(error.got).toBe(message);
    expect(error.remedy).toMatch(remedy);
  });

  it('unpack what is asked for, and name a damaged wheel', async () => {
    const wheel = path.join(parent, 'part-1.0.whl');
    writeFileSync(wheel, 'no archive');
    const error = await errorOf(unpackWheel(wheel, path.join(parent, 'out'), ['part/'], {}));
    expect(error.summary).toBe('part-1.0.whl could not be unpacked');
    expect(error.got).toContain('BadZipFile');
  });

  it('say how they ended', async () => {
    expect((await errorOf(runTool('sh', ['-c', 'exit 3']))).got).toBe('exit code 3');
    expect((await errorOf(runTool('sh', ['-c', 'kill -SEGV $$']))).got).toBe('ended by SIGSEGV');
  });

  it('try a library in a process of its own', async () => {
    const script = path.join(parent, 'try.mjs');
    writeFileSync(
      script,
      'if (process.argv[2] === "good") console.log("version 2"); else { console.error("loading"); process.kill(process.pid, "SIGSEGV"); }',
    );
    expect(await tryInProcess(script, ['good'], {})).toBe('version 2');
    const error = await errorOf(tryInProcess(script, ['bad'], {}));
    expect(error.summary).toContain('was not installed');
    expect(error.got).toBe('loading\n\nended by SIGSEGV');
  });
});
