// Damaged, empty, foreign and huge reports: read, rebuilt from stored runs, or rejected with exit code 2.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Report } from '@gaussmark/analysis';
import { renderJson } from '@gaussmark/report';
import { beforeAll, describe, expect, it } from 'vitest';
import { readReport } from '../../harness/src/document/report-file.js';
import { temporaryDirectory } from '../../harness/test/fixtures.js';
import { benchHere } from './bench.js';

const directory = temporaryDirectory();
const file = () => path.join(directory.path, 'made', 'report.json');
let whole: string;

beforeAll(async () => {
  const problem = 'sine[trainSize=40,testSize=20]+mlp[hidden=[2]]';
  const made = await benchHere(
    [
      ...['run', '--problem', problem, '--optimizer', 'sgd[learningRate=0.1,0.2]', '--epochs', '2'],
      ...['--batch-size', '20', '--seeds', '2', '--threads', '1', '--out', 'made', '--quiet'],
    ],
    directory.path,
  );
  expect(made.code).toBe(0);
  whole = readFileSync(file(), 'utf8');
}, 120_000);

const DAMAGE: readonly (readonly [string, (text: string) => string | Buffer])[] = [
  ['empty', () => ''],
  ['cut off', (text) => text.slice(0, text.length / 2)],
  ['{}', () => '{}'],
  ['[]', () => '[]'],
  ['null', () => 'null'],
  ['the JSON of something else', () => '{"name":"x","version":"1.0.0"}'],
  ['zeros', () => Buffer.alloc(1000)],
  ['binary', () => Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x80])],
  ['nested deeply', () => `{"runs":${'['.repeat(60_000)}${']'.repeat(60_000)}}`],
];

describe('a report that is damaged', () => {
  it.each(DAMAGE)('%s: is rebuilt from stored runs', async (_, damage) => {
    writeFileSync(file(), damage(whole));
    const { code, stdout, stderr } = await benchHere(
      ['report', 'made', '--json', '--out', 'again'],
      directory.path,
    );
    expect([code, stderr.includes('internal')]).toEqual([0, false]);
    expect(stderr).toMatch(/\b4 runs\b/);
    const byId = ({ runs }: Report) => [...runs].sort((a, b) => (a.id < b.id ? -1 : 1));
    expect(byId(JSON.parse(stdout) as Report)).toEqual(byId(JSON.parse(whole) as Report));
  });

  it.each(DAMAGE)('%s: is rejected without stored runs', async (_, damage) => {
    const alone = path.join(directory.path, 'alone');
    mkdirSync(alone, { recursive: true });
    writeFileSync(path.join(alone, 'report.json'), damage(whole));
    for (const place of ['alone', 'alone/report.json']) {
      const { code, stdout, stderr } = await benchHere(['report', place, '--out', 'new'], directory.path);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^error: [\s\S]*alone[\s\S]*to fix: .*report\.json/);
    }
    expect([existsSync(path.join(directory.path, 'new')), readdirSync(alone)]).toEqual([
      false,
      ['report.json'],
    ]);
  });

  it.each([['nothing'], ['empty'], ['made/index.html'], ['/dev/null'], ['made/report.json/x']])(
    'is rejected if it is missing: %s',
    async (place) => {
      mkdirSync(path.join(directory.path, 'empty'), { recursive: true });
      const { code, stderr } = await benchHere(['report', place, '--out', 'new'], directory.path);
      if (place === 'made/index.html') expect(code).toBe(0);
      else expect([code, stderr.startsWith('error: ')]).toEqual([2, true]);
      rmSync(path.join(directory.path, 'new'), { recursive: true, force: true });
    },
  );

  it('is read line by line if it is too long for a string', async () => {
    const report = JSON.parse(whole) as Report;
    const long = path.join(directory.path, 'long.json');
    writeFileSync(long, [...renderJson(report)].join(''));
    expect(await readReport(long, directory.path, 0)).toEqual(report);
    writeFileSync(long, [...renderJson(report)].join('').replaceAll('\n', '\r\n'));
    expect(await readReport(long, directory.path, 0)).toEqual(report);
    writeFileSync(long, JSON.stringify(report));
    await expect(readReport(long, directory.path, 0)).rejects.toThrow(/too long/);
    writeFileSync(long, whole.slice(0, whole.length / 2));
    await expect(readReport(long, directory.path, 0)).rejects.toThrow(/JSON/);
  });
});

describe('a report without runs', () => {
  const put = (name: string, change: Partial<Report>): string => {
    const place = path.join(directory.path, name);
    mkdirSync(place, { recursive: true });
    writeFileSync(
      path.join(place, 'report.json'),
      [...renderJson({ ...(JSON.parse(whole) as Report), ...change })].join(''),
    );
    return name;
  };
  const skipped = [{ problem: 'sine10', optimizer: 'sgn', reason: 'no such data' }];

  it.each<[what: string, change: Partial<Report>]>([
    ['none of a problem', { runs: [] }],
    ['and without problems', { runs: [], problems: [] }],
    ['with skipped pairs alone', { runs: [], problems: [], skipped }],
  ])('renders in every format: %s', async (_, change) => {
    const place = put('without', change);
    const args = ['report', place, '--out', 'rendered', '--svg', 'rendered/svg', '--csv', 'rendered/c.csv'];
    const { code, stdout } = await benchHere(args, directory.path);
    const read = (name: string) => readFileSync(path.join(directory.path, 'rendered', name), 'utf8');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^figures: none/m);
    expect(existsSync(path.join(directory.path, 'rendered/svg'))).toBe(false);
    expect(JSON.parse(read('report.json'))).toEqual({ ...(JSON.parse(whole) as Report), ...change });
    expect(read('c.csv').trimEnd().split('\n')).toHaveLength(1);
    const markdown = read('leaderboard.md');
    expect(markdown.match(/^\*\*Nothing was run\.\*\*$/gm)).toHaveLength(1);
    expect(markdown.match(/^## .*$/gm)).toEqual([
      ...(change.skipped === undefined ? [] : ['## Skipped']),
      '## Environment',
    ]);
    expect(markdown).not.toMatch(/\n{3}|NaN|undefined/);
  });

  it('adds nothing to a report with runs', async () => {
    const empty = put('without', { runs: [], problems: [] });
    for (const places of [
      [empty, 'made'],
      ['made', empty],
    ]) {
      const { code } = await benchHere(['report', ...places, '--out', 'together'], directory.path);
      const { runs, problems } = JSON.parse(
        readFileSync(path.join(directory.path, 'together', 'report.json'), 'utf8'),
      ) as Report;
      const { runs: all, problems: described } = JSON.parse(whole) as Report;
      expect([code, runs, problems]).toEqual([0, all, described]);
    }
  });

  it('is invalid with runs but no problems', async () => {
    const place = put('homeless', { problems: [] });
    const { code, stderr } = await benchHere(['report', place, '--out', 'refused'], directory.path);
    expect([code, existsSync(path.join(directory.path, 'refused'))]).toEqual([2, false]);
    expect(stderr).toContain('/runs/0/problem');
  });
});
