// Builds the page of a history from its embedded data.

import type { MachineHistory } from '@gaussmark/analysis';
import { type HistoryPageData, unpackMachine } from '../../history/page-data.js';
import { drawAllCharts } from '../chart.js';
import { choice } from '../controls.js';
import { element } from '../dom.js';
import { footer } from '../layout.js';
import { startPage } from '../page.js';
import { bar } from '../sections/masthead.js';
import { createStore } from '../store.js';
import { changesSection } from './changes.js';
import { commitsSection } from './commits.js';
import { historyMasthead } from './masthead.js';
import { measureSections, problemsOf } from './measures.js';
import { anchorsOf, type View } from './view.js';

function start(): void {
  const data = JSON.parse(document.getElementById('report-data')!.textContent ?? '') as HistoryPageData;
  const machines = data.machines.map(unpackMachine);
  const root = document.getElementById('report')!;
  const chosen = createStore('0');
  const show = (index: string): void => {
    const machine = machines[Number(index)];
    root.replaceChildren(
      ...(machine === undefined ? empty(data) : page(data, machine, machines, chosen)),
      footer(data.tool),
    );
  };
  chosen.watch((index) => {
    show(index);
    drawAllCharts();
  });
  show('0');
  addEventListener('hashchange', showLinked);
  showLinked();
}

/** The target of a link may be folded, and did not exist when the page was opened. */
function showLinked(): void {
  const target =
    location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  const fold = target?.closest('details');
  if (fold) fold.open = true;
  target?.scrollIntoView();
}

function page(
  data: HistoryPageData,
  machine: MachineHistory,
  machines: readonly MachineHistory[],
  chosen: ReturnType<typeof createStore<string>>,
): HTMLElement[] {
  const view: View = { data, machine, anchors: anchorsOf(machine.measures) };
  return [
    bar([
      ['#changes', 'Changes'],
      ['#commits', 'Commits'],
      ...problemsOf(machine).map(({ anchor, name }) => [`#${anchor}`, name] as const),
    ]),
    element(
      'main',
      {},
      historyMasthead(view),
      machines.length < 2
        ? null
        : element(
            'div',
            { class: 'toolbar machines' },
            choice(
              'Machine',
              machines.map(({ machine: text }, index) => ({ value: String(index), text })),
              chosen,
            ),
          ),
      changesSection(view),
      commitsSection(view),
      ...measureSections(view),
    ),
  ];
}

const empty = (data: HistoryPageData): HTMLElement[] => [
  bar([]),
  element(
    'main',
    {},
    element(
      'section',
      { class: 'masthead', id: 'top' },
      element('h1', {}, data.title),
      element('p', { class: 'lede' }, 'No history yet.'),
    ),
  ),
];

startPage(start);
