// The last changes of a machine's measures as a table of texts.

import type { HistoryChange, HistoryMeasure, HistoryNight, MachineHistory } from '@gaussmark/analysis';
import {
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
import {
  type ColumnOf,
  numberCell,
  type TextCell,
  type TextTable,
  textCell,
  textTable,
} from '../text-table.js';

/** The measures that changed, with their last change. */
export const changeTable = ({ nights }: MachineHistory, measures: readonly HistoryMeasure[]): TextTable =>
  textTable(
    changeColumns(nights),
    measures.filter(({ changes }) => changes.length > 0),
  );

/** A measure with its last change; cells are empty where it never changed. */
export function changeColumns(nights: readonly HistoryNight[]): ColumnOf<HistoryMeasure>[] {
  const ofChange =
    (cell: (change: HistoryChange, measure: HistoryMeasure) => TextCell) => (measure: HistoryMeasure) => {
      const change = lastChange(measure);
      return change === undefined ? textCell('', { key: null }) : cell(change, measure);
    };
  return [
    { title: 'measure', align: 'left', names: true, cell: ({ id }) => textCell(id) },
    {
      title: 'now',
      align: 'right',
      cell: (measure) => numberCell(currentValue(measure), (value) => formatMeasure(value, measure.unit)),
    },
    {
      title: 'last change',
      align: 'right',
      cell: ofChange((change, { unit }) =>
        textCell(formatChange(change, unit), { interval: formatChangeInterval(change), key: change.ratio }),
      ),
    },
    {
      title: 'since',
      align: 'left',
      cell: ofChange((change) => textCell(sinceWords(change, nights), { key: change.end })),
    },
    {
      title: 'verdict',
      align: 'left',
      cell: ofChange((change, measure) => {
        const open = isOpen(measure) && change.acknowledged === undefined;
        return textCell(`${verdictWords(change)}${open ? ', open' : ''}`, {
          key: `${open ? 0 : 1}${change.verdict}`,
        });
      }),
    },
  ];
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
