// Histories through the command line: added, shown, reported, acknowledged; and damaged files.

import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { HistoryReport } from '@gaussmark/analysis';
import { beforeAll, describe, expect, it } from 'vitest';
import { benchHere } from '../../cli/test/bench.js';
import { ENVIRONMENT, temporaryDirectory } from '../../harness/test/fixtures.js';
import { historyReport } from '../src/history.js';
import { addNights, historyFileOf, nightOf, readHistoryFile } from '../src/history-file.js';
import { type Measure, measureId, type Snapshot, validateSnapshot } from '../src/snapshot.js';

const directory = temporaryDirectory();
const file = (...names: string[]) => path.join(directory.path, ...names);
const NIGHTS = 24;
const commitOf = (night: number) => `${(0xabc0000 + night).toString(16)}`.padEnd(40, '0');

/** The operators grow on night 16, the time on night 12 by 20 %; the tenth night has one slow sample. */
function snapshotOf(night: number, machineClass = 'a-machine', created = night): Snapshot {
  const measure = (
    quantity: string,
    rest: Omit<Measure, 'id' | 'problem' | 'optimizer' | 'quantity'>,
  ): Measure => {
    const names = { problem: 'boston', optimizer: 'sgn', quantity };
    return { id: measureId(names), ...names, ...rest };
  };
  const seconds = (night < 12 ? 0.01 : 0.012) * (1 + 0.01 * Math.sin(7 * night * night));
  const samples = [0.99, 1, 1.01, 1, 1.02].map((factor) => factor * seconds);
  if (night === 9) samples[0] = 1;
  return validateSnapshot(
    {
      format: 'gaussmark-snapshot',
      schemaVersion: 1,
      created: new Date(Date.UTC(2026, 0, 1 + created, 3)).toISOString(),
      tool: '0.1.0',
      revision: {
        commit: commitOf(night),
        subject: `Night ${night}`,
        date: new Date(Date.UTC(2026, 0, 1 + night)).toISOString(),
        dirty: false,
      },
      machine: {
        class: machineClass,
        environment: {
          ...ENVIRONMENT,
          engines: { onnxruntime: '1.30.0' },
          gitCommit: commitOf(night),
          gitDirty: false,
        },
      },
      suite: { profile: 'tracking', cells: [], skipped: [] },
      measures: [
        measure('operators', { tier: 'hard', unit: '', better: 'lower', value: night < 16 ? 160 : 162 }),
        measure('loss after 10 steps', {
          tier: 'hard',
          unit: '',
          better: 'lower',
          value: 0.5 + 1e-7 * (night % 3),
          tolerance: { relative: 1e-6, absolute: 0 },
        }),
        measure('step', { tier: 'timed', unit: 's', better: 'lower', value: samples[1]!, samples }),
      ],
    },
    'made up',
  );
}

/** Writes snapshots; returns their files. */
function written(nights: readonly number[], machineClass?: string): string[] {
  return nights.map((night) => {
    const name = file(`${machineClass ?? 'night'}-${night}.json`);
    writeFileSync(name, JSON.stringify(snapshotOf(night, machineClass)));
    return name;
  });
}

const all = Array.from({ length: NIGHTS }, (_, night) => night);
const history = (name: string) => ['--history', file(name)];
const json = (text: string) => JSON.parse(text) as HistoryReport;

describe('bench history', () => {
  let machineFile: string;

  beforeAll(async () => {
    const added = await benchHere(
      ['history', 'add', ...written(all), ...history('h'), '--json'],
      directory.path,
    );
    expect(added.code).toBe(0);
    machineFile = historyFileOf(file('h'), 'a-machine');
    expect(JSON.parse(added.stdout)).toEqual([
      { machine: 'a-machine', file: machineFile, added: NIGHTS, known: 0 },
    ]);
  });

  it('keeps a line per snapshot, with medians and intervals instead of samples', () => {
    const lines = readFileSync(machineFile, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(NIGHTS);
    const [first] = lines.map((line) => JSON.parse(line) as { measures: Record<string, unknown>[] });
    const step = first!.measures.find(({ quantity }) => quantity === 'step')!;
    expect(step).toMatchObject({ value: 0.01, count: 5 });
    expect(step.samples).toBeUndefined();
    expect(step.low as number).toBeLessThan(0.01);
    expect(step.high as number).toBeGreaterThan(0.01);
    // The median does not see the slow sample of the tenth night.
    expect(readHistoryFile(machineFile).nights[9]!.measures.at(-1)!.value).toBeLessThan(0.0105);
  });

  it('does not add a night twice', async () => {
    const before = readFileSync(machineFile, 'utf8');
    const again = await benchHere(['history', 'add', ...written([3, 5]), ...history('h')], directory.path);
    expect(again).toMatchObject({ code: 0 });
    expect(readFileSync(machineFile, 'utf8')).toBe(before);
  });

  it('shows what changed, since which commit and by how much', async () => {
    const { stdout, code } = await benchHere(['history', ...history('h')], directory.path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/24 nights .*2026-01-01.*2026-01-24.*3 measures/);
    expect(stdout).toMatch(/boston\/sgn\/operators.*162 .*\+1\.2 % .*abc0010000 2026-01-17 .*worse/);
    expect(stdout).toMatch(/boston\/sgn\/step.*12\.\d ms .*\+(19|20)\.\d % .*abc000c000 2026-01-13/);
    expect(stdout).not.toContain('loss after 10 steps');
    const everything = await benchHere(['history', 'show', ...history('h'), '--all'], directory.path);
    expect(everything.stdout).toContain('loss after 10 steps');
  });

  it('prints JSON, and fails on a regression only on request', async () => {
    const plain = await benchHere(['history', 'show', '--history', machineFile, '--json'], directory.path);
    expect(plain.code).toBe(0);
    const [machine] = json(plain.stdout).machines;
    const changes = Object.fromEntries(
      machine!.measures.map(({ quantity, changes: all }) => [quantity, all]),
    );
    expect(changes.operators).toEqual([
      { kind: 'step', start: 16, end: 16, before: 160, after: 162, ratio: 162 / 160, verdict: 'regression' },
    ]);
    expect(changes['loss after 10 steps']).toEqual([]);
    expect(changes.step).toHaveLength(1);
    expect(changes.step![0]).toMatchObject({ kind: 'step', start: 12, verdict: 'regression' });
    expect(Math.abs(changes.step![0]!.ratio! - 1.2)).toBeLessThan(0.02);
    const failing = await benchHere(
      ['history', 'show', '--history', machineFile, '--fail-on-regression'],
      directory.path,
    );
    expect(failing.code).toBe(1);
    expect(failing.stderr).toMatch(/\b2\b/);
  });

  it('reports a page, JSON and Markdown', async () => {
    const args = ['--out', file('site'), '--repository', 'https://example.org/o/r/', '--title', 'Ours'];
    const { code, stdout } = await benchHere(['history', 'report', ...history('h'), ...args], directory.path);
    expect(code).toBe(0);
    expect(stdout).toBe(`history: ${path.join('site', 'index.html')}\n`);
    expect(readdirSync(file('site')).sort()).toEqual(['history.json', 'history.md', 'index.html']);
    const markdown = readFileSync(file('site', 'history.md'), 'utf8');
    expect(markdown).toMatch(/^# Ours\n/);
    expect(markdown).toContain(`https://example.org/o/r/commit/${commitOf(16)}`);
  });

  it('acknowledges changes: one measure, then all of a commit', async () => {
    await benchHere(['history', 'add', ...written(all), ...history('ack')], directory.path);
    const acknowledge = (...args: string[]) =>
      benchHere(['history', 'acknowledge', ...args, ...history('ack')], directory.path);
    const judge = () =>
      benchHere(['history', 'show', ...history('ack'), '--fail-on-regression'], directory.path);
    const wrong = await acknowledge(
      commitOf(16).slice(0, 8),
      '--measure',
      'boston/sgn/operator',
      '--reason',
      'x',
    );
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain("'boston/sgn/operators'");
    const one = await acknowledge(
      commitOf(16).slice(0, 8),
      '--measure',
      'boston/sgn/operators',
      '--reason',
      'two casts more, on purpose',
    );
    expect(one.code).toBe(0);
    expect(await judge()).toMatchObject({ code: 1, stderr: expect.stringMatching(/\b1\b/) });
    // A night beside the one found in noise: it may move when nights are added.
    await acknowledge(commitOf(13), '--reason', 'a slower processor');
    const done = await judge();
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(/worse,\s+acknowledged/);
    const unknown = await acknowledge('fffffff', '--reason', 'x');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('fffffff') });
  });

  it('prints the last measured commit, and nothing without one', async () => {
    const last = await benchHere(['history', 'last', ...history('h')], directory.path);
    expect(last).toMatchObject({ code: 0, stdout: `${commitOf(NIGHTS - 1)}\n` });
    expect(await benchHere(['history', 'last', ...history('nowhere')], directory.path)).toEqual({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('nowhere'),
    });
    // The first night ever, truncated.
    mkdirSync(file('begun'));
    writeFileSync(file('begun', 'a-machine.jsonl'), '{"format":"gaussmark-history","sch');
    expect(await benchHere(['history', 'last', ...history('begun')], directory.path)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringMatching(/a-machine\.jsonl: .*line 1\b/),
    });
  });

  it('prints the latest commit, not an older one measured later', async () => {
    const fill = (night: number, created: number) => nightOf(snapshotOf(night, 'a-machine', created));
    addNights(file('gap'), 'a-machine', [fill(0, 0), fill(5, 5), fill(2, 9)]);
    const last = await benchHere(['history', 'last', ...history('gap')], directory.path);
    expect(last.stdout).toBe(`${commitOf(5)}\n`);
  });

  it.each([
    [['history', 'h']],
    [['history', 'show', 'h']],
    [['history', 'last', 'h']],
    [['history', 'report', 'h', '--out', 'site']],
  ])('suggests --history: %j', async (args) => {
    const { code, stderr } = await benchHere(args, directory.path);
    expect(code).toBe(2);
    expect(stderr).toContain('--history h');
  });

  it('adds only to a directory: the machine class determines the file', async () => {
    const args = ['history', 'add', ...written([30]), '--history', machineFile];
    const { code, stderr } = await benchHere(args, directory.path);
    expect(code).toBe(2);
    expect(stderr).toContain(`--history ${file('h')}`);
  });

  it('refuses wrong places and files, and changes nothing', async () => {
    const nowhere = await benchHere(['history', ...history('nowhere')], directory.path);
    expect(nowhere).toMatchObject({ code: 2 });
    expect(nowhere.stderr).toContain(file('nowhere'));
    writeFileSync(file('other.jsonl'), '{"a":1}\n{"a":2}\n');
    const other = await benchHere(['history', ...history('other.jsonl')], directory.path);
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('other.jsonl') });
    const [good] = written([1]);
    const mixed = await benchHere(
      ['history', 'add', good!, file('other.jsonl'), ...history('none')],
      directory.path,
    );
    expect(mixed.code).toBe(2);
    expect(existsSync(file('none'))).toBe(false);
    const bad = await benchHere(
      ['history', 'report', ...history('h'), '--out', file('x'), '--repository', 'javascript:alert(1)'],
      directory.path,
    );
    expect(bad.code).toBe(2);
  });
});

describe('history files', () => {
  const fill = (name: string, nights: readonly number[], machineClass = 'a-machine') =>
    addNights(
      file(name),
      machineClass,
      nights.map((night) => nightOf(snapshotOf(night, machineClass))),
    ).file;

  it('loses nothing to a truncated line, and reports it', async () => {
    const torn = fill('torn', [0, 1, 2]);
    const whole = readFileSync(torn, 'utf8');
    writeFileSync(torn, whole.slice(0, -40));
    expect(readHistoryFile(torn)).toMatchObject({ damage: [{ line: 3, kind: 'unfinished' }] });
    expect(readHistoryFile(torn).nights.map(({ created }) => created.slice(0, 10))).toEqual([
      '2026-01-01',
      '2026-01-02',
    ]);
    // The lost night is added again, after the fragment.
    fill('torn', [2, 3]);
    const after = readHistoryFile(torn);
    expect(after.nights).toHaveLength(4);
    expect(after.damage).toEqual([{ line: 3, kind: 'unreadable' }]);
    const { stderr, code } = await benchHere(['history', '--history', torn], directory.path);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^torn.*\bline 3\b/);
  });

  /** Thirty nights of noise of 0.3 %, without a change. */
  const quiet = Array.from({ length: 30 }, (_, night) => {
    const snapshot = snapshotOf(0, 'a-machine', night);
    const measures = snapshot.measures.map((measure) =>
      measure.quantity === 'step'
        ? { ...measure, samples: [0.01 * (1 + 0.003 * Math.sin(31 * night ** 2))] }
        : measure,
    );
    return nightOf({ ...snapshot, revision: snapshotOf(night).revision, measures });
  });

  it('counts repeated nights once', async () => {
    const { file: once } = addNights(file('once'), 'a-machine', quiet);
    const lines = readFileSync(once, 'utf8');
    mkdirSync(file('twice'));
    const twice = path.join(file('twice'), path.basename(once));
    writeFileSync(twice, lines + lines);
    // A merge of branches may leave a copy under another name, too.
    writeFileSync(path.join(file('twice'), 'copy.jsonl'), lines);

    const document = (place: string) => benchHere(['history', '--history', place, '--json'], directory.path);
    const [plain, doubled] = [await document(file('once')), await document(file('twice'))];
    expect(json(doubled.stdout).machines).toEqual(json(plain.stdout).machines);
    expect(json(doubled.stdout).machines[0]!.nights).toHaveLength(30);
    expect(doubled.stderr).toMatch(/\b30 lines .*\bline 31\b/);
    expect(readHistoryFile(twice).repeats).toEqual(Array.from({ length: 30 }, (_, i) => 31 + i));

    // Out of order, and in two files: the same history.
    const shuffled = lines.trimEnd().split('\n').toReversed();
    mkdirSync(file('parts'));
    writeFileSync(file('parts', 'one.jsonl'), `${shuffled.slice(0, 20).join('\n')}\n`);
    writeFileSync(file('parts', 'two.jsonl'), `${shuffled.slice(10).join('\n')}\n`);
    expect(json((await document(file('parts'))).stdout).machines).toEqual(json(plain.stdout).machines);
  });

  it('skips altered and invalid lines, and names each', async () => {
    const name = fill('altered', [0, 1, 2, 3, 4]);
    const lines = readFileSync(name, 'utf8').trimEnd().split('\n');
    lines[1] = lines[1]!.replace('"value":160', '"value":106');
    lines[2] = lines[2]!.replace('"crc32"', '"other"').replace('"commit":"', '"commit":"no ');
    lines[3] = lines[3]!.slice(0, 100);
    writeFileSync(name, `${lines.join('\n')}\n`);
    const { nights, damage } = readHistoryFile(name);
    expect(nights.map(({ revision }) => revision.subject)).toEqual(['Night 0', 'Night 4']);
    expect(damage).toEqual([
      { line: 2, kind: 'altered' },
      { line: 3, kind: 'unreadable' },
      { line: 4, kind: 'unreadable' },
    ]);
    const { code, stderr } = await benchHere(['history', ...history('altered')], directory.path);
    expect(code).toBe(0);
    for (const line of [2, 3, 4]) expect(stderr).toMatch(new RegExp(`a-machine\\.jsonl: .*line ${line}\\b`));
  });

  it('reads old lines without checksums', () => {
    const name = fill('unchecked', [0, 1]);
    writeFileSync(name, readFileSync(name, 'utf8').replaceAll(/,"crc32":"[0-9a-f]{8}"/g, ''));
    expect(readHistoryFile(name)).toMatchObject({ damage: [], nights: { length: 2 } });
  });

  it('refuses a history of a newer version', () => {
    const newer = fill('newer', [0]);
    appendFileSync(newer, readFileSync(newer, 'utf8').replace('"schemaVersion":1', '"schemaVersion":2'));
    expect(() => readHistoryFile(newer)).toThrow(expect.objectContaining({ got: '2' }));
  });

  it('orders nights by their commits, whenever they were measured', () => {
    const late = snapshotOf(1, 'a-machine', 40);
    const name = fill('order', [0, 2, 3]);
    addNights(file('order'), 'a-machine', [nightOf(late)]);
    const report = historyReport([readHistoryFile(name)], { created: new Date() });
    expect(report.machines[0]!.nights.map(({ subject }) => subject)).toEqual([
      'Night 0',
      'Night 1',
      'Night 2',
      'Night 3',
    ]);
  });

  it('keeps machines apart, in files and in the document, the last measured first', () => {
    const names = [fill('apart', [0, 1]), fill('apart', [2], 'b-machine')];
    expect(names.map((name) => path.basename(name))).toEqual(['a-machine.jsonl', 'b-machine.jsonl']);
    const { machines } = historyReport(names.map(readHistoryFile), { created: new Date() });
    expect(machines.map(({ machine, nights }) => [machine, nights.length])).toEqual([
      ['b-machine', 1],
      ['a-machine', 2],
    ]);
    expect(path.basename(historyFileOf('.', 'x'.repeat(300))).length).toBeLessThan(130);
    expect(historyFileOf('.', `${'x'.repeat(300)}1`)).not.toBe(historyFileOf('.', `${'x'.repeat(300)}2`));
  });
});
