// Every measure with its latest change, open changes first; filtered and sorted by the reader.

import type { HistoryChange, HistoryMeasure } from '@gaussmark/analysis';
import {
  dayOf,
  inOrderOfInterest,
  isOpen,
  lastChange,
  measureTitle,
  textCell,
  textColumn,
  verdictWords,
} from '@gaussmark/analysis/words';
import { changeColumns, historyNotes } from '../../history/change-table.js';
import { element } from '../dom.js';
import { filterControls } from '../filters.js';
import { notesList, section } from '../layout.js';
import { createTable, type PageColumn } from '../table.js';
import { sparkline } from './sparkline.js';
import { commitLink, type View } from './view.js';

/** Rows shown at once. */
const PAGE_SIZE = 25;

export function changesSection(view: View): HTMLElement {
  const { machine } = view;
  const table = createTable('Measures and their latest changes', columnsFor(view), {
    extraClass: 'overview',
    pageSize: PAGE_SIZE,
  });
  const controls = filterControls(table, inOrderOfInterest(machine.measures), {
    noun: 'measures',
    placeholder: 'Filter by problem, optimizer, quantity',
    textOf: ({ id }) => id,
    kindLabel: 'Which measures',
    kinds: [
      { text: 'all measures', matches: () => true },
      { text: 'open', matches: isOpen },
      { text: 'changed', matches: ({ changes }) => changes.length > 0 },
      { text: 'timings', matches: ({ tier }) => tier === 'timed' },
      { text: 'deterministic', matches: ({ tier }) => tier === 'hard' },
    ],
  });
  return section('changes', 'Latest changes', controls, table.element, notesList(historyNotes(machine)));
}

function columnsFor({ machine: { nights }, anchors, data }: View): PageColumn<HistoryMeasure>[] {
  const [measure, now, last, since, verdict] = changeColumns(nights) as PageColumn<HistoryMeasure>[] & {
    length: 5;
  };
  const ofChange =
    (draw: (change: HistoryChange, measure: HistoryMeasure) => Node) => (measure: HistoryMeasure) => {
      const change = lastChange(measure);
      return change === undefined ? '' : draw(change, measure);
    };
  return [
    {
      ...measure!,
      draw: (measure) =>
        element(
          'a',
          { class: 'measure-link', href: `#${anchors.get(measure.id)!}` },
          element('span', { class: 'name' }, measureTitle(measure)),
        ),
    },
    textColumn('problem', ({ problem }) => problem, '', { under: 'measure' }),
    {
      title: 'trend',
      align: 'left',
      sorts: false,
      cell: () => textCell(''),
      draw: (measure) => sparkline(measure, nights.length),
    },
    now!,
    {
      ...last!,
      draw: ofChange(({ verdict }, measure) =>
        element('span', { class: `size ${verdict}` }, last!.cell(measure).text),
      ),
    },
    { ...since!, draw: ofChange(({ start }) => commitLink(nights[start]!, data)) },
    textColumn(
      'dates',
      (measure) => {
        const change = lastChange(measure);
        if (change === undefined) return textCell('');
        const { kind, start, end } = change;
        const until = end === nights.length - 1 ? 'now' : dayOf(nights[end]!);
        return textCell(`${dayOf(nights[start]!)}${kind === 'drift' ? ` to ${until}` : ''}`);
      },
      '',
      { under: 'since' },
    ),
    { ...verdict!, draw: ofChange((change, measure) => verdictBadge(change, isOpen(measure))) },
  ];
}

/** Red if open; grey once fixed or acknowledged. */
export function verdictBadge(change: HistoryChange, open: boolean): HTMLElement {
  const look = change.verdict === 'improvement' ? 'good' : open ? 'bad' : 'neutral';
  return element('span', { class: `badge ${look}`, title: change.acknowledged }, verdictWords(change));
}
