// The data embedded in a history's page: the document with its points packed into columns.

import type { HistoryMeasure, HistoryPoint, HistoryReport, MachineHistory } from '@gaussmark/analysis';
import { withVisibleTexts } from '../visible-texts.js';

/** Run-length encoding: deterministic measures repeat night after night. */
type Runs<T> = readonly (readonly [value: T, count: number])[];

export interface PackedPoints {
  /** Runs of consecutive nights: the first night and their count. */
  readonly nights: Runs<number>;
  readonly values: Runs<number | null>;
  /** Limits of the intervals, if any point has one; null for a point without. */
  readonly lows?: readonly (number | null)[];
  readonly highs?: readonly (number | null)[];
}

export type PageMeasure = Omit<HistoryMeasure, 'points'> & { readonly packed: PackedPoints };
export type PageMachine = Omit<MachineHistory, 'measures'> & { readonly measures: readonly PageMeasure[] };
export type HistoryPageData = Omit<HistoryReport, 'machines'> & { readonly machines: readonly PageMachine[] };

export function historyPageData(original: HistoryReport): HistoryPageData {
  const report = withVisibleTexts(original);
  return {
    ...report,
    machines: report.machines.map((machine) => ({ ...machine, measures: machine.measures.map(packMeasure) })),
  };
}

function packMeasure({ points, ...rest }: HistoryMeasure): PageMeasure {
  const noisy = points.some(({ low }) => low !== undefined);
  return {
    ...rest,
    packed: {
      nights: runsOf(
        points.map(({ night }) => night),
        (night, first, count) => night === first + count,
      ),
      values: runsOf(
        points.map(({ value }) => value),
        (value, first) => value === first,
      ),
      ...(noisy
        ? { lows: points.map(({ low }) => low ?? null), highs: points.map(({ high }) => high ?? null) }
        : {}),
    },
  };
}

function runsOf<T>(values: readonly T[], continues: (value: T, first: T, count: number) => boolean): Runs<T> {
  const runs: [T, number][] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run !== undefined && continues(value, run[0], run[1])) run[1] += 1;
    else runs.push([value, 1]);
  }
  return runs;
}

/** The inverse of packing. */
export function unpackMachine(machine: PageMachine): MachineHistory {
  return { ...machine, measures: machine.measures.map(unpackMeasure) };
}

function unpackMeasure({ packed: { nights, values, lows, highs }, ...rest }: PageMeasure): HistoryMeasure {
  const flat = values.flatMap(([value, count]) => Array.from({ length: count }, () => value));
  return {
    ...rest,
    points: nights
      .flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i))
      .map((night, index): HistoryPoint => {
        const [low, high] = [lows?.[index], highs?.[index]];
        return {
          night,
          value: flat[index]!,
          ...(typeof low === 'number' && typeof high === 'number' ? { low, high } : {}),
        };
      }),
  };
}
