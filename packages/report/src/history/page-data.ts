// What the page of a history embeds: the document, with its points packed to columns.

import type { HistoryMeasure, HistoryPoint, HistoryReport, MachineHistory } from './schema.js';

/** Columns of equal length: night, value, low, high. A missing limit is null. */
export type PackedPoints = readonly [
  nights: readonly number[],
  values: readonly (number | null)[],
  lows: readonly (number | null)[],
  highs: readonly (number | null)[],
];

export type PageMeasure = Omit<HistoryMeasure, 'points'> & { readonly packed: PackedPoints };
export type PageMachine = Omit<MachineHistory, 'measures'> & { readonly measures: readonly PageMeasure[] };
export type HistoryPageData = Omit<HistoryReport, 'machines'> & { readonly machines: readonly PageMachine[] };

export function historyPageData(report: HistoryReport): HistoryPageData {
  return {
    ...report,
    machines: report.machines.map((machine) => ({ ...machine, measures: machine.measures.map(packMeasure) })),
  };
}

function packMeasure({ points, ...rest }: HistoryMeasure): PageMeasure {
  const noisy = points.some(({ low }) => low !== undefined);
  return {
    ...rest,
    packed: [
      points.map(({ night }) => night),
      points.map(({ value }) => value),
      noisy ? points.map(({ low }) => low ?? null) : [],
      noisy ? points.map(({ high }) => high ?? null) : [],
    ],
  };
}

/** The machine as the document has it. */
export function unpackMachine(machine: PageMachine): MachineHistory {
  return { ...machine, measures: machine.measures.map(unpackMeasure) };
}

function unpackMeasure({ packed: [nights, values, lows, highs], ...rest }: PageMeasure): HistoryMeasure {
  return {
    ...rest,
    points: nights.map((night, index): HistoryPoint => {
      const [low, high] = [lows[index], highs[index]];
      return {
        night,
        value: values[index]!,
        ...(typeof low === 'number' && typeof high === 'number' ? { low, high } : {}),
      };
    }),
  };
}
