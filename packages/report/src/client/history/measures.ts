// Every measure, by problem: a chart each, or a table row if it never changed.

import type { HistoryChange, HistoryMeasure, MachineHistory } from '@gaussmark/analysis';
import {
  currentValue,
  dayOf,
  formatChange,
  formatChangeInterval,
  formatMeasure,
  formatQuantity,
  isOpen,
  lastChange,
  measureTitle,
  numberCell,
  numberColumn,
  textCell,
  verdictWords,
} from '@gaussmark/analysis/words';
import { historyChart } from '../charts/history-line.js';
import { anchorOf, element } from '../dom.js';
import { chartElement, figure, hint, section } from '../layout.js';
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
  return section(
    anchor,
    name,
    drawn.length === 0
      ? null
      : hint(
          'Each dot is a night, hollow if the same commit was measured the night before. The band is the 95 % interval of the samples, the line the fitted levels and drifts; dashed lines mark changes.',
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
  const caption = element(
    'span',
    {},
    `${measureTitle(measure)} `,
    element('span', { class: 'hint' }, formatMeasure(currentValue(measure), measure.unit)),
  );
  const chart = chartElement({
    description: `${measure.id} night by night: ${words}`,
    height: CHART_HEIGHT,
    build: (style) => historyChart(measure, view.machine.nights, style),
  });
  const changes = measure.changes
    .toReversed()
    .map((change) => changeItem(change, measure, isOpen(measure) && change === last, view));
  const place = figure(caption, chart, { id: view.anchors.get(measure.id)!, class: 'measure' });
  place.append(
    changes.length > 0
      ? element('ul', { class: 'change-list' }, ...changes)
      : hint(measure.nightsNeeded === undefined ? 'No changes.' : nightsNeededWords(measure)),
  );
  return place;
}

const nightsNeededWords = ({ nightsNeeded = 0 }: HistoryMeasure): string =>
  `${formatQuantity(nightsNeeded, 'more night')} needed to tell changes from noise.`;

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

/** Deterministic measures that never changed. */
function constantTable(measures: readonly HistoryMeasure[], view: View): HTMLElement {
  const table = createTable<HistoryMeasure>('Constant measures', [
    {
      title: 'measure',
      align: 'left',
      cell: ({ id }) => textCell(id),
      draw: (measure) => element('span', { id: view.anchors.get(measure.id)! }, measureTitle(measure)),
    },
    numberColumn('value', (measure) =>
      numberCell(currentValue(measure), (value) => formatMeasure(value, measure.unit)),
    ),
    numberColumn('nights', ({ points }) => numberCell(points.length, String)),
  ]);
  table.show(measures);
  return element(
    'details',
    { class: 'constant' },
    element('summary', {}, `${formatQuantity(measures.length, 'deterministic measure')} that never changed`),
    table.element,
  );
}
