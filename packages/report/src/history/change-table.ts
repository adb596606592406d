// The last change of each measure of a machine, as a table.

import type { HistoryChange, HistoryMeasure, HistoryNight, MachineHistory } from '@gaussmark/analysis';
import {
  type ColumnOf,
  currentValue,
  formatChange,
  formatChangeInterval,
  formatMeasure,
  formatQuantity,
  formatRelative,
  isOpen,
  lastChange,
  nameColumn,
  numberCell,
  numberColumn,
  sinceWords,
  type TextCell,
  type TextTable,
  textCell,
  textColumn,
  textTable,
  verdictWords,
} from '@gaussmark/analysis/words';

/** The measures that changed. */
export const changeTable = ({ nights }: MachineHistory, measures: readonly HistoryMeasure[]): TextTable =>
  textTable(
    changeColumns(nights),
    measures.filter(({ changes }) => changes.length > 0),
  );

/** A measure and its last change; cells are empty if it never changed. */
export function changeColumns(nights: readonly HistoryNight[]): ColumnOf<HistoryMeasure>[] {
  const ofChange =
    (cell: (change: HistoryChange, measure: HistoryMeasure) => TextCell) => (measure: HistoryMeasure) => {
      const change = lastChange(measure);
      return change === undefined ? textCell('', { key: null }) : cell(change, measure);
    };
  return [
    nameColumn('measure', ({ id }) => id),
    numberColumn('now', (measure) =>
      numberCell(currentValue(measure), (value) => formatMeasure(value, measure.unit)),
    ),
    numberColumn(
      'latest change',
      ofChange((change, { unit }) =>
        textCell(formatChange(change, unit), { interval: formatChangeInterval(change), key: change.ratio }),
      ),
    ),
    textColumn(
      'since',
      ofChange((change) => textCell(sinceWords(change, nights), { key: change.end })),
    ),
    textColumn(
      'verdict',
      ofChange((change, measure) => {
        const open = isOpen(measure) && change.acknowledged === undefined;
        return textCell(`${verdictWords(change)}${open ? ', open' : ''}`, {
          key: `${open ? 0 : 1}${change.verdict}`,
        });
      }),
    ),
  ];
}

/** How to read the table. */
export function historyNotes({ measures }: MachineHistory): string[] {
  const timed = measures.filter(({ tier }) => tier === 'timed');
  const waiting = timed.filter(({ nightsNeeded }) => nightsNeeded !== undefined);
  const needed = Math.max(0, ...waiting.map(({ nightsNeeded }) => nightsNeeded!));
  const drifting = timed.filter(({ trend }) => trend !== undefined);
  return [
    'Open: a regression, or a change of a measure without a better direction, neither fixed nor acknowledged.',
    'A deterministic measure changes when it differs by more than its tolerance. A timing changes when a new level or a drift explains it better than noise. Intervals are at 95 %; dates are accurate to one or two nights.',
    ...(needed === 0
      ? []
      : [
          `${waiting.length} of ${timed.length} timings cannot be judged yet: estimating their noise takes ${formatQuantity(needed, 'more night')}.`,
        ]),
    ...drifting.map(
      ({ id, trend }) => `${id} drifts by ${formatRelative(trend!.perNight)} a night: not yet a change.`,
    ),
  ];
}
