// Output arrives complete or the command exits with 3: standard output, and a store whose directory is removed.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Report } from '@gaussmark/analysis';
import { StorageError, type writeAll } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Store } from '../../harness/src/store/store.js';
import { temporaryDirectory, WORKSPACE } from '../../harness/test/fixtures.js';
import { descriptorSink } from '../src/screen.js';
import { bench, EXECUTABLE } from './bench.js';

const directory = temporaryDirectory();
const RUN = [
  ...['run', '--problem', 'sine[trainSize=40,testSize=20]+mlp[hidden=[2]]', '--optimizer', 'sgd'],
  ...['--epochs', '2', '--batch-size', '20', '--threads', '1', '--out', 'made'],
];

const failing =
  (code: string): typeof writeAll =>
  () => {
    throw Object.assign(new Error(`${code}: injected`), { code });
  };

describe('a sink', () => {
  it('drops text for a closed pipe, but fails for a document', () => {
    const sink = descriptorSink(1, 'standard output', true, failing('EPIPE'));
    expect(() => sink.write('a')).not.toThrow();
    expect(() => sink.writeDocument('{}')).toThrow(StorageError);
  });

  it.each(['ENOSPC', 'EIO', 'EBADF'])('fails once with %s', (code) => {
    const sink = descriptorSink(1, 'standard output', true, failing(code));
    expect(() => sink.write('a')).toThrow(StorageError);
    expect(() => sink.write('b')).not.toThrow();
    expect(() => sink.writeDocument('{}')).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ code }) }),
    );
  });

  it('ignores failures to write progress', () => {
    const sink = descriptorSink(2, 'standard error', false, failing('ENOSPC'));
    expect(() => sink.write('a')).not.toThrow();
  });

  it('rethrows errors of the document itself', () => {
    const sink = descriptorSink(1, 'standard output', true);
    function* broken(): Generator<string> {
      yield '';
      throw new RangeError('no document');
    }
    expect(() => sink.writeDocument(broken())).toThrow(RangeError);
  });

  it('delivers 50 MB to a slow reader', async () => {
    const screen = pathToFileURL(path.join(WORKSPACE, 'packages/cli/dist/screen.js')).href;
    const lines = 500_000;
    const script = `import { screenOf } from '${screen}';
      function* text() { for (let i = 0; i < ${lines}; i++) yield String(i).padStart(99, '.') + '\\n'; }
      screenOf(process).out.writeDocument(text());
      process.exit(0);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [hash, expected] = [createHash('sha256'), createHash('sha256')];
    let chunks = 0;
    for await (const chunk of child.stdout) {
      hash.update(chunk as Buffer);
      if (chunks++ % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (let i = 0; i < lines; i++) expected.update(`${String(i).padStart(99, '.')}\n`);
    expect(hash.digest('hex')).toBe(expected.digest('hex'));
  });
});

/** Runs a command whose standard output is a file, or a pipe that nobody reads. */
function benchInto(
  stdout: string | 'closed',
  args: readonly string[],
): Promise<{ code: number | null; stderr: string }> {
  const descriptor = stdout === 'closed' ? 'pipe' : openSync(stdout, 'w');
  const child = spawn(process.execPath, [EXECUTABLE, ...args], {
    cwd: directory.path,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', descriptor, 'pipe'],
  });
  child.stdout?.destroy();
  if (typeof descriptor === 'number') closeSync(descriptor);
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stderr }));
  });
}

describe.skipIf(process.platform !== 'linux')('standard output', () => {
  beforeAll(async () => {
    expect((await bench([...RUN, '--seeds', '1', '--quiet'], directory.path)).code).toBe(0);
  }, 120_000);

  it.each([
    [['list']],
    [['list', '--json']],
    [['--help']],
    [['report', 'made']],
    [['report', 'made', '--json']],
    [[...RUN, '--seeds', '1', '--json']],
    [[...RUN, '--seeds', '1', '--dry-run']],
  ])(
    'on a full disk makes %j exit with 3',
    async (args) => {
      const { code, stderr } = await benchInto('/dev/full', args);
      expect(stderr).toMatch(/standard output.*ENOSPC/);
      expect(code).toBe(3);
    },
    60_000,
  );

  it.each([
    [['report', 'made', '--json'], 3],
    [['list', '--json'], 3],
    [['list'], 0],
    [['report', 'made'], 0],
  ] as const)(
    'closed by its reader makes %j exit with %i',
    async (args, expected) => {
      const { code, stderr } = await benchInto('closed', args);
      expect([code, stderr.includes('standard output')]).toEqual([expected, expected === 3]);
    },
    60_000,
  );

  it('that fails does not stop files from being written', async () => {
    rmSync(path.join(directory.path, 'made/report.json'));
    expect((await benchInto('/dev/full', ['report', 'made', '--json', '--csv', 'curves.csv'])).code).toBe(3);
    const report = JSON.parse(readFileSync(path.join(directory.path, 'made/report.json'), 'utf8')) as Report;
    expect(report.runs).toHaveLength(1);
    expect(readFileSync(path.join(directory.path, 'curves.csv'), 'utf8').split('\r\n')).toHaveLength(4);
  });
});

describe('a report directory that is removed during a run', () => {
  it('is rebuilt with all runs of the command, which exits with 3', async () => {
    const out = path.join(directory.path, 'removed');
    const args = [...RUN.slice(0, -1), 'removed', '--seeds', '4'];
    let isRemoved = false;
    const { code, stderr } = await bench(args, directory.path, (text) => {
      if (isRemoved || !/^\[ *2\/4\]/m.test(text)) return;
      isRemoved = true;
      rmSync(out, { recursive: true, force: true });
    });
    expect(isRemoved).toBe(true);
    expect(stderr).toContain(out);
    expect(code).toBe(3);
    expect([...Store.open(out).entries()]).toHaveLength(4);
    const report = JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8')) as Report;
    expect(report.runs.map(({ seed }) => seed)).toEqual([1, 2, 3, 4]);
    const again = await bench([...args, '--json', '--quiet'], directory.path);
    expect(again.code).toBe(0);
    // Nothing ran again.
    const times = ({ runs }: Report) => runs.map(({ finished }) => finished);
    expect(times(JSON.parse(again.stdout))).toEqual(times(report));
  }, 240_000);
});
