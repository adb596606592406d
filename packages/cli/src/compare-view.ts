// A comparison as text: a table on the terminal, Markdown for a pull request.

import { escapeMarkdown, formatValue, markdownTable } from '@gaussmark/core';
import {
  type Comparison,
  coverageWords,
  failsBy,
  percent,
  type Row,
  revisionWords,
} from '@gaussmark/tracking';
import { wrap } from './paragraph.js';
import type { Sink } from './screen.js';
import type { Colors } from './styles.js';
import { renderTable } from './table.js';

const WORDS: Readonly<Record<Row['verdict'], string>> = {
  worse: 'WORSE',
  slower: 'SLOWER',
  changed: 'CHANGED',
  better: 'better',
  faster: 'faster',
  unconfirmed: 'not confirmed',
  undecided: 'undecided',
  apart: 'differs',
  rounding: 'rounding',
  same: 'same',
};

/** Verdicts in table order, failures first. */
const ORDER = Object.keys(WORDS) as readonly Row['verdict'][];

const HEADLINES: Readonly<Record<Comparison['outcome'], string>> = {
  regression: 'Regression',
  changed: 'Changed: deterministic measures differ',
  improvement: 'Improvement',
  same: 'No change',
};

interface Line {
  readonly cells: readonly string[];
  readonly row: Row;
}

const TITLES = ['measure', 'baseline', 'candidate', 'change', '95 %', 'verdict', 'since'] as const;
const ALIGN = TITLES.map((_, column) => (column >= 1 && column <= 4 ? 'right' : 'left'));

/** The rows that changed, or all; rows that are the same or differ by rounding are only counted. */
function linesOf({ rows }: Comparison, all: boolean): Line[] {
  return rows
    .filter(({ verdict }) => all || !['same', 'rounding'].includes(verdict))
    .sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict))
    .map((row) => ({ row, cells: cellsOf(row) }));
}

function cellsOf(row: Row): string[] {
  const { id, from, to, change, interval, verdict, note, since, clock } = row;
  const signed = (value: number) => percent(value).replace(' %', '');
  return [
    `${id}${clock === 'wall' ? ' (wall clock)' : ''}`,
    formatMeasure(from, row.unit),
    formatMeasure(to, row.unit),
    change === null ? '' : percent(change),
    interval === undefined ? '' : `[${signed(interval.low)}, ${signed(interval.high)}]`,
    note === undefined ? WORDS[verdict] : `${WORDS[verdict]}: ${note}`,
    since === undefined
      ? ''
      : [since.commit?.slice(0, 10), since.date?.slice(0, 10)].filter(Boolean).join(' '),
  ];
}

/** `4.21 ms`, `12,345 B`, `0.024396`, `never`: exact enough to show small changes. */
export function formatMeasure(value: number | null, unit: string): string {
  if (value === null) return 'never';
  if (unit === 's') {
    const [scale, name] = value < 1e-3 ? [1e6, 'µs'] : value < 1 ? [1e3, 'ms'] : [1, 's'];
    return `${(value * scale).toPrecision(3)} ${name}`;
  }
  const text = Number.isInteger(value)
    ? value.toLocaleString('en-US')
    : Number(value.toPrecision(7)).toString();
  return unit === '' ? text : `${text} ${unit}`;
}

function tallyOf({ rows, timing, floors }: Comparison): string {
  const count = (test: (row: Row) => boolean) => rows.filter(test).length;
  const hard = count(({ tier }) => tier === 'hard');
  const equal = count(({ tier, verdict }) => tier === 'hard' && verdict === 'same');
  const rounding = count(({ verdict }) => verdict === 'rounding');
  const timed = count(({ tier }) => tier === 'timed');
  const same = count(({ tier, verdict }) => tier === 'timed' && verdict === 'same');
  const lowest = Math.min(...Object.values(floors));
  const floor = Number.isFinite(lowest) ? `; noise floor ${percent(lowest).slice(1)}` : '';
  const parts = [
    ...(hard === 0
      ? []
      : [
          `${equal} of ${hard} deterministic measures equal${rounding === 0 ? '' : `, ${rounding} up to rounding`}`,
        ]),
    ...(timed === 0 ? [] : [`${same} of ${timed} times the same (${timing}${floor})`]),
  ];
  return `${parts.join('; ')}.`;
}

function settingLines({ settings, lostCoverage }: Comparison): string[] {
  return [
    ...settings.map(
      ({ problem, optimizer, setting, from, to }) =>
        `setting ${problem}/${optimizer}: ${setting} changed from ${formatValue(from)} to ${formatValue(to)}`,
    ),
    ...lostCoverage.map(
      ({ plugin, hyperparameter, to, reason }) =>
        `coverage ${plugin}.${hyperparameter}: now ${to}${reason === undefined ? '' : `: ${reason}`}`,
    ),
  ];
}

const coverageLines = ({ coverage }: Comparison): string[] =>
  coverage === undefined ? [] : [`${coverageWords(coverage)}.`];

const listed = (what: string, ids: readonly string[]): string[] =>
  ids.length === 0
    ? []
    : [
        `${what}: ${ids.slice(0, MOST_LISTED).join(', ')}${ids.length > MOST_LISTED ? ` and ${ids.length - MOST_LISTED} more` : ''}`,
      ];

/** Most ids listed by name. */
const MOST_LISTED = 10;

/** The comparison on a terminal. */
export function renderComparison(comparison: Comparison, sink: Sink, all: boolean): string {
  const { colors, columns } = sink;
  const { from, to, outcome, fails, notes, missing, added } = comparison;
  const lines = linesOf(comparison, all);
  const used = TITLES.map((_, i) => lines.some(({ cells }) => cells[i] !== ''));
  const kept = <T>(values: readonly T[]): T[] => values.filter((_, i) => used[i]);
  const table = renderTable(
    kept(TITLES.map((title, i) => ({ title, align: ALIGN[i]! }))),
    lines.map(({ cells, row }) => kept(cells.map((cell, i) => (i === 5 ? paint(cell, row, colors) : cell)))),
    sink,
  );
  const heading = fails ? colors.red(HEADLINES[outcome]) : colors.green(HEADLINES[outcome]);
  return [
    wrap(`${heading}: ${to.name}, ${revisionWords(to.revision)}`, columns, ''),
    wrap(`against ${from.name}, ${revisionWords(from.revision)}`, columns, '  '),
    '',
    ...(lines.length === 0 ? [] : [table, '']),
    ...settingLines(comparison).map((line) => colors.red(wrap(line, columns, '  '))),
    ...[...listed('only in the baseline', missing), ...listed('only in the candidate', added), ...notes].map(
      (line) => colors.yellow(wrap(line, columns, '  ')),
    ),
    wrap(tallyOf(comparison), columns, '  '),
    ...coverageLines(comparison).map((line) => wrap(line, columns, '  ')),
  ].join('\n');
}

function paint(text: string, row: Row, colors: Colors): string {
  if (failsBy(row)) return colors.red(text);
  return row.verdict === 'faster' ? colors.green(text) : colors.dim(text);
}

/** The comparison as Markdown, for a CI summary or a pull request. */
export function comparisonMarkdown(comparison: Comparison): string {
  const { from, to, outcome, fails, notes, missing, added } = comparison;
  const lines = linesOf(comparison, false);
  const escaped = (cells: readonly string[]) => cells.map((cell) => escapeMarkdown(cell, true));
  const settings = settingLines(comparison);
  return [
    `### ${fails ? '❌' : '✅'} ${HEADLINES[outcome]}`,
    '',
    `${escapeMarkdown(revisionWords(to.revision))} against ${escapeMarkdown(revisionWords(from.revision))}`,
    '',
    ...(lines.length === 0
      ? []
      : [
          markdownTable(
            escaped(TITLES),
            lines.map(({ cells }) => escaped(cells)),
            ALIGN,
          ),
          '',
        ]),
    ...settings.map((line) => `- ${escapeMarkdown(line)}`),
    ...[...listed('only in the baseline', missing), ...listed('only in the candidate', added), ...notes].map(
      (line) => `- ${escapeMarkdown(line)}`,
    ),
    ...(settings.length + missing.length + added.length + notes.length === 0 ? [] : ['']),
    tallyOf(comparison),
    ...coverageLines(comparison).map((line) => escapeMarkdown(line)),
    '',
    `<sub>${escapeMarkdown(to.machine.class)}</sub>`,
    '',
  ].join('\n');
}
