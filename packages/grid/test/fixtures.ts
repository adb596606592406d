// Made-up grids on disk: plans of any size, and records as workers write them.

import path from 'node:path';
import { Store } from '@gaussmark/harness';
import type { Cell, CellResult } from '../../cell/src/cell.js';
import { recordOf } from '../../harness/src/run/run-and-record.js';
import { identityOf, PARTS } from '../../harness/src/store/identity.js';
import { cellOf, ENVIRONMENT, resultOf, SINE_PROBLEM } from '../../harness/test/fixtures.js';
import { blocksOf } from '../src/blocks.js';
import { GridFolder, type TaskId } from '../src/folder.js';
import type { GridSettings } from '../src/grid-file.js';
import { type GridBlock, type GridCell, type Manifest, writeManifest } from '../src/manifest.js';
import { type CellEnd, type TaskEnd, writeTaskEnd } from '../src/task-end.js';

export const LOCAL: GridSettings = { backend: 'local', parallel: 2, retries: 2, startup: 120 };

/** Cells of one problem: so many seeds of each optimizer. */
export function plannedCells(seeds: number, labels: readonly string[] = ['sgd', 'sgn']): Cell[] {
  const cells: Cell[] = [];
  for (let seed = 1; seed <= seeds; seed++)
    for (const label of labels) cells.push(cellOf('sine10', label, seed));
  return cells;
}

export function gridBlocks(cells: readonly Cell[]): GridBlock[] {
  return blocksOf(cells).map(({ cells: indices, ...block }) => ({
    ...block,
    cells: indices.map((index): GridCell => {
      const cell = cells[index]!;
      const parts = Object.fromEntries(PARTS.map((part) => [part, part === 'seed' ? cell.seed : null]));
      const identity = identityOf({ ...(parts as Parameters<typeof identityOf>[0]), optimizer: cell.label });
      return { index, cell, identity };
    }),
  }));
}

/** Writes the manifest of a grid; nothing is submitted. */
export function writeGrid(directory: string, cells: readonly Cell[], settings: GridSettings = LOCAL) {
  const folder = new GridFolder(directory);
  const blocks = gridBlocks(cells);
  const manifest: Omit<Manifest, 'schema'> = {
    id: '01234567-89ab-cdef-0123-456789abcdef',
    created: '2026-01-01T00:00:00.000Z',
    command: ['bench', 'run'],
    title: 'A grid',
    settings,
    cwd: directory,
    plugins: [],
    executable: ['node', 'bench.js'],
    plan: {
      title: 'A grid',
      problems: [SINE_PROBLEM],
      skipped: [],
      engines: { onnxruntime: { engine: 'onnxruntime', threads: 1 } },
    },
    versions: { gaussmark: '1' },
    cellCount: cells.length,
  };
  writeManifest(folder, manifest, blocks);
  return { folder, blocks, manifest };
}

export interface Written {
  readonly testLoss?: number;
  readonly finished?: string;
  readonly status?: CellResult['status'];
}

/** Appends a record to the folder of a task, as a worker does. */
export function writeRecord(
  folder: GridFolder,
  id: TaskId,
  { cell, identity, index }: GridCell,
  { testLoss = index + 1, finished = '2026-01-01T00:00:01.000Z', status = 'done' }: Written = {},
): void {
  const store = Store.open(folder.task(id));
  const outcome = { cell, result: resultOf(testLoss, 1, status) };
  store.append(recordOf(outcome, identity, SINE_PROBLEM, ENVIRONMENT, finished));
  store.close();
}

export function endTask(
  folder: GridFolder,
  id: TaskId,
  cells: readonly GridCell[],
  end: Partial<TaskEnd> = {},
): void {
  const ended = cells.map(({ index }): [number, CellEnd] => [index, ['done', 2]]);
  writeTaskEnd(folder.task(id), {
    status: 'ended',
    cells: Object.fromEntries(ended),
    host: 'a',
    finished: '2026-01-01T00:00:02.000Z',
    ...end,
  });
}

export const inside = (directory: string, name: string) => path.join(directory, name);
