// Measures in order of interest, and the commits that changed something.

import type {
  HistoryChange,
  HistoryMeasure,
  HistoryNight,
  MachineHistory,
} from '../schema/history-schema.js';
import { isOpen, lastChange, nightWords } from './words.js';

/** Open measures first, then by latest change; unchanged ones last. */
export function inOrderOfInterest(measures: readonly HistoryMeasure[]): HistoryMeasure[] {
  const when = (measure: HistoryMeasure) => lastChange(measure)?.end ?? -1;
  return measures.toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || when(b) - when(a));
}

/** A measure and one of its changes. */
export interface Changed {
  readonly measure: HistoryMeasure;
  readonly change: HistoryChange;
}

/** `1a2b3c4d5e 2026-03-01`, or the span of a drift. */
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

/** Nights with changes, latest first. */
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
