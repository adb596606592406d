// A run's system calls: no network, and no files outside its report directory.

import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory, WORKSPACE } from '../../harness/test/fixtures.js';
import { EXECUTABLE } from './bench.js';

const directory = temporaryDirectory();

const ENGINE = pathToFileURL(path.join(WORKSPACE, 'packages/engine-onnxruntime/dist/index.js')).href;

/** A container may forbid tracing even if strace is installed. */
const canTrace =
  process.platform === 'linux' && spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;

interface Seen {
  /** Calls that open network sockets. */
  readonly sockets: readonly string[];
  /** Files created outside `out`. */
  readonly created: readonly string[];
  /** Files left in the home, cache and temporary directories. */
  readonly left: readonly string[];
}

/** Runs Node under strace with its own home. `args` gets the directory that it may write to. */
async function trace(args: (out: string) => readonly string[]): Promise<Seen> {
  const place = await mkdtemp(path.join(directory.path, 'trace-'));
  const [log, out, home, cache, temp] = ['log', 'out', 'home', 'cache', 'temp'].map((name) =>
    path.join(place, name),
  ) as [string, string, string, string, string];
  for (const folder of [home, cache, temp]) await mkdir(folder);
  const { ORT_DISABLE_TELEMETRY: _, ...environment } = process.env;
  const calls = 'trace=socket,open,openat,creat,mkdir,mkdirat,link,linkat,symlink,symlinkat,mknod,mknodat';
  await promisify(execFile)('strace', ['-f', '-e', calls, '-o', log, process.execPath, ...args(out)], {
    cwd: place,
    maxBuffer: 2 ** 26,
    env: {
      ...environment,
      HOME: home,
      XDG_CACHE_HOME: '',
      GAUSSMARK_CACHE: cache,
      TMPDIR: temp,
      GIT_CEILING_DIRECTORIES: place,
    },
  });
  const lines = (await readFile(log, 'utf8')).split('\n');
  const writes = lines.filter((line) =>
    /O_CREAT|O_TMPFILE|\b(creat|mkdir|link|symlink|mknod)(at)?\(/.test(line),
  );
  const left = await Promise.all([home, cache, temp].map((folder) => readdir(folder, { recursive: true })));
  return {
    sockets: lines.filter((line) => /\bsocket\(AF_INET/.test(line)),
    created: writes
      .flatMap((line) => [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1]!))
      .filter((file) => file !== out && !file.startsWith(`${out}/`) && !file.startsWith('/dev/')),
    left: left.flat(),
  };
}

const NOTHING: Seen = { sockets: [], created: [], left: [] };

describe.skipIf(!canTrace)('a run, by its system calls (skipped without strace)', () => {
  it.each([
    ['onnxruntime', 'onnxruntime'],
    ['onnxruntime in two threads', 'onnxruntime[threads=2]'],
    ['tfjs', 'tfjs'],
  ])('on %s opens no network socket and leaves nothing behind', { timeout: 120_000 }, async (_, engine) => {
    const args = [
      'run',
      '--problem',
      'boston',
      '--dtype',
      'float32',
      '--optimizer',
      'sgd',
      '--engine',
      engine,
    ];
    expect(
      await trace((out) => [EXECUTABLE, ...args, '--steps', '2', '--seeds', '1', '--quiet', '--out', out]),
    ).toEqual(NOTHING);
  });

  it('that uses the engine as a library does not either', async () => {
    const script = `
      const { default: plugin } = await import(${JSON.stringify(ENGINE)});
      const { add, trace } = await import(${JSON.stringify(import.meta.resolve('@gaussmark/autodiff'))});
      const engine = await plugin.create({});
      await engine.compile(trace((x) => add(x, x), { dtype: 'float32', shape: [2] }).program);
      await engine.dispose();`;
    expect(await trace(() => ['--input-type=module', '-e', script])).toEqual(NOTHING);
  });

  it('would be seen by this test', async () => {
    const script = `
      require('node:dgram').createSocket('udp4').bind(0, function () { this.close(); });
      require('node:fs').writeFileSync(require('node:os').tmpdir() + '/stray', '');`;
    const { sockets, created, left } = await trace(() => ['-e', script]);
    expect(sockets).toHaveLength(1);
    expect(created).toEqual([expect.stringMatching(/temp\/stray$/)]);
    expect(left).toEqual(['stray']);
  });
});
