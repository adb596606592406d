// Installations with the real pip, from a folder of wheels in place of PyPI: each failure names its cause and leaves nothing.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { GaussmarkError } from '@gaussmark/core';
import { pinnedWheel } from '@gaussmark/engine-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
// As built: a plugin is tried by a script beside it.
import { installPart } from '../dist/plugins/install.js';
import type { PluginPart } from '../src/plugins/parts.js';

const NAME = 'made-up-xla-plugin';
const FILE = 'made_up_xla_plugin-1.0-py3-none-any.whl';
const LIBRARY = 'made_up/plugin.so';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'xla-install-'));
  vi.stubEnv('GAUSSMARK_CACHE', path.join(directory, 'cache'));
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', directory);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

const MAKE_WHEEL = `
import sys, zipfile
place, library, text = sys.argv[1:]
info = "made_up_xla_plugin-1.0.dist-info/"
with zipfile.ZipFile(place, "w") as wheel:
    wheel.writestr(library, text)
    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: made-up-xla-plugin\\nVersion: 1.0\\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    wheel.writestr(info + "RECORD", "")
`;

function makeWheel(): Buffer {
  const place = path.join(directory, FILE);
  execFileSync('python3', ['-c', MAKE_WHEEL, place, LIBRARY, 'a text file']);
  return readFileSync(place);
}

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function failureOf(sha256: string): Promise<GaussmarkError> {
  const wheel = {
    name: `${NAME} 1.0`,
    pin: pinnedWheel(`${NAME}==1.0`, sha256),
    bytes: 1000,
    licence: 'MIT',
  };
  const part: PluginPart = {
    summary: '',
    platform: 'cpu',
    wheels: [wheel],
    members: ['made_up/'],
    library: LIBRARY,
    needs: [],
  };
  const error = await installPart('made-up', part).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const engines = path.join(directory, 'cache', 'engines');
  expect(existsSync(engines) ? readdirSync(engines) : []).toEqual([]);
  if (error instanceof GaussmarkError) return error;
  throw error ?? new Error('nothing was thrown');
}

const hasPip = (() => {
  try {
    execFileSync('python3', ['-m', 'pip', '--version'], { stdio: 'ignore' });
    return process.platform === 'linux' && process.arch === 'x64';
  } catch {
    return false;
  }
})();

describe.skipIf(!hasPip)('an installation that fails leaves nothing', () => {
  it('with a wrong checksum', async () => {
    makeWheel();
    const error = await failureOf('ab'.repeat(32));
    expect(error.summary).toBe(`${NAME}==1.0 does not match the expected checksum`);
    expect(error.remedy).toContain('pip config list');
  });

  it('with a damaged archive', async () => {
    const damaged = makeWheel().subarray(0, 100);
    writeFileSync(path.join(directory, FILE), damaged);
    const error = await failureOf(digestOf(damaged));
    expect(error.got).toMatch(/invalid|BadZipFile|not a zip/i);
    expect(error.remedy).toBeDefined();
  });

  it('without a network', async () => {
    vi.stubEnv('PIP_NO_INDEX', '0');
    vi.stubEnv('PIP_FIND_LINKS', '');
    vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/simple');
    vi.stubEnv('PIP_RETRIES', '0');
    const error = await failureOf('ab'.repeat(32));
    expect(error.summary).toBe(`${NAME}==1.0 could not be downloaded`);
    expect(error.remedy).toContain('PIP_FIND_LINKS');
  });

  it('with a text file in the place of the plugin', async () => {
    const error = await failureOf(digestOf(makeWheel()));
    expect(error.summary).toContain('does not run here');
    expect(error.got).toMatch(/does not load|GetPjrtApi/);
  });
});
