// What changed last: every measure with its course in small, what is open first; filtered and sorted by the reader.

import type { HistoryChange, HistoryMeasure } from '@gaussmark/analysis';
import {
  currentValue,
  dayOf,
  formatChange,
  formatChangeInterval,
  formatCount,
  formatMeasure,
  inOrderOfInterest,
  isOpen,
  lastChange,
  measureTitle,
  verdictWords,
} from '@gaussmark/analysis/words';
import { historyNotes } from '../../history/change-table.js';
import { element } from '../dom.js';
import { createTable, type TableColumn } from '../table.js';
import { notesList } from '../text-table.js';
import { sparkline } from './sparkline.js';
import { commitLink, type View } from './view.js';

/** Rows shown at once. */
const PAGE_SIZE = 25;

const SHOWN = [
  { value: '', text: 'every measure' },
  { value: 'open', text: 'open' },
  { value: 'changed', text: 'changed' },
  { value: 'timed', text: 'timings' },
  { value: 'hard', text: 'without noise' },
] as const;

export function changesSection(view: View): HTMLElement {
  const { machine } = view;
  const measures = inOrderOfInterest(machine.measures);
  const table = createTable('Measures and their last changes', columnsFor(view), {
    extraClass: 'overview',
    pageSize: PAGE_SIZE,
  });
  const count = element('span', { class: 'hint', role: 'status' });
  const text = element('input', {
    type: 'search',
    placeholder: 'Filter by problem, optimizer, quantity',
    'aria-label': 'Filter measures',
    oninput: () => filter(),
  });
  const shown = element(
    'select',
    { 'aria-label': 'Which measures', onchange: () => filter() },
    ...SHOWN.map(({ value, text: words }) => element('option', { value }, words)),
  );
  const filter = (): void => {
    const words = text.value.toLowerCase().split(/\s+/);
    const matching = measures.filter(
      (measure) =>
        isShown(measure, shown.value) && words.every((word) => measure.id.toLowerCase().includes(word)),
    );
    table.show(matching);
    count.textContent = `${formatCount(matching.length)} of ${formatCount(measures.length)} measures`;
  };
  filter();
  return element(
    'section',
    { id: 'changes', 'aria-labelledby': 'changes-title' },
    element('h2', { id: 'changes-title' }, 'What changed last'),
    element('div', { class: 'toolbar filters' }, text, shown, count),
    table.element,
    notesList(historyNotes(machine)),
  );
}

function isShown(measure: HistoryMeasure, which: string): boolean {
  if (which === 'open') return isOpen(measure);
  if (which === 'changed') return measure.changes.length > 0;
  return which === '' || measure.tier === which;
}

function columnsFor(view: View): TableColumn<HistoryMeasure>[] {
  const { machine, anchors, data } = view;
  const ofChange =
    <T>(of: (change: HistoryChange, measure: HistoryMeasure) => T, none: T) =>
    (measure: HistoryMeasure): T => {
      const change = lastChange(measure);
      return change === undefined ? none : of(change, measure);
    };
  return [
    {
      title: 'Measure',
      cell: (measure) =>
        element(
          'a',
          { class: 'measure-link', href: `#${anchors.get(measure.id)!}` },
          element('span', { class: 'name' }, measureTitle(measure)),
          element('span', { class: 'interval' }, measure.problem),
        ),
      key: ({ id }) => id,
    },
    { title: 'Course', cell: (measure) => sparkline(measure, machine.nights.length) },
    {
      title: 'Now',
      align: 'right',
      cell: (measure) => formatMeasure(currentValue(measure), measure.unit),
      key: currentValue,
    },
    {
      title: 'Last change',
      align: 'right',
      cell: ofChange<string | Node>(
        (change, { unit }) =>
          element(
            'span',
            { class: 'estimate' },
            element('span', { class: `size ${change.verdict}` }, formatChange(change, unit)),
            element('span', { class: 'interval' }, formatChangeInterval(change)),
          ),
        '',
      ),
      key: ofChange<number | null>(({ ratio }) => ratio, null),
    },
    {
      title: 'Since',
      cell: ofChange<string | Node>(({ kind, start, end }) => {
        const night = machine.nights[start]!;
        const until = end === machine.nights.length - 1 ? 'now' : dayOf(machine.nights[end]!);
        return element(
          'span',
          { class: 'estimate' },
          commitLink(night, data),
          element('span', { class: 'interval' }, `${dayOf(night)}${kind === 'drift' ? ` to ${until}` : ''}`),
        );
      }, ''),
      key: ofChange<number | null>(({ end }) => end, null),
    },
    {
      title: 'Verdict',
      cell: ofChange<string | Node>((change, measure) => verdictBadge(change, isOpen(measure)), ''),
      key: ofChange<string | null>((change, measure) => `${isOpen(measure) ? 0 : 1}${change.verdict}`, null),
    },
  ];
}

/** Red is what is open; what has been mended or acknowledged since is past. */
export function verdictBadge(change: HistoryChange, open: boolean): HTMLElement {
  const look = change.verdict === 'improvement' ? 'good' : open ? 'bad' : 'neutral';
  return element('span', { class: `badge ${look}`, title: change.acknowledged }, verdictWords(change));
}
