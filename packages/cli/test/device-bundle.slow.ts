// A bundle for a GPU machine, tried on the CPU: without Node on the PATH and, where that is possible, without a network.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { temporaryDirectory, WORKSPACE } from '../../harness/test/fixtures.js';

const directory = temporaryDirectory();

/** A Python with JAX and a PJRT plugin for the CPU stand for the CUDA machine's; without them, failures are what is tried. */
const { GAUSSMARK_PEERS_PYTHON: PYTHON = 'python3', GAUSSMARK_PJRT_PLUGIN: PLUGIN = '' } = process.env;
const TOOLS = ['sh', 'dirname', 'python3'];

const where = (tool: string) => execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
const hasJax = spawnSync(PYTHON, ['-c', 'import jax, numpy']).status === 0;
const canUnshare = spawnSync('unshare', ['--net', 'true']).status === 0;

interface Report {
  readonly parts: readonly { readonly name: string; readonly status: string; readonly reason?: string }[];
  readonly conformance: { readonly groups: number; readonly checked: number; readonly passed: number };
  readonly rows: readonly {
    readonly step: string;
    readonly peers: { readonly jax?: { readonly status: string } };
  }[];
  readonly left: Readonly<Record<string, string>>;
}

it.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'a bundle runs by itself, and writes what it measured and why the rest is missing',
  { timeout: 300_000 },
  () => {
    const bundle = path.join(directory.path, 'bundle');
    const script = path.join(WORKSPACE, 'bench/device/bundle.mjs');
    execFileSync(process.execPath, [script, '--no-data', '--out', bundle], { stdio: 'pipe' });
    // The data that a bundle without them lacks would be read by this.
    const dataset = path.join(bundle, 'packages/datasets/dist/mnist.js');
    const node = path.join(bundle, 'bin/node');
    const code = `console.log(typeof (await import(${JSON.stringify(dataset)})).default.load)`;
    const loaded = execFileSync(node, ['--input-type=module', '-e', code], { encoding: 'utf8' });
    expect(loaded).toBe('function\n');

    const tools = path.join(directory.path, 'tools');
    mkdirSync(tools);
    for (const tool of TOOLS)
      if (tool !== 'python3' || !hasJax) symlinkSync(where(tool), path.join(tools, tool));
    const measure = [
      ...[
        where('sh'),
        path.join(bundle, 'bench/device/run.sh'),
        '--platform',
        'cpu',
        '--parts',
        'conformance,steps',
      ],
      ...['--problems', 'mnist', '--steps', 'sgd,sgn(2)', '--most-examples', '10', '--most-groups', '4'],
      ...[
        '--rounds',
        '2',
        '--run-seconds',
        '0.01',
        '--budget',
        '200',
        '--out',
        path.join(directory.path, 'out'),
      ],
      ...['--python', hasJax ? where(PYTHON) : 'python3'],
    ];
    const [program, ...args] = canUnshare ? [where('unshare'), '--net', ...measure] : measure;
    const env = { PATH: tools, HOME: directory.path, GAUSSMARK_PJRT_PLUGIN: PLUGIN };
    const { status, stderr } = spawnSync(program!, args, { cwd: directory.path, env, encoding: 'utf8' });

    const report = JSON.parse(readFileSync(path.join(directory.path, 'out/device.json'), 'utf8')) as Report;
    expect(report.parts.map(({ name }) => name)).toEqual(['conformance', 'mnist sgd', 'mnist sgn(2)']);
    expect(readFileSync(path.join(directory.path, 'out/device.md'), 'utf8')).toContain(
      '# engine-xla beside JAX',
    );
    expect(report.left).toHaveProperty('webgpu');
    expect('jax' in report.left).toBe(!hasJax);
    if (existsSync(PLUGIN)) {
      expect(
        report.parts.map(({ status: how }) => how),
        stderr,
      ).toEqual(['done', 'done', 'done']);
      expect(report.conformance).toMatchObject({ groups: 4, checked: 4 });
      expect(report.conformance.passed).toBeGreaterThanOrEqual(4);
      expect(report.rows.map(({ step, peers }) => [step, peers.jax?.status])).toEqual(
        ['sgd', 'sgn(2)'].map((step) => [step, hasJax ? 'timed' : undefined]),
      );
      expect(status).toBe(0);
    } else {
      for (const part of report.parts) {
        expect(part.status).toBe('failed');
        expect(part.reason).toContain("engine 'xla' has no plugin for the CPU");
      }
      expect(status).toBe(1);
    }
  },
);
