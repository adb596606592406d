// The course of every measure, by problem: a chart where there is something to see, a row where nothing ever changed.

import type { HistoryChange, HistoryMeasure, MachineHistory } from '@gaussmark/analysis';
import {
  currentValue,
  dayOf,
  formatChange,
  formatChangeInterval,
  formatMeasure,
  isOpen,
  lastChange,
  measureTitle,
  verdictWords,
} from '@gaussmark/analysis/words';
import { createChart } from '../chart.js';
import { historyChart } from '../charts/history-line.js';
import { anchorOf, element } from '../dom.js';
import { createTable } from '../table.js';
import { commitLink, type View } from './view.js';

const CHART_HEIGHT = 220;

interface ProblemMeasures {
  readonly name: string;
  readonly anchor: string;
  readonly measures: readonly HistoryMeasure[];
}

export function problemsOf({ measures }: MachineHistory): ProblemMeasures[] {
  const names = [...new Set(measures.map(({ problem }) => problem))];
  return names.map((name, index) => ({
    name,
    anchor: anchorOf(index),
    measures: measures.filter(({ problem }) => problem === name),
  }));
}

export const measureSections = (view: View): HTMLElement[] =>
  problemsOf(view.machine).map((problem) => problemSection(problem, view));

function problemSection({ name, anchor, measures }: ProblemMeasures, view: View): HTMLElement {
  const steady = (measure: HistoryMeasure) => measure.tier === 'hard' && measure.changes.length === 0;
  const drawn = measures.filter((measure) => !steady(measure));
  const constant = measures.filter(steady);
  return element(
    'section',
    { id: anchor, class: 'problem', 'aria-labelledby': `${anchor}-title` },
    element('h2', { id: `${anchor}-title` }, name),
    drawn.length === 0
      ? null
      : element(
          'p',
          { class: 'hint' },
          'A dot is a night, hollow if its commit was measured before; the band is the 95 % interval of its samples. The line is what was fitted: levels, and drifts as slopes. Dashed lines are changes.',
        ),
    element('div', { class: 'figures' }, ...drawn.map((measure) => measureFigure(measure, view))),
    constant.length === 0 ? null : constantTable(constant, view),
  );
}

function measureFigure(measure: HistoryMeasure, view: View): HTMLElement {
  const last = lastChange(measure);
  const words =
    measure.nightsNeeded === undefined
      ? `${measure.changes.length} changes; now ${formatMeasure(currentValue(measure), measure.unit)}.`
      : `Too few nights to judge; now ${formatMeasure(currentValue(measure), measure.unit)}.`;
  return element(
    'figure',
    { id: view.anchors.get(measure.id)!, class: 'measure' },
    element(
      'figcaption',
      {},
      measureTitle(measure),
      ' ',
      element('span', { class: 'hint' }, formatMeasure(currentValue(measure), measure.unit)),
    ),
    createChart(
      {
        description: `${measure.id} night by night: ${words}`,
        height: CHART_HEIGHT,
        build: (style) => historyChart(measure, view.machine.nights, style),
      },
      () => new Map(),
    ).element,
    measure.changes.length === 0
      ? element(
          'p',
          { class: 'hint' },
          measure.nightsNeeded === undefined ? 'No change.' : nightsNeededWords(measure),
        )
      : element(
          'ul',
          { class: 'change-list' },
          ...measure.changes
            .toReversed()
            .map((change) => changeItem(change, measure, isOpen(measure) && change === last, view)),
        ),
  );
}

const nightsNeededWords = ({ nightsNeeded = 0 }: HistoryMeasure): string =>
  `${nightsNeeded} more ${nightsNeeded === 1 ? 'night' : 'nights'} until changes can be told from noise.`;

function changeItem(change: HistoryChange, measure: HistoryMeasure, open: boolean, view: View): HTMLElement {
  const { kind, start, end, before, after, acknowledged } = change;
  const { nights } = view.machine;
  const until = end === nights.length - 1 ? 'now' : dayOf(nights[end]!);
  const values = `${formatMeasure(before, measure.unit)} → ${formatMeasure(after, measure.unit)}`;
  return element(
    'li',
    {},
    element('span', { class: `size ${change.verdict}` }, formatChange(change, measure.unit)),
    ` ${formatChangeInterval(change)} ${verdictWords(change)}${open ? ', open' : ''}: ${values}, ${kind === 'drift' ? 'from' : 'since'} `,
    commitLink(nights[start]!, view.data),
    ` ${dayOf(nights[start]!)}${kind === 'drift' ? ` to ${until}` : ''} ${nights[start]!.subject ?? ''}`,
    acknowledged === undefined ? null : element('span', { class: 'hint' }, ` (“${acknowledged}”)`),
  );
}

/** Numbers without noise that never changed. */
function constantTable(measures: readonly HistoryMeasure[], view: View): HTMLElement {
  const table = createTable<HistoryMeasure>('Numbers that never changed', [
    {
      title: 'measure',
      cell: (measure) => element('span', { id: view.anchors.get(measure.id)! }, measureTitle(measure)),
      key: ({ id }) => id,
    },
    {
      title: 'value',
      align: 'right',
      cell: (measure) => formatMeasure(currentValue(measure), measure.unit),
      key: currentValue,
    },
    {
      title: 'nights',
      align: 'right',
      cell: ({ points }) => String(points.length),
      key: ({ points }) => points.length,
    },
  ]);
  table.show(measures);
  const numbers = measures.length === 1 ? 'number' : 'numbers';
  return element(
    'details',
    { class: 'constant' },
    element('summary', {}, `${measures.length} ${numbers} without noise that never changed`),
    table.element,
  );
}
