// Step timings on the terminal: a table per suite, as much of it as fits.

import type { TimingSuite } from '@gaussmark/analysis';
import { type TimingTable, timingTable } from '@gaussmark/report';
import { geometricMean } from '@gaussmark/statistics';
import { headline } from './leaderboard-view.js';
import { wrap } from './paragraph.js';
import { type Paper, renderTable, tableWidth } from './table.js';

/** A column as it is shown. */
type Shown = 'with interval' | 'alone' | 'hidden';

/** What is left out where the width does not suffice, in the order in which it is missed least. */
const NARROWINGS: readonly (readonly [title: string, shown: Shown])[] = [
  ['time', 'alone'],
  ['GB/s', 'hidden'],
  ['FLOP/B', 'hidden'],
  ['gradients', 'alone'],
  ['% of peak', 'hidden'],
  ['GFLOP/s', 'hidden'],
  ['FLOP ratio', 'hidden'],
  ['limit', 'hidden'],
];

/** The table of a suite with its notes. */
export function renderTiming(suite: TimingSuite, paper: Paper): string {
  const { columns, colors } = paper;
  const table = timingTable(suite);
  const { titles, rows } = fitted(table, columns);
  const painted = rows.map((cells, i) => {
    const paint = suite.costs[i]!.kind === 'gradient' ? colors.green : String;
    return cells.map((cell) => paint(cell));
  });
  return [
    headline(table.title, paper),
    renderTable(titles, painted, paper),
    ...table.notes.map((note) => colors.dim(wrap(note, columns, '  '))),
    ...(table.warning === null ? [] : [colors.yellow(wrap(table.warning, columns, '  '))]),
  ].join('\n');
}

/**
 * What several suites say together, in one sentence; nothing for a single one. Ratios of different problems have a geometric
 * mean; those that came out below zero, as differences can in noise, have none.
 */
export function summaryOf(suites: readonly TimingSuite[]): string | undefined {
  const kinds = [
    ['a CG iteration costs', 'gradients', suites.flatMap(cgRatios)],
    ['its time is', 'times what its operations let expect', suites.flatMap(cgExcesses)],
    [
      'the slope b of the line is',
      'baseline steps',
      suites.flatMap(({ lines }) => lines.map(({ slope }) => slope.value)),
    ],
  ] as const;
  const parts = kinds.flatMap(([what, unit, ratios]) => {
    if (ratios.length < 2 || ratios.some((ratio) => ratio <= 0)) return [];
    return [`${what} ${geometricMean(ratios).value.toPrecision(3)} ${unit}`];
  });
  return parts.length === 0 ? undefined : `Geometric means over all of these: ${parts.join(', ')}.`;
}

function cgRatios({ costs }: TimingSuite): number[] {
  return costs.filter(({ kind }) => kind === 'cgIteration').map(({ gradients }) => gradients.value);
}

function cgExcesses({ costs }: TimingSuite): number[] {
  const gradient = costs.find(({ kind }) => kind === 'gradient')!;
  return costs
    .filter(({ kind }) => kind === 'cgIteration')
    .map(({ gradients, flops }) => (gradients.value * gradient.flops) / flops);
}

interface FittedTable {
  readonly titles: readonly { readonly title: string; readonly align: 'left' | 'right' }[];
  readonly rows: readonly (readonly string[])[];
}

function fitted(table: TimingTable, width: number): FittedTable {
  const shown = new Map<string, Shown>();
  let candidate = show(table, shown);
  for (const [title, how] of NARROWINGS) {
    if (tableWidth(candidate.titles, candidate.rows) <= width) break;
    shown.set(title, how);
    candidate = show(table, shown);
  }
  return candidate;
}

function show({ columns, rows }: TimingTable, shown: ReadonlyMap<string, Shown>): FittedTable {
  const kept = columns.flatMap((column, index) => {
    const how = shown.get(column.title) ?? 'with interval';
    return how === 'hidden' ? [] : [{ column, index, how }];
  });
  return {
    titles: kept.map(({ column: { title, align } }) => ({ title, align })),
    rows: rows.map((cells) =>
      kept.map(({ index, how }) => {
        const { text, interval } = cells[index]!;
        return how === 'alone' || interval === '' ? text : `${text} ${interval}`;
      }),
    ),
  };
}
