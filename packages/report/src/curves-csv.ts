// The curves of a report as CSV (RFC 4180): one row per run and point, for notebooks and spreadsheets.

import { groupsOf, type Report, type ReportRun } from '@gaussmark/analysis';

type Cell = string | number | null | undefined;
type Point = ReportRun['curve'][number];

/** Columns of every file, in this order; metrics follow. */
export const CURVE_COLUMNS = [
  { name: 'run', description: 'Identifier of the run.' },
  { name: 'problem', description: 'Name of the problem.' },
  { name: 'optimizer', description: 'Name of the optimizer plugin.' },
  {
    name: 'setting',
    description: 'The optimizer with its hyperparameters: one row of a leaderboard.',
  },
  { name: 'engine', description: 'Name of the engine plugin.' },
  { name: 'seed', description: 'Seed of the example order.' },
  { name: 'status', description: 'How the run ended.' },
  { name: 'epoch', description: 'Passes over the training split so far.' },
  { name: 'iterations', description: 'Optimizer steps so far.' },
  { name: 'seconds', description: 'Training clock so far, in seconds.' },
  { name: 'gradientEquivalents', description: 'Work so far, in gradients of one full mini-batch.' },
  {
    name: 'trainLoss',
    description:
      'Mean over the epoch of each mini-batch’s loss before its update; the problem’s trainLossMean says whether examples or mini-batches weigh equally.',
  },
  { name: 'testLoss', description: 'Mean loss over the test split after the epoch.' },
  { name: 'testAccuracy', description: 'Fraction of the test split classified correctly, 0 to 1.' },
] as const;

/**
 * The file, line by line: 10,000 runs would not fit in one string. A header, then one row per run and point; missing and
 * non-finite values are empty. A column `metric.<name>` for each metric of any run follows those of `CURVE_COLUMNS`.
 * Numbers keep all their digits.
 */
export function* curvesCsv(report: Report): Generator<string> {
  const metrics = [...new Set(report.runs.flatMap(({ curve }) => [...metricNames(curve)]))].sort();
  yield line([...CURVE_COLUMNS.map(({ name }) => name), ...metrics.map((name) => `metric.${name}`)]);
  for (const groups of groupsOf(report).values()) {
    for (const { name: setting, runs } of groups) {
      for (const run of runs) {
        const { id, problem, optimizer, engine, seed, status } = run;
        for (const point of run.curve) {
          yield line([
            ...[id, problem, optimizer, setting, engine, seed, status],
            ...valuesOf(point),
            ...metrics.map((name) => point.metrics?.[name]),
          ]);
        }
      }
    }
  }
}

function metricNames(curve: readonly Point[]): Set<string> {
  return new Set(curve.flatMap(({ metrics }) => (metrics === undefined ? [] : Object.keys(metrics))));
}

const valuesOf = (point: Point): Cell[] => [
  point.epoch,
  point.iterations,
  point.seconds,
  point.gradientEquivalents,
  point.trainLoss,
  point.testLoss,
  point.testAccuracy,
];

const line = (cells: readonly Cell[]): string => `${cells.map(field).join(',')}\r\n`;

function field(cell: Cell): string {
  const text = cell === null || cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
