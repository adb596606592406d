// All runs, filtered and sorted by the reader.

import {
  filledColumns,
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
  numberCell,
  numberColumn,
  textCell,
  textColumn,
} from '@gaussmark/analysis/words';
import type { PageData, PageRun } from '../../page-data.js';
import { type Child, element, shortName } from '../dom.js';
import { filterControls } from '../filters.js';
import { hint, notesList, section } from '../layout.js';
import { createTable, type PageColumn } from '../table.js';

/** Rows shown at once. */
const PAGE_SIZE = 60;

export function runsSection({ skipped, thinnedTo }: PageData, runs: readonly PageRun[]): HTMLElement {
  const table = createTable('All runs', filledColumns(COLUMNS, runs), {
    classOf: (run) => run.outcome,
    extraClass: 'tall',
    pageSize: PAGE_SIZE,
  });
  const statuses = [...new Set(runs.map(({ status }) => status))];
  const controls = filterControls(table, runs, {
    noun: 'runs',
    placeholder: 'Filter by problem, optimizer, reason',
    textOf: ({ problem, name, status, reason, distrust }) =>
      `${problem} ${name} ${status} ${reason ?? ''} ${distrust ?? ''}`,
    kindLabel: 'Status',
    kinds: [
      { text: 'all statuses', matches: () => true },
      ...statuses.map((text) => ({ text, matches: ({ status }: PageRun) => status === text })),
    ],
  });
  return section(
    'runs',
    'Runs',
    controls,
    table.element,
    ...(skipped.length === 0 ? [] : [element('h3', {}, 'Skipped'), skippedList(skipped)]),
    hint(
      `report.json, in the same folder, has the complete numbers.${thinnedTo === null ? '' : ` Curves are thinned to at most ${thinnedTo} points.`}`,
    ),
  );
}

/** For a report without runs. */
export const skippedSection = (skipped: PageData['skipped']): HTMLElement =>
  section('skipped', 'Skipped', skippedList(skipped));

const skippedList = (skipped: PageData['skipped']): Child =>
  notesList(skipped.map(({ problem, optimizer, reason }) => `${problem}, ${optimizer}: ${reason}`));

const losses = (value: number): string => formatNumber(value, 4);

const COLUMNS: readonly PageColumn<PageRun>[] = [
  {
    title: 'problem',
    align: 'left',
    cell: ({ problem }) => textCell(problem),
    draw: ({ problem }) => shortName(problem),
  },
  { title: 'optimizer', align: 'left', names: true, sticky: true, cell: ({ name }) => textCell(name) },
  numberColumn('seed', ({ seed }) => numberCell(seed, String)),
  textColumn('status', ({ status, outcome }) =>
    textCell(status, outcome === 'finished' ? {} : { tone: 'bad' }),
  ),
  textColumn('reason', ({ reason }) => reason ?? '', '', { under: 'status' }),
  numberColumn('epochs', ({ epochs }) => numberCell(epochs, formatCount)),
  numberColumn('train loss', ({ trainLoss }) => numberCell(trainLoss, losses)),
  numberColumn('test loss', ({ testLoss }) => numberCell(testLoss, losses)),
  numberColumn('accuracy %', ({ testAccuracy }) => numberCell(testAccuracy, formatPercent)),
  numberColumn('step', ({ secondsPerStep, distrust }) => ({
    ...numberCell(secondsPerStep, formatSeconds),
    ...(distrust !== undefined && { caution: distrust }),
  })),
  numberColumn('inner/step', ({ innerIterations }) => numberCell(innerIterations)),
  numberColumn(
    'training',
    ({ trainSeconds }) => numberCell(trainSeconds, formatSeconds),
    'Training clock; below it, the whole run including loading, compilation and evaluation',
  ),
  numberColumn('total', ({ totalSeconds }) => textCell(`of ${formatSeconds(totalSeconds)}`), '', {
    under: 'training',
  }),
  numberColumn(
    'target',
    ({ reachedAt }) =>
      reachedAt === null ? textCell('missed', { key: null }) : numberCell(reachedAt, formatSeconds),
    'Training clock at the run’s own target',
  ),
  numberColumn('memory', ({ peakBytes }) => numberCell(peakBytes, formatBytes)),
];
