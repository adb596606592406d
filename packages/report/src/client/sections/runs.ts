// Every run, with its end and the reason for it; filtered and sorted by the reader.

import {
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
} from '@gaussmark/analysis/words';
import type { PageData, PageRun } from '../../page-data.js';
import { filledColumns, numberCell, textCell } from '../../text-table.js';
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
      { text: 'every status', matches: () => true },
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
      `The complete numbers are in report.json beside this page.${thinnedTo === null ? '' : ` Curves are drawn from at most ${thinnedTo} of their points, chosen to keep their shape.`}`,
    ),
  );
}

/** What was skipped, of a report without runs. */
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
  { title: 'seed', align: 'right', cell: ({ seed }) => numberCell(seed, String) },
  {
    title: 'status',
    align: 'left',
    cell: ({ status, outcome }) => textCell(status, outcome === 'finished' ? {} : { tone: 'bad' }),
  },
  { title: 'reason', align: 'left', under: 'status', cell: ({ reason }) => textCell(reason ?? '') },
  { title: 'epochs', align: 'right', cell: ({ epochs }) => numberCell(epochs, formatCount) },
  { title: 'train loss', align: 'right', cell: ({ trainLoss }) => numberCell(trainLoss, losses) },
  { title: 'test loss', align: 'right', cell: ({ testLoss }) => numberCell(testLoss, losses) },
  {
    title: 'accuracy %',
    align: 'right',
    cell: ({ testAccuracy }) => numberCell(testAccuracy, formatPercent),
  },
  {
    title: 'step',
    align: 'right',
    cell: ({ secondsPerStep, distrust }) => ({
      ...numberCell(secondsPerStep, formatSeconds),
      ...(distrust !== undefined && { caution: distrust }),
    }),
  },
  { title: 'inner/step', align: 'right', cell: ({ innerIterations }) => numberCell(innerIterations) },
  {
    title: 'training',
    align: 'right',
    explanation: 'Training clock; below it, the whole run with loading, compilation and evaluation',
    cell: ({ trainSeconds }) => numberCell(trainSeconds, formatSeconds),
  },
  {
    title: 'total',
    align: 'right',
    under: 'training',
    cell: ({ totalSeconds }) => textCell(`of ${formatSeconds(totalSeconds)}`),
  },
  {
    title: 'target',
    align: 'right',
    explanation: 'Training clock when the run reached its own target',
    cell: ({ reachedAt }) =>
      reachedAt === null ? textCell('missed', { key: null }) : numberCell(reachedAt, formatSeconds),
  },
  { title: 'memory', align: 'right', cell: ({ peakBytes }) => numberCell(peakBytes, formatBytes) },
];
