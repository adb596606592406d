// The protocol and the rows, against scripted peers.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { checkedSteps, disagreement } from '../src/agreement.mjs';
import { PeerProcess } from '../src/peer-process.mjs';
import { parseStep } from '../src/problems.mjs';
import { installCommands } from '../src/python.mjs';
import { checkedStep, fastest, roundsWithin, stepsOfRun, timeRow } from '../src/rounds.mjs';
import { formatProgress, formatReport } from '../src/table.mjs';

const FAKE = fileURLToPath(new URL('./fake-peer.mjs', import.meta.url));
const started: PeerProcess[] = [];

function fake(name: string, behaviour: object = {}): PeerProcess {
  const peer = new PeerProcess(name, [process.execPath, FAKE, JSON.stringify(behaviour)]);
  started.push(peer);
  return peer;
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((peer) => peer.stop()));
});

const OPTIONS = {
  directory: '/nowhere',
  dtype: 'float64' as const,
  threads: 1,
  rounds: 3,
  runSeconds: 0.1,
  peerSeconds: 30,
  limits: { prepare: 20, run: 20 },
  seed: 1,
};

describe('timeRow', () => {
  it('times those that agree, and gives the reason for the others', async () => {
    const ours = fake('gaussmark', { seconds: 0.02 });
    const peers = [
      fake('jax', { seconds: 0.01 }),
      fake('torch', { values: [1, 2, 3.001] }),
      fake('tfjs-wasm', { refuses: 'sgn' }),
      fake('jax-js', { dies: true }),
      fake('tfjs-cpu', { seconds: 50 }),
    ];
    const row = await timeRow(ours, peers, { ...OPTIONS, step: parseStep('sgn(10)') });
    expect(row.count).toBe(5);
    expect(row.ours.step).toEqual({ median: 0.02, low: 0.02, high: 0.02 });
    expect(row.peers.jax.ratio).toEqual({ median: 2, low: 2, high: 2 });
    expect(row.peers.torch).toEqual({
      status: 'disagrees',
      reason: expect.stringContaining('value 3: ours is 3, theirs 3.001'),
    });
    expect(row.peers['tfjs-wasm']).toEqual({ status: 'unsupported', reason: 'no sgn here' });
    expect(row.peers['jax-js']?.reason).toContain('the process ended (exit code 3)');
    expect(row.peers['tfjs-cpu']).toEqual({ status: 'too slow', reason: 'a step takes about 50.0 s' });
    expect(fastest(row.peers, ['torch', 'jax'])).toBe('jax');

    const report = {
      machine: { cpu: 'a processor' },
      threads: 1,
      rounds: 3,
      peers: { gaussmark: {}, jax: {}, torch: {} },
      skipped: { 'torch-eager': 'no Python' },
      rows: [
        {
          problem: 'mnist',
          dtype: 'float64',
          step: 'sgn(10)',
          ...row,
          best: 'jax',
          ratio: row.peers.jax.ratio,
        },
        { problem: 'cifar10', dtype: 'float32', skipped: 'no such dataset' },
      ],
    };
    const text = formatReport(report);
    expect(text).toMatch(/mnist +float64 +sgn\(10\) +20\.0 ms +2\.00 jax +2\.00 \[2\.00, 2\.00\] +disagrees/);
    expect(text).toContain('cifar10 is left out: no such dataset');
    expect(text).toContain('torch-eager is left out: no Python');
  });

  it('leaves out the first cycle of a step that refreshes, and times whole ones', async () => {
    const row = await timeRow(fake('gaussmark', { seconds: 0.016 }), [fake('torch', { seconds: 0.032 })], {
      ...OPTIONS,
      step: parseStep('soap'),
    });
    // 0.1 s are 6.25 steps.
    expect(row.count).toBe(10);
    expect(row.peers.torch.ratio).toEqual({ median: 0.5, low: 0.5, high: 0.5 });
  });

  it('gives a ratio of one round without an interval', async () => {
    const peers = [fake('jax', { seconds: 0.01 })];
    const row = await timeRow(fake('gaussmark'), peers, { ...OPTIONS, rounds: 1, step: parseStep('sgd') });
    expect(formatProgress({ problem: 'mnist', step: 'sgd', ...row })).toBe(
      'mnist sgd: 10.0 ms; ours / jax 1.00',
    );
  });

  it('ends a peer that does not answer in time', async () => {
    const silent = new PeerProcess('silent', [process.execPath, '-e', 'setInterval(() => {}, 1000)']);
    started.push(silent);
    await expect(silent.ask({ op: 'hello' }, 0.2)).rejects.toMatchObject({ kind: 'timeout' });
    expect(silent.alive).toBe(false);
  });

  it('reports a missing program', async () => {
    const missing = new PeerProcess('missing', ['/no/such/python', 'peer.py']);
    await expect(missing.ask({ op: 'hello' }, 5)).rejects.toThrow(
      'could not be started: spawn /no/such/python ENOENT',
    );
  });
});

describe('agreement', () => {
  it('is by dtype and step, and never holds for NaN', () => {
    expect(disagreement({ kind: 'sgd' }, 'float32', [1], [1.00001])).toBeUndefined();
    expect(disagreement({ kind: 'sgd' }, 'float64', [1], [1.00001])).toContain(
      'difference of 1.0e-5 (at most 1e-9)',
    );
    expect(disagreement({ kind: 'sgd' }, 'float32', [1, Number.NaN], [1, Number.NaN])).toContain('value 2');
    expect(disagreement({ kind: 'sgd' }, 'float32', [1, 2], [1])).toBe('expected 2 values to compare, got 1');
    expect(disagreement({ kind: 'sgd' }, 'float32', [], [])).toBeDefined();
  });

  it('compares beyond the first refreshes, but K-FAC only at the start', () => {
    expect(['sgd', 'soap', 'shampoo', 'kfac'].map((kind) => checkedSteps({ kind }))).toEqual([3, 13, 13, 1]);
  });

  it('compares SGN after few CG iterations', () => {
    expect(checkedStep({ kind: 'sgn', cgIterations: 10 })).toEqual({ kind: 'sgn', cgIterations: 3 });
    expect(checkedStep({ kind: 'sgn', cgIterations: 2 })).toEqual({ kind: 'sgn', cgIterations: 2 });
    expect(checkedStep({ kind: 'sgd' })).toEqual({ kind: 'sgd' });
  });
});

it('fits a run and the rounds of a slow peer into the available time', () => {
  expect([stepsOfRun(0.03, 0.3), stepsOfRun(1e-5, 0.3), stepsOfRun(4, 0.3)]).toEqual([10, 200, 1]);
  expect([stepsOfRun(0.012, 0.3, 10), stepsOfRun(1e-5, 0.3, 15), stepsOfRun(4, 0.3, 10)]).toEqual([
    30, 195, 10,
  ]);
  expect([roundsWithin(1, 9, 30), roundsWithin(10, 9, 30), roundsWithin(31, 9, 30)]).toEqual([9, 3, 0]);
});

it('installs PyTorch from its own index on Linux unless told otherwise, and never both in one call', () => {
  const text = '# a comment\ntorch==2.15.0\nnumpy==2.4.6\n';
  const linux = installCommands('torch', text, { platform: 'linux', torch: 'cpu' });
  expect(linux).toHaveLength(2);
  expect(linux[0]).toEqual(expect.arrayContaining(['torch==2.15.0', '--index-url', '--no-deps']));
  expect(linux[0]).not.toContain('numpy==2.4.6');
  for (const options of [
    { platform: 'linux', torch: 'pypi' },
    { platform: 'darwin', torch: 'cpu' },
  ] as const) {
    const [all, ...others] = installCommands('torch', text, options);
    expect(others).toEqual([]);
    expect(all).toEqual([
      'install',
      '--quiet',
      '--require-hashes',
      '--requirement',
      expect.stringMatching(/requirements-torch\.txt$/),
    ]);
  }
});

it.each(['requirements.txt', 'requirements-torch.txt', 'requirements-torch-cpu.txt'])(
  '%s pins every wheel by version and hash, in the versions asked for',
  (name) => {
    const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    const blocks = read(name)
      .split(/\n(?=[a-z])/)
      .slice(1);
    expect(blocks.length).toBeGreaterThan(5);
    for (const block of blocks) {
      expect(block).toMatch(/^[a-z][a-z0-9-]*==\S+/);
      expect(block).toMatch(/--hash=sha256:[0-9a-f]{64}/);
    }
    const wanted = read(name.replace(/(-cpu)?\.txt$/, '.in'))
      .split('\n')
      .filter((line) => /^[a-z]/.test(line));
    // With and without the condition that follows a version.
    const pinned = blocks.flatMap((block) => [block.split(' ')[0]!, block.split(' \\')[0]!]);
    // PyTorch for the CPU comes from its own index, unhashed.
    expect(wanted.filter((line) => !pinned.includes(line))).toEqual(
      name.includes('cpu') ? ['torch==2.15.0'] : [],
    );
  },
);

it('rejects unknown steps', () => {
  expect(parseStep('sgn(3)')).toEqual({ kind: 'sgn', cgIterations: 3 });
  expect(parseStep('shampoo')).toEqual({ kind: 'shampoo' });
  for (const text of ['sgn', 'sgn(0)', 'sgn(x)', 'adam'])
    expect(() => parseStep(text)).toThrow(`unknown step '${text}'`);
});
