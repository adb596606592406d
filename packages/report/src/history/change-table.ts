// The last changes of a machine's measures as a table of texts.

import type { HistoryMeasure, HistoryNight, MachineHistory } from '@gaussmark/analysis';
import {
  type Changed,
  currentValue,
  formatChange,
  formatChangeInterval,
  formatMeasure,
  formatRelative,
  isOpen,
  lastChange,
  sinceWords,
  verdictWords,
} from '@gaussmark/analysis/words';
import { type ColumnOf, numberCell, type TextTable, textCell, textTable } from '../text-table.js';

/** The measures that changed, with their last change. */
export function changeTable(machine: MachineHistory, measures: readonly HistoryMeasure[]): TextTable {
  const changed = measures.flatMap((measure) => {
    const change = lastChange(measure);
    return change === undefined ? [] : [{ measure, change }];
  });
  return textTable(CHANGE_COLUMNS(machine.nights), changed);
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
