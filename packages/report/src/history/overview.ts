// What changed last: measures in the order in which they want to be looked at, and the commits that changed something.

import { type ColumnOf, numberCell, type TextTable, textCell, textTable } from '../text-table.js';
import type { HistoryChange, HistoryMeasure, HistoryNight, MachineHistory } from './schema.js';
import {
  currentValue,
  formatChange,
  formatChangeInterval,
  formatMeasure,
  formatRelative,
  isOpen,
  lastChange,
  nightWords,
  verdictWords,
} from './words.js';

/** What is open first, then what changed last; what never changed at the end. */
export function inOrderOfInterest(measures: readonly HistoryMeasure[]): HistoryMeasure[] {
  const when = (measure: HistoryMeasure) => lastChange(measure)?.end ?? -1;
  return measures.toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || when(b) - when(a));
}

/** The measures that changed, with their last change. */
export function changeTable(machine: MachineHistory, measures: readonly HistoryMeasure[]): TextTable {
  const changed = measures.flatMap((measure) => {
    const change = lastChange(measure);
    return change === undefined ? [] : [{ measure, change }];
  });
  return textTable(CHANGE_COLUMNS(machine.nights), changed);
}

interface Changed {
  readonly measure: HistoryMeasure;
  readonly change: HistoryChange;
}

const CHANGE_COLUMNS = (nights: readonly HistoryNight[]): ColumnOf<Changed>[] => [
  { title: 'measure', align: 'left', cell: ({ measure }) => textCell(measure.id) },
  {
    title: 'now',
    align: 'right',
    cell: ({ measure }) => numberCell(currentValue(measure), (value) => formatMeasure(value, measure.unit)),
  },
  {
    title: 'last change',
    align: 'right',
    cell: ({ measure, change }) => ({
      text: formatChange(change, measure.unit),
      interval: formatChangeInterval(change),
      key: change.ratio,
    }),
  },
  {
    title: 'since',
    align: 'left',
    cell: ({ change }) => ({ text: sinceWords(change, nights), interval: '', key: change.start }),
  },
  {
    title: '',
    align: 'left',
    cell: ({ measure, change }) =>
      textCell(
        `${verdictWords(change)}${isOpen(measure) && change.acknowledged === undefined ? ', open' : ''}`,
      ),
  },
];

/** `1a2b3c4d5e 2026-03-01`; of a drift, from where to where. */
export function sinceWords({ kind, start, end }: HistoryChange, nights: readonly HistoryNight[]): string {
  const from = nightWords(nights[start]!);
  return kind === 'step'
    ? from
    : `${from} to ${end === nights.length - 1 ? 'now' : nightWords(nights[end]!)}`;
}

export interface CommitOfChanges {
  readonly night: number;
  readonly changes: readonly Changed[];
}

/** The nights that changed something, the last first. */
export function changesByNight({ measures }: MachineHistory): CommitOfChanges[] {
  const byNight = new Map<number, Changed[]>();
  for (const measure of measures) {
    for (const change of measure.changes) {
      const others = byNight.get(change.start);
      if (others === undefined) byNight.set(change.start, [{ measure, change }]);
      else others.push({ measure, change });
    }
  }
  return [...byNight].map(([night, changes]) => ({ night, changes })).sort((a, b) => b.night - a.night);
}

/** `200 nights from 2026-01-01 to 2026-07-19, 62 measures: 3 open, 12 changed, 50 never did.` */
export function historySummary({ nights, measures }: MachineHistory): string {
  const changed = measures.filter(({ changes }) => changes.length > 0).length;
  const open = measures.filter(isOpen).length;
  const [first, last] = [nights[0]!, nights.at(-1)!].map((night) => night.created.slice(0, 10)) as [
    string,
    string,
  ];
  const span = nights.length === 1 ? `1 night, ${first}` : `${nights.length} nights from ${first} to ${last}`;
  const parts = [
    open === 0 ? 'nothing is open' : `${open} ${open === 1 ? 'change is' : 'changes are'} open`,
    `${changed} changed at some time`,
    `${measures.length - changed} never did`,
  ];
  return `${span}, ${measures.length} ${measures.length === 1 ? 'measure' : 'measures'}: ${parts.join(', ')}.`;
}

/** What the numbers mean, and what is not known yet. */
export function historyNotes({ measures }: MachineHistory): string[] {
  const timed = measures.filter(({ tier }) => tier === 'timed');
  const waiting = timed.filter(({ nightsNeeded }) => nightsNeeded !== undefined);
  const needed = Math.max(0, ...waiting.map(({ nightsNeeded }) => nightsNeeded!));
  const creeping = timed.filter(({ trend }) => trend !== undefined);
  return [
    'Open: worse, or different where neither way is better, and neither mended nor acknowledged since.',
    'Numbers without noise change when they differ by more than their tolerance. Timings change where a level or a drift explains them better than noise does, with the 95 % interval of the change; the night is found to within one or two.',
    ...(needed === 0
      ? []
      : [
          `${waiting.length} of ${timed.length} timings are not judged yet: it takes ${needed} more ${needed === 1 ? 'night' : 'nights'} to know their noise.`,
        ]),
    ...creeping.map(
      ({ id, trend }) =>
        `${id} creeps by ${formatRelative(trend!.perNight)} a night, which is no change yet.`,
    ),
  ];
}
