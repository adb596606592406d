// Every run, with its end and the reason for it; filtered and sorted by the reader.

import {
  formatBytes,
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
  NOTHING,
} from '@gaussmark/analysis/words';
import type { PageData, PageRun } from '../../page-data.js';
import { breakable, doubtMark, element, shortName } from '../dom.js';
import { createTable, type TableColumn } from '../table.js';

/** Rows shown at once. */
const PAGE_SIZE = 60;

export function runsSection({ skipped, thinnedTo }: PageData, runs: readonly PageRun[]): HTMLElement {
  const table = createTable('All runs', columnsFor(runs), {
    classOf: (run) => run.outcome,
    extraClass: 'tall',
    pageSize: PAGE_SIZE,
  });
  const shown = element('span', { class: 'hint', role: 'status' });
  const text = element('input', {
    type: 'search',
    placeholder: 'Filter by problem, optimizer, reason',
    'aria-label': 'Filter runs',
    oninput: () => filter(),
  });
  const status = element(
    'select',
    { 'aria-label': 'Status', onchange: () => filter() },
    element('option', { value: '' }, 'every status'),
    ...[...new Set(runs.map((run) => run.status))].map((name) => element('option', { value: name }, name)),
  );
  const filter = (): void => {
    const words = text.value.toLowerCase().split(/\s+/);
    const matching = runs.filter((run) => {
      const haystack =
        `${run.problem} ${run.name} ${run.status} ${run.reason ?? ''} ${run.distrust ?? ''}`.toLowerCase();
      return (
        (status.value === '' || run.status === status.value) && words.every((word) => haystack.includes(word))
      );
    });
    table.show(matching);
    shown.textContent = `${formatCount(matching.length)} of ${formatCount(runs.length)} runs`;
  };
  filter();
  return element(
    'section',
    { id: 'runs', 'aria-labelledby': 'runs-title' },
    element('h2', { id: 'runs-title' }, 'Runs'),
    element('div', { class: 'toolbar filters' }, text, status, shown),
    table.element,
    ...(skipped.length === 0 ? [] : [element('h3', {}, 'Skipped'), skippedList(skipped)]),
    element(
      'p',
      { class: 'hint' },
      `The complete numbers are in report.json beside this page.${thinnedTo === null ? '' : ` Curves are drawn from at most ${thinnedTo} of their points, chosen to keep their shape.`}`,
    ),
  );
}

/** What was skipped, of a report without runs. */
export function skippedSection(skipped: PageData['skipped']): HTMLElement {
  return element(
    'section',
    { id: 'skipped', 'aria-labelledby': 'skipped-title' },
    element('h2', { id: 'skipped-title' }, 'Skipped'),
    skippedList(skipped),
  );
}

function skippedList(skipped: PageData['skipped']): HTMLElement {
  return element(
    'ul',
    { class: 'notes' },
    ...skipped.map(({ problem, optimizer, reason }) =>
      element('li', {}, `${problem}, ${optimizer}: ${reason}`),
    ),
  );
}

type SortedColumn = Required<Pick<TableColumn<PageRun>, 'key'>> & TableColumn<PageRun>;

function columnsFor(runs: readonly PageRun[]): SortedColumn[] {
  const number = (
    title: string,
    pick: (run: PageRun) => number | null,
    format: (value: number) => string,
  ): SortedColumn => ({
    title,
    align: 'right',
    cell: (run) => {
      const value = pick(run);
      return value === null ? NOTHING : format(value);
    },
    key: pick,
  });
  const columns: SortedColumn[] = [
    {
      title: 'Problem',
      cell: ({ problem }: PageRun) => shortName(problem),
      key: ({ problem }: PageRun) => problem,
    },
    {
      title: 'Optimizer',
      sticky: true,
      cell: ({ name }: PageRun) => element('span', { class: 'name' }, breakable(name)),
      key: ({ name }: PageRun) => name,
    },
    number('Seed', ({ seed }) => seed, String),
    { title: 'Status', cell: statusCell, key: ({ status }: PageRun) => status },
    number('Epochs', ({ epochs }) => epochs, formatCount),
    number(
      'Train loss',
      ({ trainLoss }) => trainLoss,
      (value) => formatNumber(value, 4),
    ),
    number(
      'Test loss',
      ({ testLoss }) => testLoss,
      (value) => formatNumber(value, 4),
    ),
    number('Accuracy %', ({ testAccuracy }) => testAccuracy, formatPercent),
    {
      ...number('Step', ({ secondsPerStep }) => secondsPerStep, formatSeconds),
      cell: ({ secondsPerStep, distrust }) =>
        distrust === undefined
          ? formatSeconds(secondsPerStep)
          : element('span', { class: 'doubtful' }, doubtMark(distrust), formatSeconds(secondsPerStep)),
    },
    number('CG/step', ({ cgIterations }) => cgIterations, formatNumber),
    {
      ...number('Training', ({ trainSeconds }) => trainSeconds, formatSeconds),
      explanation: 'Training clock; below it, the whole run with loading, compilation and evaluation',
      cell: ({ trainSeconds, totalSeconds }) =>
        element(
          'span',
          { class: 'estimate' },
          formatSeconds(trainSeconds),
          element('span', { class: 'interval' }, `of ${formatSeconds(totalSeconds)}`),
        ),
    },
    {
      ...number('Target', ({ reachedAt }) => reachedAt ?? null, formatSeconds),
      explanation: 'Training clock when the run reached its own target',
      cell: ({ reachedAt }) =>
        reachedAt === undefined ? NOTHING : reachedAt === null ? 'missed' : formatSeconds(reachedAt),
    },
    number('Memory', ({ peakBytes }) => peakBytes, formatBytes),
  ];
  // Columns that no run fills are left out.
  const targets = runs.some(({ reachedAt }) => reachedAt !== undefined);
  return columns.filter(
    ({ key, title }) =>
      runs.length === 0 || runs.some((run) => key(run) !== null) || (title === 'Target' && targets),
  );
}

function statusCell({ status, outcome, reason }: PageRun): HTMLElement {
  return element(
    'span',
    { class: outcome === 'finished' ? 'status' : `status ${outcome}` },
    status,
    reason === null ? null : element('span', { class: 'reason' }, reason),
  );
}
