// The store: what survives a kill or a full disk, which record counts, and which runs are repeated.

import fs from 'node:fs';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ReportEnvironment, ReportProblem } from '@gaussmark/analysis';
import { type FileSystem, StorageError } from '@gaussmark/core';
import { describe, expect, it } from 'vitest';
import { reportOfStore } from '../src/document/store-report.js';
import type { CellOutcome } from '../src/run/cell-outcome.js';
import { differingParts, identityOf, PARTS } from '../src/store/identity.js';
import { mergeStores } from '../src/store/merge.js';
import { decodeRecord, encodeRecord, RECORD_SCHEMA, type RunRecord } from '../src/store/record.js';
import { RecordWriter } from '../src/store/record-writer.js';
import { decide, explain } from '../src/store/resume.js';
import { savedIn } from '../src/store/saved-models.js';
import { readRecord, Store, setStoreAside } from '../src/store/store.js';
import { cellOf, resultOf, temporaryDirectory } from './fixtures.js';

const directory = temporaryDirectory();
let folders = 0;
const fresh = () => path.join(directory.path, `report-${++folders}`);

type Status = CellOutcome['result']['status'];

const settings = (change: Partial<Record<(typeof PARTS)[number], string>> = {}) =>
  identityOf({
    ...(Object.fromEntries(PARTS.map((part) => [part, part])) as Record<(typeof PARTS)[number], string>),
    ...change,
  });

/** A record of `seed`; `at` is when it ended, in seconds. */
function recordOf(
  seed: number,
  status: Status = 'done',
  at = seed,
  change: Parameters<typeof settings>[0] = {},
) {
  const { key, parts } = settings({ seed: String(seed), ...change });
  const cell = cellOf('sine10', 'sgd', seed);
  const finished = new Date(1000 * at).toISOString();
  const problem = { name: 'sine10', dataset: { source: 'generated' } } as ReportProblem;
  const environment = { cpu: 'a', threads: 1, engines: {}, comparableTimings: true } as ReportEnvironment;
  const result = { ...resultOf(seed), status };
  const header = { schema: RECORD_SCHEMA, key, parts, id: cell.id, status, finished, seconds: 1 } as const;
  return { header, body: { tool: '1', cell, problem, environment, result, conditions: undefined } };
}

function storeWith(folder: string, records: readonly RunRecord[]): Store {
  const store = Store.open(folder);
  for (const record of records) store.append(record);
  store.close();
  return Store.open(folder);
}

const statuses = (store: Store) => [...store.entries()].map(({ header }) => header.status);
const onlyFile = async (folder: string) => {
  const names = await readdir(path.join(folder, 'store'));
  expect(names).toHaveLength(1);
  return path.join(folder, 'store', names[0]!);
};

describe('a record', () => {
  it('round-trips through its line, whatever its texts', () => {
    const tricky = recordOf(1);
    const record = {
      ...tricky,
      header: { ...tricky.header, id: 'a","body":{"b\n' },
      body: { ...tricky.body, tool: '"body":' },
    };
    const line = encodeRecord(record);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(decodeRecord(line.subarray(0, -1))).toEqual(JSON.parse(JSON.stringify(record)));
  });

  it('has the inner loop that older versions stored as `cg`', () => {
    const record = recordOf(1);
    const stored = { ...record.body.result, cg: { iterations: 3, iterationsTotal: 30 } };
    const line = encodeRecord({ ...record, body: { ...record.body, result: stored } });
    const { result } = decodeRecord(line.subarray(0, -1)).body;
    expect(result).not.toHaveProperty('cg');
    expect(result.innerLoop).toMatchObject({ name: 'cg', iterations: 3, iterationsTotal: 30 });
  });

  it('has a key over everything its result depends on, and names differences', () => {
    const base = settings();
    for (const part of PARTS) {
      const other = settings({ [part]: 'another' });
      expect(other.key).not.toBe(base.key);
      expect(differingParts(base.parts, other.parts)).toEqual([part]);
    }
    expect(settings().key).toBe(base.key);
  });
});

describe('a store', () => {
  it('returns what was stored, and creates nothing before that', async () => {
    const folder = fresh();
    expect(Store.open(folder).count).toBe(0);
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
    const store = storeWith(folder, [recordOf(1), recordOf(2, 'diverged')]);
    expect(statuses(store)).toEqual(['done', 'diverged']);
    expect(readRecord(store.get(recordOf(2).header.key)!).body.result.curve).toEqual(resultOf(2).curve);
  });

  it('loses at most the record being written, wherever it is truncated', async () => {
    const folder = fresh();
    storeWith(folder, [recordOf(1), recordOf(2)]);
    const file = await onlyFile(folder);
    const whole = await readFile(file);
    const first = whole.indexOf('\n') + 1;
    for (const length of [first + 1, first + 40, Math.floor((first + whole.length) / 2), whole.length - 2]) {
      await writeFile(file, whole.subarray(0, length));
      const store = Store.open(folder);
      expect(statuses(store)).toEqual(['done']);
      expect(store.damage).toEqual([{ file, offset: first, kind: 'unfinished' }]);
      expect(explain([], store)).toEqual([`ignored an unfinished record in ${file}, at byte ${first}`]);
      // Another process goes on in a file of its own, and the torn line stays alone.
      const next = Store.open(folder);
      next.append(recordOf(3));
      next.close();
      expect(Store.open(folder).count).toBe(2);
      for (const name of await readdir(path.dirname(file))) {
        const each = path.join(path.dirname(file), name);
        if (each !== file) fs.rmSync(each);
      }
    }
  });

  it('keeps a record that lost its line feed or gained a carriage return', async () => {
    const folder = fresh();
    storeWith(folder, [recordOf(1), recordOf(2)]);
    const file = await onlyFile(folder);
    const whole = await readFile(file, 'utf8');
    await writeFile(file, whole.replaceAll('\n', '\r\n').slice(0, -2));
    const store = Store.open(folder);
    expect([statuses(store), store.damage]).toEqual([['done', 'done'], []]);
    expect(readRecord(store.get(recordOf(2).header.key)!).body.result.curve).toEqual(resultOf(2).curve);
  });

  it('skips a record with one flipped bit, and reports its position', async () => {
    const folder = fresh();
    storeWith(folder, [recordOf(1), recordOf(2), recordOf(3)]);
    const file = await onlyFile(folder);
    const whole = await readFile(file);
    const second = whole.indexOf('\n') + 1;
    const digit = whole.indexOf('"trainLoss":', second + whole.subarray(second).indexOf('"curve"')) + 12;
    expect(String.fromCharCode(whole[digit]!)).toMatch(/\d/);
    whole[digit]! ^= 1;
    await writeFile(file, whole);
    const store = Store.open(folder);
    expect(store.damage).toEqual([{ file, offset: second, kind: 'unreadable' }]);
    expect(explain([], store)).toEqual([`ignored an unreadable record in ${file}, at byte ${second}`]);
    const cells = [1, 2, 3].map((seed) => cellOf('sine10', 'sgd', seed));
    const identities = [1, 2, 3].map((seed) => settings({ seed: String(seed) }));
    expect(decide(cells, identities, store).map(({ kind }) => kind)).toEqual(['stored', 'new', 'stored']);
  });

  it('reports once per file how many records it skipped', async () => {
    const folder = fresh();
    storeWith(folder, [recordOf(1)]);
    const foreign = path.join(folder, 'store', 'foreign.jsonl');
    await writeFile(foreign, '{"a":1}\n'.repeat(1000));
    const store = Store.open(folder);
    expect([store.count, store.damage.length]).toEqual([1, 1000]);
    expect(explain([], store)).toEqual([
      `ignored 1000 unreadable records in ${foreign}, the first at byte 0`,
    ]);
  });

  it('skips records of other versions, and reads the rest', async () => {
    const folder = fresh();
    storeWith(folder, [recordOf(1)]);
    const file = await onlyFile(folder);
    const later = encodeRecord(recordOf(2)).toString().replace('"schema":1', '"schema":2');
    await appendFile(file, `${later}not json\n${'\0'.repeat(100)}\n${encodeRecord(recordOf(3))}`);
    const store = Store.open(folder);
    expect([...store.entries()].map(({ header }) => header.id)).toEqual(
      [1, 3].map((i) => recordOf(i).header.id),
    );
    expect(store.damage.map(({ kind }) => kind)).toEqual(['unreadable', 'unreadable', 'unreadable']);
  });

  it('accepts two concurrent processes', () => {
    const folder = fresh();
    const [a, b] = [Store.open(folder), Store.open(folder)];
    for (let seed = 1; seed <= 20; seed++) (seed % 2 === 0 ? a : b).append(recordOf(seed));
    a.append(recordOf(1, 'done', 99));
    a.close();
    b.close();
    const store = Store.open(folder);
    expect([store.count, store.damage, [...store.entries()].length]).toEqual([21, [], 20]);
    expect(store.get(recordOf(1).header.key)!.header.finished).toBe(recordOf(1, 'done', 99).header.finished);
  });

  it.each<[string, (readonly [Status, number])[], Status]>([
    [
      'the later of two that failed',
      [
        ['failed', 1],
        ['timeout', 2],
      ],
      'timeout',
    ],
    [
      'a success before a failure that ended later',
      [
        ['done', 1],
        ['timeout', 2],
      ],
      'done',
    ],
    [
      'a success after a failure',
      [
        ['out-of-memory', 1],
        ['done', 2],
      ],
      'done',
    ],
    [
      'nothing that was cancelled',
      [
        ['failed', 1],
        ['cancelled', 2],
      ],
      'failed',
    ],
  ])('counts %s', (_, ends, expected) => {
    const store = storeWith(
      fresh(),
      ends.map(([status, at]) => recordOf(1, status, at)),
    );
    expect(statuses(store)).toEqual([expected]);
  });

  it('is set aside unchanged', async () => {
    const folder = fresh();
    storeWith(folder, [recordOf(1)]);
    const aside = setStoreAside(folder)!;
    expect(Store.open(folder).count).toBe(0);
    expect((await readdir(aside)).length).toBe(1);
    expect(setStoreAside(folder)).toBeUndefined();
  });
});

/** A file system that is full after so many bytes: it takes what still fits, as a real one does. */
function fullAfter(bytes: number, canTruncate = true): FileSystem {
  let room = bytes;
  const fail = (code: string) =>
    Object.assign(new Error(`${code}: no space left on device, write`), { code });
  return {
    ...fs,
    writeSync: ((descriptor: number, buffer: Buffer, offset: number) => {
      const length = Math.min(buffer.length - offset, room);
      if (length === 0) throw fail('ENOSPC');
      room -= length;
      return fs.writeSync(descriptor, buffer, offset, length);
    }) as typeof fs.writeSync,
    ftruncateSync: (descriptor, length) => {
      if (!canTruncate) throw fail('EIO');
      fs.ftruncateSync(descriptor, length);
    },
  };
}

describe('a full disk', () => {
  it('is an error of its own, and stored records stay intact', async () => {
    const folder = fresh();
    const store = Store.open(folder, fullAfter(encodeRecord(recordOf(1)).length + 100));
    store.append(recordOf(1));
    expect(() => store.append(recordOf(2))).toThrow(StorageError);
    expect(() => store.append(recordOf(2))).toThrow(
      expect.objectContaining({ isDiskFull: true, lost: expect.stringContaining('sine10/sgd/seed2') }),
    );
    store.close();
    const after = Store.open(folder);
    expect([after.count, after.damage]).toEqual([1, []]);
    expect((await readFile(await onlyFile(folder))).equals(encodeRecord(recordOf(1)))).toBe(true);
  });

  it('that prevents removing a fragment leaves a truncated line; the next record goes to another file', async () => {
    const folder = fresh();
    const line = encodeRecord(recordOf(1)).length;
    const writer = new RecordWriter(path.join(folder, 'store'), fullAfter(line + 100, false));
    writer.append(recordOf(1));
    expect(() => writer.append(recordOf(2))).toThrow(StorageError);
    writer.close();
    storeWith(folder, [recordOf(3)]);
    const store = Store.open(folder);
    expect([store.count, store.damage.map(({ kind }) => kind)]).toEqual([2, ['unfinished']]);
  });

  it('leaves no trace of a store without records', async () => {
    const folder = fresh();
    const store = Store.open(folder, fullAfter(10));
    expect(() => store.append(recordOf(1))).toThrow(StorageError);
    store.close();
    expect(fs.existsSync(folder)).toBe(false);
  });

  it('differs from a directory that is not writable', async () => {
    const folder = fresh();
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'store'), 'a file');
    const store = Store.empty(folder);
    expect(() => store.append(recordOf(1))).toThrow(
      expect.objectContaining({ isDiskFull: false, cause: expect.objectContaining({ code: 'EEXIST' }) }),
    );
  });
});

describe('a store removed while in use', () => {
  it('is rewritten, and reports it', async () => {
    const folder = fresh();
    const store = Store.open(folder);
    store.append(recordOf(1));
    expect(store.wasRemoved).toBe(false);
    fs.rmSync(folder, { recursive: true });
    store.append(recordOf(2));
    expect(store.wasRemoved).toBe(true);
    expect(Store.open(folder).count).toBe(2);
    fs.renameSync(folder, `${folder}-aside`);
    store.verify();
    store.append(recordOf(3));
    store.close();
    const again = Store.open(folder);
    expect([again.count, again.damage]).toEqual([3, []]);
  });

  it('is noticed if only records of earlier commands are gone', async () => {
    const folder = fresh();
    storeWith(folder, [recordOf(1)]);
    const earlier = await onlyFile(folder);
    const store = Store.open(folder);
    store.append(recordOf(2));
    fs.rmSync(earlier);
    store.verify();
    expect(store.wasRemoved).toBe(true);
    store.close();
  });

  it('is an error if it cannot be rewritten', () => {
    const folder = fresh();
    const store = Store.open(folder);
    store.append(recordOf(1));
    fs.rmSync(folder, { recursive: true });
    fs.writeFileSync(folder, 'a file');
    expect(() => store.verify()).toThrow(StorageError);
    store.close();
  });
});

describe('the runs of a plan to repeat', () => {
  const cells = [1, 2, 3, 4].map((seed) => cellOf('sine10', 'sgd', seed));
  const identities = [1, 2, 3, 4].map((seed) => settings({ seed: String(seed) }));

  it('are new ones, changed ones with what changed, and requested retries', () => {
    const records = [
      recordOf(1),
      recordOf(2, 'timeout'),
      recordOf(3, 'done', 3, { 'code of the optimizer': 'older', 'data files': 'others' }),
    ];
    const store = storeWith(fresh(), records);
    const [first, second, third, fourth] = decide(cells, identities, store);
    expect(first).toMatchObject({ kind: 'stored', entry: { header: { status: 'done' } } });
    expect(second).toMatchObject({ kind: 'stored', entry: { header: { status: 'timeout' } } });
    expect(third).toEqual({ kind: 'changed', parts: ['data files', 'code of the optimizer'] });
    expect(fourth).toEqual({ kind: 'new' });
    expect(explain([first!, second!, third!, fourth!], store)).toEqual([
      expect.stringMatching(/^2 of 4 runs .*--fresh/),
      expect.stringMatching(/^1 .*--retry timeout/),
      expect.stringMatching(/^1 run .*data files, code of the optimizer/),
    ]);
    const again = decide(cells, identities, store, ['timeout']);
    expect(again[1]).toEqual({ kind: 'retry', status: 'timeout' });
    expect(explain(again, store)).toContainEqual(expect.stringMatching(/^1 run .*timeout .*--retry/));

    // None has a saved model; one that was timed out never had any.
    const wanted = decide(cells, identities, store, [], savedIn(fresh()));
    expect(wanted.map(({ kind }) => kind)).toEqual(['unsaved', 'stored', 'changed', 'new']);
    expect(explain(wanted, store)).toContainEqual(
      expect.stringMatching(/^1 run .*save the trained parameters/),
    );
  });

  it('looks for the files of saved models', async () => {
    const saved = recordOf(1);
    const folder = fresh();
    const savedModel = { params: 'params/a.npz', onnx: 'params/a.onnx' };
    const body = { ...saved.body, result: { ...saved.body.result, savedModel } };
    const [entry] = storeWith(folder, [{ ...saved, body }]).entries();
    expect(savedIn(folder)(entry!)).toBe(false);
    await mkdir(path.join(folder, 'params'));
    await writeFile(path.join(folder, savedModel.params), '');
    expect(savedIn(folder)(entry!)).toBe(false);
    await writeFile(path.join(folder, savedModel.onnx), '');
    expect(savedIn(folder)(entry!)).toBe(true);
  });
});

describe('merged stores', () => {
  it('hold each run once, however often they are merged', () => {
    const [a, b] = [
      storeWith(fresh(), [recordOf(1), recordOf(2, 'failed')]),
      storeWith(fresh(), [recordOf(2), recordOf(3)]),
    ];
    const folder = fresh();
    const target = Store.open(folder);
    expect(mergeStores([a, b], target)).toEqual({ copied: 4, known: 0, variants: [] });
    target.close();
    expect(statuses(Store.open(folder)).sort()).toEqual(['done', 'done', 'done']);
    expect(mergeStores([a, b], Store.open(folder))).toEqual({ copied: 0, known: 4, variants: [] });
  });

  it('report differing settings or code, and show the later run', () => {
    const older = storeWith(fresh(), [recordOf(1, 'done', 1, { 'code of gaussmark': 'old' })]);
    const newer = storeWith(fresh(), [recordOf(1, 'done', 2)]);
    const target = Store.open(fresh());
    const { copied, variants } = mergeStores([older, newer], target);
    expect([copied, variants]).toEqual([2, [{ id: recordOf(1).header.id, parts: ['code of gaussmark'] }]]);
    const report = reportOfStore(target, { created: new Date(), command: [] });
    expect(report.runs.map(({ finished }) => finished)).toEqual([recordOf(1, 'done', 2).header.finished]);
  });
});
