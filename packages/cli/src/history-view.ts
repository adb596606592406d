// A history on the terminal: each measure with a sparkline, its last change and the commit.

import {
  FEWEST_NIGHTS,
  type HistoryMeasure,
  type HistoryReport,
  type MachineHistory,
} from '@gaussmark/analysis';
import {
  formatChange,
  formatChangeInterval,
  formatMeasure,
  historySummary,
  inOrderOfInterest,
  isOpen,
  lastChange,
  sinceWords,
  verdictWords,
} from '@gaussmark/analysis/words';
import { historyNotes } from '@gaussmark/report';
import { median } from 'simple-statistics';
import { headline } from './leaderboard-view.js';
import { wrap } from './paragraph.js';
import type { Colors } from './styles.js';
import { renderTable, type TableColumn, type Viewport } from './table.js';

/** Changed measures shown without --all. */
const MOST_ROWS = 40;
const BARS = '▁▂▃▄▅▆▇█';
/** Width of a sparkline. */
const SPARKLINE = 16;

export function renderHistory({ machines }: HistoryReport, viewport: Viewport, all: boolean): string {
  return machines.map((machine) => renderMachine(machine, viewport, all)).join('\n\n');
}

function renderMachine(machine: MachineHistory, viewport: Viewport, all: boolean): string {
  const { columns, colors } = viewport;
  const ordered = inOrderOfInterest(machine.measures);
  const changed = ordered.filter(({ changes }) => changes.length > 0);
  const visible = all ? ordered : changed.slice(0, MOST_ROWS);
  const more = all ? 0 : changed.length - visible.length;
  return [
    headline(machine.machine, viewport),
    wrap(historySummary(machine), columns, ''),
    ...(visible.length === 0
      ? []
      : [
          renderTable(
            TITLES,
            visible.map((measure) => rowOf(measure, machine, colors)),
            viewport,
          ),
        ]),
    ...(more > 0 ? [`  and ${more} more with earlier changes (--all shows every measure)`] : []),
    ...historyNotes(machine).map((note) => colors.dim(wrap(note, columns, ''))),
  ].join('\n');
}

const TITLES: readonly TableColumn[] = [
  { title: 'measure' },
  { title: 'trend' },
  { title: 'now', align: 'right' },
  { title: 'last change', align: 'right' },
  { title: 'since' },
  { title: '' },
];

function rowOf(measure: HistoryMeasure, { nights }: MachineHistory, colors: Colors): string[] {
  const change = lastChange(measure);
  const cells = [
    measure.id,
    sparkline(measure),
    formatMeasure(measure.points.at(-1)?.value ?? null, measure.unit),
  ];
  if (change === undefined) {
    const waiting = measure.nightsNeeded !== undefined;
    return [...cells, '', '', waiting ? `${measure.points.length} of ${FEWEST_NIGHTS} nights` : ''];
  }
  const open = isOpen(measure);
  const paint = change.verdict === 'improvement' ? colors.green : open ? colors.red : String;
  return [
    ...cells,
    [formatChange(change, measure.unit), formatChangeInterval(change)]
      .filter((part) => part !== '')
      .join('\n'),
    sinceWords(change, nights).replace(' to ', '\nto '),
    paint(`${verdictWords(change)}${open ? ', open' : ''}`),
  ];
}

/** Values as at most `SPARKLINE` bars, each the median of its neighbours. */
function sparkline({ points }: HistoryMeasure): string {
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const bars = Math.min(SPARKLINE, values.length);
  const medians = Array.from({ length: bars }, (_, bar) => {
    const [from, to] = [bar, bar + 1].map((edge) => Math.floor((edge * values.length) / bars)) as [
      number,
      number,
    ];
    return median(values.slice(from, to));
  });
  const [low, high] = [Math.min(...medians), Math.max(...medians)];
  return medians
    .map((value) => {
      const share = high === low ? 0.4 : (value - low) / (high - low);
      return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))]!;
    })
    .join('');
}
