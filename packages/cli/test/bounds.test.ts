// Values out of bounds and empty values are rejected; docs/run.md lists the bounds.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BOUNDS, type Bound, isWithin, parseProfile, shortNumber } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { decimal, parseBytes, parseSeconds, parseShard } from '../../core/src/quantities.js';
import { jobsFor } from '../../harness/src/run/limits.js';
import { temporaryDirectory, WORKSPACE } from '../../harness/test/fixtures.js';
import { benchHere } from './bench.js';

const directory = temporaryDirectory();

describe('a number', () => {
  it.each([
    ['10', 10],
    ['1e3', 1000],
    ['.5', 0.5],
    ['-2.', -2],
    [' 7 ', 7],
    ['0x10', Number.NaN],
    ['', Number.NaN],
    ['1e', Number.NaN],
    ['Infinity', Number.NaN],
    ['1_000', Number.NaN],
    ['0b1', Number.NaN],
  ])('%j parses as %d', (text, value) => {
    expect(decimal(text)).toBe(value);
  });
});

const RUN = ['run', '--problem', 'boston'];
const TUNE = ['tune', '--problem', 'boston', '--optimizer', 'sgd'];
const beyond: readonly (readonly [args: readonly string[], option: string, bound: Bound])[] = [
  [RUN, '--epochs', BOUNDS.epochs],
  [RUN, '--steps', BOUNDS.steps],
  [RUN, '--seconds', BOUNDS.seconds],
  [RUN, '--gradient-equivalents', BOUNDS.gradientEquivalents],
  [RUN, '--batch-size', BOUNDS.batchSize],
  [RUN, '--threads', BOUNDS.threads],
  [RUN, '--jobs', BOUNDS.jobs],
  [TUNE, '--trials', BOUNDS.trials],
  [TUNE, '--tuning-seed', BOUNDS.seed],
  [['steps'], '--inner', BOUNDS.innerIterations],
  [['steps'], '--rounds', BOUNDS.rounds],
  [['steps'], '--batch-size', BOUNDS.batchSize],
  [['snapshot'], '--turn', BOUNDS.turn],
];

describe('an option', () => {
  it.each(beyond)('%j %s rejects values out of bounds', async (args, option, bound) => {
    const values = [String(2 * bound.most), '1e300', '0x10', 'NaN', '-1', '1e', 'ten'];
    for (const value of values) {
      const { code, stdout, stderr } = await benchHere([...args, option, value], directory.path);
      expect([value, code, stdout]).toEqual([value, 2, '']);
      expect(stderr).toContain(`at most ${shortNumber(bound.most)}`);
    }
  });

  it.each([
    [RUN, '--out'],
    [RUN, '--title'],
    [RUN, '--profile'],
    [RUN, '--plugin'],
    [['report', 'x'], '--svg'],
    [['report', 'x'], '--csv'],
    [['merge', 'x'], '--out'],
    [['export', '--problem', 'boston'], '--out'],
    [['snapshot'], '--out'],
    [['compare', 'a', 'b'], '--markdown'],
    [['history', 'acknowledge', '1234567'], '--reason'],
    [['history', 'report', '--out', 'x'], '--title'],
    [TUNE, '--out'],
  ] as const)('%j %s rejects empty values', async (args, option) => {
    for (const value of ['', '  ', '\t']) {
      const { code, stderr } = await benchHere([...args, option, value], directory.path);
      expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`^error: ${option} `))]);
    }
  });

  it.each([[['report', '']], [['merge', '', '--out', 'a']], [['compare', '', 'b']], [['data', 'fetch', '']]])(
    '%j rejects an empty argument',
    async (args) => {
      const { code, stderr } = await benchHere(args, directory.path);
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: an argument /)]);
    },
  );

  it('that is rejected writes nothing', () => {
    expect(readdirSync(directory.path)).toEqual([]);
  });
});

describe('quantities', () => {
  it.each(['1/99999999999999999999', '0/1', '2/1', '1/0', '1/1e3', '1/1000001'])(
    'reject the shard %s',
    (text) => {
      expect(() => parseShard(text)).toThrow(
        expect.objectContaining({ expected: expect.stringContaining('1e6') }),
      );
    },
  );

  it('are limited by what timers and processes support', () => {
    expect(parseSeconds('596h')).toBe(596 * 3600);
    expect(() => parseSeconds('597h')).toThrow(
      expect.objectContaining({ expected: expect.stringContaining('596 h') }),
    );
    expect(parseBytes('64MiB')).toBe(2 ** 26);
    for (const text of ['1KB', '0MB', '63MiB', '1025TiB'])
      expect(() => parseBytes(text)).toThrow(
        expect.objectContaining({ expected: expect.stringContaining('64MiB') }),
      );
  });

  it('of a profile have the same bounds', () => {
    const profile = (change: object) => ({
      ...{ name: 'p', summary: 's', seeds: 1 },
      runs: [{ problems: ['boston'], optimizers: ['sgd'], ...change }],
    });
    expect(parseProfile(profile({ epochs: 1e12 }), 'p').runs[0]!.epochs).toBe(1e12);
    for (const change of [
      { epochs: 1e300 },
      { steps: 1e16 },
      { seconds: 1e10 },
      { seeds: 1e9 },
      { timeout: 1e8 },
    ]) {
      expect(() => parseProfile(profile(change), 'p')).toThrow(/from [\d.e-]+ to \d+/);
    }
  });

  it('distinguish whole numbers from fractions', () => {
    expect([
      isWithin(1.5, BOUNDS.steps),
      isWithin(1.5, BOUNDS.seconds),
      isWithin(Number.NaN, BOUNDS.seconds),
    ]).toEqual([false, true, false]);
  });
});

describe('jobs', () => {
  it('never exceed the runs, and are rejected if each would have too little memory', () => {
    const runs = Array.from({ length: 3 }, () => ({}));
    expect([jobsFor(1000, runs), jobsFor(2, runs), jobsFor(5, [])]).toEqual([3, 2, 1]);
    const many = Array.from({ length: 1_000_000 }, () => ({}));
    expect(() => jobsFor(1_000_000, many)).toThrow(/1000000 runs at once/);
    const limited = many.map(() => ({ limits: { memory: 2 ** 28 } }));
    expect(jobsFor(1_000_000, limited)).toBe(1_000_000);
  });
});

it('docs/run.md lists the bounds', () => {
  const page = readFileSync(path.join(WORKSPACE, 'docs/run.md'), 'utf8');
  const section = page.slice(page.indexOf('## Bounds'), page.indexOf('## Timings'));
  const rows = [...section.matchAll(/^\| (?!value|-).*\| +(\S+) +\| +(\S+) +\|$/gm)].map(([, from, to]) => [
    from,
    to,
  ]);
  const bounds = Object.entries(BOUNDS).map(([name, { least, most }]) =>
    name === 'memory' ? ['64MiB', '1024TiB'] : [shortNumber(least), shortNumber(most)],
  );
  expect(rows).toEqual(bounds);
});
