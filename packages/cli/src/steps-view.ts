// Step timings on the terminal: a table per suite, narrowed to fit.

import type { TimingSuite } from '@gaussmark/analysis';
import { iterationWords } from '@gaussmark/analysis/words';
import { joinCell, type TimingTable, timingTable, withoutColumn, withoutIntervals } from '@gaussmark/report';
import { geometricMean } from '@gaussmark/statistics';
import { headline } from './leaderboard-view.js';
import { wrap } from './paragraph.js';
import { renderTable, tableWidth, type Viewport } from './table.js';

/** Ways to narrow a table, least important first. */
const NARROWINGS: readonly (readonly [narrow: typeof withoutColumn<TimingTable>, title: string])[] = [
  [withoutIntervals, 'time'],
  [withoutColumn, 'GB/s'],
  [withoutColumn, 'FLOP/B'],
  [withoutIntervals, 'gradients'],
  [withoutColumn, '% of peak'],
  [withoutColumn, 'GFLOP/s'],
  [withoutColumn, 'FLOP ratio'],
  [withoutColumn, 'limit'],
];

/** The table of a suite with its notes. */
export function renderTiming(suite: TimingSuite, viewport: Viewport): string {
  const { columns, colors } = viewport;
  const table = timingTable(suite);
  const { columns: titles, rows } = fitted(table, columns);
  const painted = rows.map((cells, i) => {
    const paint = suite.costs[i]!.kind === 'gradient' ? colors.green : String;
    return cells.map((cell) => paint(joinCell(cell)));
  });
  return [
    headline(table.title, viewport),
    renderTable(titles, painted, viewport),
    ...table.notes.map((note) => colors.dim(wrap(note, columns, '  '))),
    ...(table.warning === null ? [] : [colors.yellow(wrap(table.warning, columns, '  '))]),
  ].join('\n');
}

/**
 * Geometric means of ratios over several suites, in a sentence; undefined for a single suite. Ratios that noise made
 * negative have no geometric mean.
 */
export function summaryOf(suites: readonly TimingSuite[]): string | undefined {
  const { one } = iterationWords(suites.flatMap(({ lines }) => lines.map(({ iteration }) => iteration)));
  const kinds = [
    [`each ${one} costs`, 'gradients', suites.flatMap(iterationRatios)],
    ['its time is', 'times the cost of its operations', suites.flatMap(iterationExcesses)],
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

function iterationRatios({ costs }: TimingSuite): number[] {
  return costs.filter(({ kind }) => kind === 'innerIteration').map(({ gradients }) => gradients.value);
}

function iterationExcesses({ costs }: TimingSuite): number[] {
  const gradient = costs.find(({ kind }) => kind === 'gradient')!;
  return costs
    .filter(({ kind }) => kind === 'innerIteration')
    .map(({ gradients, flops }) => (gradients.value * gradient.flops) / flops);
}

/** Narrows a table until it fits. */
function fitted(table: TimingTable, width: number): TimingTable {
  let candidate = table;
  for (const [narrow, title] of NARROWINGS) {
    const texts = candidate.rows.map((cells) => cells.map(joinCell));
    if (tableWidth(candidate.columns, texts) <= width) break;
    candidate = narrow(candidate, title);
  }
  return candidate;
}
