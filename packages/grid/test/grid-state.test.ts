// The state of a grid, from made-up folders: manifest, status, collection, duplicates.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Store } from '@gaussmark/harness';
import { afterAll, describe, expect, it } from 'vitest';
import { cellOf } from '../../harness/test/fixtures.js';
import type { TaskState } from '../src/backend.js';
import { blocksOf } from '../src/blocks.js';
import { Collector } from '../src/collector.js';
import type { TaskId } from '../src/folder.js';
import { type GridBlock, readManifest } from '../src/manifest.js';
import { availableProcessors, tooFewProcessors } from '../src/processors.js';
import { ResultsReader } from '../src/results.js';
import { statusOf, tasksOf } from '../src/status.js';
import { readSubmission, writeSubmission } from '../src/submission.js';
import { differencesOf } from '../src/versions.js';
import { endTask, plannedCells, writeGrid, writeRecord } from './fixtures.js';

const root = mkdtempSync(path.join(tmpdir(), 'gaussmark-grid-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
const grid = (seeds = 2) => writeGrid(path.join(root, String(count++)), plannedCells(seeds));
const indicesOf = (blocks: readonly GridBlock[]) =>
  new Map(blocks.flatMap(({ cells }) => cells.map(({ identity, index }) => [identity.key, index] as const)));
const all = (blocks: readonly GridBlock[]) => tasksOf(blocks, () => true);

describe('blocks', () => {
  it('hold the contestants of one problem and seed, in the order of the plan', () => {
    const cells = [
      cellOf('a', 'sgd', 1),
      cellOf('b', 'sgd', 1),
      cellOf('a', 'sgn', 1),
      cellOf('a', 'sgd', 2),
      cellOf('b', 'sgn', 1),
    ];
    expect(blocksOf(cells)).toEqual([
      { index: 0, problem: 'a', seed: 1, cells: [0, 2] },
      { index: 1, problem: 'b', seed: 1, cells: [1, 4] },
      { index: 2, problem: 'a', seed: 2, cells: [3] },
    ]);
  });
});

describe('a manifest', () => {
  it('comes back as it was, and a worker reads only its block', () => {
    const { folder, blocks, manifest } = grid(3);
    expect(readManifest(folder)).toEqual({ manifest: { schema: 1, ...manifest }, blocks });
    expect(readManifest(folder, new Set([1])).blocks).toEqual([blocks[1]]);
  });
});

describe('status', () => {
  const statusFor = (
    { folder, blocks }: ReturnType<typeof grid>,
    states: (id: TaskId) => TaskState,
    stopReason?: string,
  ) =>
    statusOf({
      blocks,
      submissions: folder.submissions().map((number) => readSubmission(folder, number)),
      results: new ResultsReader(folder, indicesOf(blocks)),
      states: { of: states, notes: [] },
      stopReason,
    });
  const namesOf = (status: ReturnType<typeof statusFor>) => status.cells.map(({ state }) => state);

  it('follows each run through its tasks', () => {
    const made = grid(4);
    const { folder, blocks } = made;
    expect(namesOf(statusFor(made, () => 'gone'))).toEqual(new Array(8).fill('cancelled'));
    writeSubmission(folder, all(blocks), 'all');
    writeRecord(folder, { submission: 1, task: 0 }, blocks[0]!.cells[0]!, { status: 'failed' });
    writeRecord(folder, { submission: 1, task: 1 }, blocks[1]!.cells[0]!);
    endTask(folder, { submission: 1, task: 2 }, [], { status: 'refused', reason: 'other versions' });
    endTask(folder, { submission: 1, task: 3 }, blocks[3]!.cells);
    const states: TaskState[] = ['running', 'gone', 'gone', 'gone'];
    const status = statusFor(made, ({ task }) => states[task]!);
    expect(namesOf(status)).toEqual([
      'done',
      'running',
      'done',
      'lost',
      'refused',
      'refused',
      'done',
      'done',
    ]);
    expect(status.failures).toBe(1);
    expect(status.statuses).toEqual({ failed: 1, done: 3 });
    expect(status.notes).toEqual(['other versions']);
    expect(status.blocks).toEqual({ all: 4, running: 1, ended: 1 });
    // One run of sgn is left, of 2 s like those that ended, on one machine.
    expect(status.secondsLeft).toBe(2);

    // A repetition counts once it has ended; until then the first result of a failed run is not lost.
    const task = { block: 0, cells: [0, 1] };
    writeSubmission(folder, [task], 'failed');
    const again = (state: TaskState) =>
      statusFor(made, (id) => (id.submission === 2 ? state : states[id.task]!)).cells;
    expect(again('pending').slice(0, 2)).toEqual([
      { state: 'pending', submitted: 2 },
      { state: 'pending', submitted: 2 },
    ]);
    expect(again('gone')[0]).toEqual({ state: 'done', status: 'failed', submitted: 2 });
    writeRecord(folder, { submission: 2, task: 0 }, blocks[0]!.cells[0]!);
    expect(again('running')[0]).toEqual({ state: 'done', status: 'done', submitted: 2 });
    expect(namesOf(statusFor(made, () => 'gone', 'enough')).slice(3, 4)).toEqual(['cancelled']);
  });
});

describe('a collector', () => {
  it('copies each run once, and finds numbers that differ between two workers', () => {
    const { folder, blocks } = grid(2);
    writeSubmission(folder, all(blocks), 'all');
    writeSubmission(folder, all(blocks), 'lost');
    const [first, second] = blocks[0]!.cells;
    writeRecord(folder, { submission: 1, task: 0 }, first!);
    writeRecord(folder, { submission: 2, task: 0 }, first!, { finished: '2026-01-01T00:01:00.000Z' });
    writeRecord(folder, { submission: 1, task: 0 }, second!, { status: 'failed' });
    // A failed run that another worker repeats.
    writeRecord(folder, { submission: 2, task: 0 }, second!, { finished: '2026-01-01T00:01:00.000Z' });
    // Another plan's.
    const [stranger] = writeGrid(path.join(root, 'other'), [cellOf('sine10', 'adam', 1)]).blocks[0]!.cells;
    writeRecord(folder, { submission: 1, task: 1 }, stranger!);
    const target = Store.open(folder.report);
    const collector = new Collector(folder, indicesOf(blocks), target);
    const seen: number[] = [];
    const collect = () =>
      collector.collect(
        [1, 2].map((number) => readSubmission(folder, number)),
        (index) => seen.push(index),
      );
    collect();
    collect();
    expect(collector.total).toEqual({ copied: 4, duplicates: 2, disagreements: [], foreign: 1 });
    expect([...target.entries()].map(({ header }) => header.status)).toEqual(['done', 'done']);
    expect(new Set(seen)).toEqual(new Set([0, 1]));

    writeRecord(folder, { submission: 2, task: 1 }, first!, {
      finished: '2026-01-01T00:02:00.000Z',
      testLoss: 1 + 2 ** -52,
    });
    collect();
    expect(collector.total.disagreements).toEqual([
      { id: 'sine10/sgd/seed1', pointer: '/curve/0/trainLoss', values: [2, 2 + 2 ** -51] },
    ]);
    target.close();
    // A second collector finds all in the store; only what really ran twice is compared again.
    const later = new Collector(folder, indicesOf(blocks), Store.open(folder.report));
    later.collect([readSubmission(folder, 1)]);
    expect(later.total.copied).toBe(0);
  });
});

describe('a worker', () => {
  it('has as many processors as the least of affinity, quota and Slurm', () => {
    const machine = { affinity: 8, quotas: [], slurm: undefined };
    expect(availableProcessors(machine)).toBe(8);
    expect(availableProcessors({ ...machine, slurm: '2' })).toBe(2);
    expect(availableProcessors({ ...machine, quotas: ['max 100000', '350000 100000'] })).toBe(3);
    expect(availableProcessors({ ...machine, quotas: ['50000 100000'] })).toBe(1);
    expect(tooFewProcessors(2, 2)).toBeUndefined();
    expect(tooFewProcessors(4, 2)).toContain('2 of the 4');
  });

  it('names both versions of what differs', () => {
    const [{ cell, identity }] = grid(1).blocks[0]!.cells as [
      GridBlock['cells'][0],
      ...GridBlock['cells'][0][],
    ];
    const parts = { ...identity.parts, 'code of the optimizer': 'ffff', engine: 'eeee' };
    const lines = differencesOf(
      cell,
      { identity, versions: { "optimizer 'sgd'": '1.0.0', onnxruntime: 'version 1.30' } },
      {
        identity: { key: 'x', parts },
        versions: { "optimizer 'sgd'": '1.1.0', onnxruntime: 'version 1.31' },
      },
    );
    expect(lines).toEqual([
      `engine (onnxruntime): version 1.30 #${identity.parts.engine} submitted, version 1.31 #eeee here`,
      `code of the optimizer (optimizer 'sgd'): 1.0.0 #${identity.parts['code of the optimizer']} submitted, 1.1.0 #ffff here`,
    ]);
  });
});
