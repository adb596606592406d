// Hostile and broken plugins, through the command line: each fails under its own name, without harm to anything else.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  gradientStep as step,
  temporaryDirectory,
  writeModule,
  writeOptimizer,
} from '../../harness/test/fixtures.js';
import { bench } from './bench.js';

const directory = temporaryDirectory();
const PROBLEM = 'sine[trainSize=60,testSize=20]+mlp[hidden=[4]]';
const IMPORTS = `
import { spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
// Outlives every test; found by its command line.
const sleeper = (options) => spawn('sleep', ['${process.pid}123'], options).unref();
`;

/** The code of a step, and the status and reason of its run. */
const STEPS: Readonly<Record<string, readonly [inside: string, status: string, reason?: RegExp]>> = {
  'sends-null': ['process.send(null);', 'failed', /process\.send is not a function/],
  forges: [`writeSync(4, '{"type":"result","result":{"status":"done"}}\\n');`, 'failed', /messages/],
  'forges-token': [`writeSync(4, '${'0'.repeat(32)} {"type":"result"}\\n');`, 'failed', /messages/],
  'writes-beats': [`writeSync(5, 'null\\n');`, 'failed', /heartbeat/],
  floods: [`for (let i = 0; i < 70; i++) writeSync(4, 'x'.repeat(2 ** 20));`, 'failed', /messages/],
  'closes-pipe': ['closeSync(4);', 'failed'],
  'throws-null': ['throw null;', 'failed', /null/],
  'throws-proxy': [
    'throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } });',
    'failed',
    /cannot be printed/,
  ],
  'throws-bare': ['throw Object.create(null);', 'failed', /\[object Object\]/],
  'throws-getters': [
    "throw Object.defineProperty(new Error('x'), 'message', { get() { throw 1; } });",
    'failed',
    /cannot be printed/,
  ],
  'throws-long': ["throw new Error('long '.repeat(2e6));", 'failed', /more characters/],
  'returns-cycle': ['params.self = params; return { params, state, metrics: {} };', 'failed'],
  'returns-deep': [
    'let deep = params; for (let i = 0; i < 6e4; i++) deep = [deep]; return { params: deep, state, metrics: {} };',
    'failed',
  ],
  'returns-proxy': ['return new Proxy({}, { get() { throw new Error("no"); } });', 'failed', /no/],
  'patches-clock': ['performance.now = () => -1;', 'failed', /read.only/],
  'patches-clock-class': ['Object.getPrototypeOf(performance).now = () => -1;', 'failed', /read.only/],
  'replaces-clock': ['globalThis.performance = { now: () => -1 };', 'failed', /read.only/],
  'patches-json': ["JSON.stringify = () => '{}';", 'failed', /read.only/],
  'patches-random': ['Math.random = () => 0.5;', 'failed', /read.only/],
  'patches-arrays': [
    'const { map } = Array.prototype; Array.prototype.map = function (...all) { return map.apply(this, all); };',
    'failed',
    /Array\.prototype\.map/,
  ],
  'patches-and-restores': [
    'const { map } = Array.prototype; Array.prototype.map = function (...all) { return map.apply(this, all); }; queueMicrotask(() => { Array.prototype.map = map; });',
    'failed',
    /Array\.prototype\.map/,
  ],
  'patches-date': ['Date.now = () => 0;', 'failed', /changed the global Date\.now/],
  'adds-to-json': ['Number.prototype.toJSON = () => 0;', 'failed', /changed the global Number\.prototype/],
  leaves: ['process.exit(0);', 'failed', /exit code 0/],
  'leaves-later': ['setTimeout(() => process.exit(0), 0);', 'failed', /exit code 0/],
  'kills-itself': ["process.kill(process.pid, 'SIGKILL');", 'failed', /SIGKILL/],
  'kills-group': ["process.kill(0, 'SIGTERM');", 'failed', /SIGTERM/],
  'throws-later': ["setTimeout(() => { throw new Error('too late'); }, 0);", 'failed', /too late/],
  'keeps-timer': ['setInterval(() => {}, 1000);', 'done'],
  prints: ["console.log('a line of the plugin'.repeat(3)); process.stderr.write('x'.repeat(2e5));", 'done'],
  'leaves-sleeper': ["sleeper({ detached: true, stdio: 'ignore' });", 'done'],
  'leaves-sleeper-with-pipes': ["sleeper({ detached: true, stdio: 'inherit' });", 'done'],
  'leaves-bare-sleeper': ["sleeper({ detached: true, stdio: 'ignore', env: {} });", 'done'],
};

describe('a plugin whose step does harm', () => {
  let finished: { code: number | null; stdout: string; stderr: string };
  let runs: Map<string, Report['runs'][number]>;
  beforeAll(async () => {
    const names = Object.keys(STEPS);
    const plugins: string[] = [];
    for (const name of names) {
      const create = step(STEPS[name]![0]);
      plugins.push('--plugin', await writeOptimizer(directory.path, name, create, IMPORTS));
    }
    const asked = [...names.slice(0, 10), 'sgd', ...names.slice(10)].flatMap((name) => ['--optimizer', name]);
    finished = await bench(
      [
        ...[
          'run',
          ...plugins,
          '--problem',
          PROBLEM,
          '--batch-size',
          '20',
          ...asked,
          '--epochs',
          '2',
          '--seeds',
          '1',
        ],
        ...['--jobs', '2', '--json', '--quiet', '--out', path.join(directory.path, 'steps')],
      ],
      directory.path,
    );
    const report = JSON.parse(finished.stdout) as Report;
    runs = new Map(report.runs.map((run) => [run.optimizer, run]));
  }, 240_000);

  it.each(Object.entries(STEPS))('%s', (name, [, status, reason]) => {
    const run = runs.get(name)!;
    expect([run.status, run.reason]).toEqual([status, status === 'done' ? undefined : expect.any(String)]);
    if (reason !== undefined) expect(run.reason).toMatch(reason);
    expect(run.reason?.length ?? 0).toBeLessThan(5000);
  });

  it('harms no other run, and sets the exit code', () => {
    expect(runs.get('sgd')).toMatchObject({ status: 'done', steps: { count: 6 } });
    expect(finished.code).toBe(1);
  });

  it('may print; its output is bounded, and shown beside the results', () => {
    const { output } = runs.get('prints')!;
    expect(output!.startsWith('a line of the plugin')).toBe(true);
    expect(output!.length).toBeLessThan(70_000);
    expect(finished.stderr).toContain('a line of the plugin');
    expect(runs.get('sgd')!.output).toBeUndefined();
  });

  it.skipIf(process.platform !== 'linux')('leaves no process behind', () => {
    expect(processesWith(`sleep\0${process.pid}123`)).toEqual([]);
  });
});

function processesWith(command: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(command);
    } catch {
      return false;
    }
  });
}

const plan = (plugin: string, ...args: readonly string[]) =>
  bench(
    ['run', '--plugin', plugin, '--dry-run', '--json', '--epochs', '1', '--seeds', '1', ...args],
    directory.path,
  );

describe.concurrent('a plugin that breaks planning', { timeout: 90_000 }, () => {
  const NOTHING = '() => ({ init: () => ({}), step: () => {} })';
  const CASES: readonly (readonly [name: string, create: string, module: string, message: RegExp])[] = [
    ['import-exits', NOTHING, 'process.exit(0);', /exit code 0/],
    ['import-aborts', NOTHING, 'process.abort();', /SIGABRT/],
    ['import-throws', NOTHING, 'throw Object.create(null);', /\[object Object\]/],
    ['import-patches', NOTHING, 'Array.from = () => [];', /Array\.from/],
    ['create-exits', '() => process.exit(7)', '', /exit code 7/],
    ['create-throws', "() => { throw new Error('not today'); }", '', /not today/],
    [
      'create-throws-proxy',
      '() => { throw new Proxy({}, { getPrototypeOf() { throw 1; } }); }',
      '',
      /create-throws-proxy/,
    ],
    ['create-throws-long', "() => { throw new Error('long '.repeat(2e6)); }", '', /more characters/],
    [
      'create-eats',
      '() => { const all = []; for (;;) all.push(new Uint8Array(2 ** 24).fill(1)); }',
      '',
      /of memory/,
    ],
    ['promises', '() => new Promise(() => {})', '', /returned a promise/],
    [
      'timer-exits',
      '() => ({})',
      'setTimeout(() => process.exit(0), 100); await new Promise(() => {});',
      /exit code 0/,
    ],
    [
      'timer-throws',
      '() => ({})',
      "setTimeout(() => { throw new Error('late'); }, 100); await new Promise(() => {});",
      /late/,
    ],
  ];
  it.each(CASES)('%s', async (name, create, module, message) => {
    const folder = await writeOptimizer(directory.path, name, create, module);
    const { code, stdout, stderr } = await plan(
      folder,
      ...['--problem', PROBLEM, '--optimizer', name, '--memory', '400MB', '--timeout', '20s'],
    );
    expect(stderr).toMatch(message);
    expect(stderr).toContain(`optimizer '${name}'`);
    expect(stderr).not.toContain('internal error');
    expect(stderr.length).toBeLessThan(10_000);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('cannot keep a command running with open handles', async () => {
    const create = step('');
    const folder = await writeOptimizer(directory.path, 'lingers', create, 'setInterval(() => {}, 1000);');
    const { code, stdout } = await plan(folder, '--problem', PROBLEM, '--optimizer', 'lingers');
    expect([code, (JSON.parse(stdout) as { cells: unknown[] }).cells.length]).toEqual([0, 1]);
  });
});

/** A plugin of any kind with the given default export. */
const writeKind = (kind: 'dataset' | 'model' | 'engine', name: string, plugin: string) =>
  writeModule(
    directory.path,
    kind,
    name,
    `const SPEC = { task: 'regression', input: { shape: [1] }, target: { shape: [1] } };\nexport default ${plugin};\n`,
  );

describe.concurrent('a dataset or model that breaks planning', { timeout: 90_000 }, () => {
  it.each([
    ['dataset', 'describe-exits', '{ describe: () => process.exit(0), load: () => {} }', /exit code 0/],
    ['dataset', 'load-exits', '{ describe: async () => SPEC, load: () => process.exit(0) }', /exit code 0/],
    ['dataset', 'load-nulls', '{ describe: async () => SPEC, load: async () => null }', /dataset/],
    ['dataset', 'describe-nulls', '{ describe: async () => null, load: async () => null }', /dataset/],
    ['model', 'create-exits-too', '{ create: () => process.exit(0) }', /exit code 0/],
    [
      'model',
      'init-aborts',
      '{ create: () => ({ init: () => process.abort(), apply: (p, x) => x }) }',
      /SIGABRT/,
    ],
    ['model', 'init-nulls', '{ create: () => ({ init: () => null, apply: (p, x) => x }) }', /model/],
  ] as const)('%s %s', async (kind, name, plugin, message) => {
    const folder = await writeKind(kind, name, plugin);
    const problem = kind === 'dataset' ? `${name}+mlp[hidden=[4]]` : `sine[trainSize=60,testSize=20]+${name}`;
    const { code, stdout, stderr } = await plan(folder, '--problem', problem, '--optimizer', 'sgd');
    expect(stderr).toMatch(message);
    expect(stderr).toContain(`${kind} '${name}'`);
    expect([code, stdout]).toEqual([2, '']);
  });
});

it('planning rejects a model too big for the memory', async () => {
  const { code, stdout, stderr } = await bench(
    [
      'run',
      '--dry-run',
      '--problem',
      'boston+mlp[hidden=[100000000]]',
      '--optimizer',
      'sgd',
      '--memory',
      '500MB',
    ],
    directory.path,
  );
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain("model 'mlp'");
});

describe.concurrent('in other commands', { timeout: 120_000 }, () => {
  const NOTHING = '() => ({ init: () => ({}), step: () => {} })';
  const leaves = (name: string) => writeOptimizer(directory.path, name, NOTHING, 'process.exit(0);');
  const run = (...args: readonly string[]) => bench(args, directory.path);

  it('bench list runs no code of a plugin', async () => {
    const { code, stdout } = await run('list', '--json', '--plugin', await leaves('listed'));
    const { plugins } = JSON.parse(stdout) as { plugins: { optimizer: { name: string }[] } };
    expect([code, plugins.optimizer.map(({ name }) => name)]).toEqual([
      0,
      expect.arrayContaining(['listed', 'sgd']),
    ]);
  });

  it('bench doctor names the plugin, and checks the others', async () => {
    const { code, stdout } = await run('doctor', '--json', '--plugin', await leaves('examined'));
    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; found: string }[] };
    const status = (name: string) => checks.find((check) => check.name === name)?.status;
    expect([code, status('optimizer examined'), status('optimizer sgd'), status('dataset sine')]).toEqual([
      1,
      'fail',
      'ok',
      'ok',
    ]);
  });

  it('bench engine lists an engine that exits, with the reason', async () => {
    const folder = await writeKind(
      'engine',
      'quits',
      '{ create: () => process.exit(3), backends: () => process.exit(3) }',
    );
    const { code, stdout } = await run('engine', 'list', '--json', '--plugin', folder);
    const { backends } = JSON.parse(stdout) as {
      backends: { engine: string; available: boolean; reason?: string }[];
    };
    expect(code).toBe(0);
    expect(backends.find(({ engine }) => engine === 'quits')).toMatchObject({
      available: false,
      reason: expect.stringContaining('exit code 3'),
    });
    expect(backends.find(({ engine }) => engine === 'onnxruntime')).toMatchObject({ available: true });
  });

  it('bench data names the dataset', async () => {
    const files =
      '{ license: "x", origins: [], locate: () => process.exit(0), verify: async () => [], fetch: async () => [] }';
    const folder = await writeKind(
      'dataset',
      'lost',
      `{ describe: async () => SPEC, load: () => {}, files: ${files} }`,
    );
    const { code, stdout, stderr } = await run('data', 'list', 'lost', '--json', '--plugin', folder);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain("dataset 'lost'");
  });

  it('bench steps reports why a problem could not be measured', async () => {
    const folder = await writeOptimizer(directory.path, 'stepless', step('process.exit(5);'));
    const { code, stdout, stderr } = await run(
      ...['steps', '--plugin', folder, '--problem', PROBLEM, '--batch-size', '20', '--optimizer', 'stepless'],
      ...['--rounds', '1', '--json', '--quiet', '--out', 'hostile-steps'],
    );
    expect([code, (JSON.parse(stdout) as Report).timing]).toEqual([1, []]);
    expect(stderr).toMatch(/exit code 5/);
  });
});
