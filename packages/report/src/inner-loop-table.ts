// Inner loops as a table: iterations, their cost, and the metrics that the optimizer reports.

import type { InnerLoopProblem, InnerLoopRow } from '@gaussmark/analysis';
import {
  type ColumnOf,
  estimateCell,
  formatNumber,
  formatSeconds,
  nameColumn,
  numberCell,
  numberColumn,
  type TextTable,
  textTable,
} from '@gaussmark/analysis/words';

const percent = (value: number) => formatNumber(100 * value);

const columnsFor = ({ iteration: { one, many }, rows }: InnerLoopProblem): ColumnOf<InnerLoopRow>[] => [
  nameColumn('optimizer', ({ name }) => name),
  numberColumn(
    'inner/step',
    ({ iterations }) => estimateCell(iterations, formatNumber),
    `${many} in a step, mean over the run`,
  ),
  numberColumn(
    one,
    ({ secondsPerIteration }) => estimateCell(secondsPerIteration, formatSeconds),
    'Time of one iteration, measured after training with the host driving the loop',
  ),
  numberColumn(
    'step',
    ({ secondsPerStep }) => estimateCell(secondsPerStep, formatSeconds),
    'Median time of a step',
  ),
  numberColumn(
    'share of step %',
    ({ share }) => estimateCell(share, percent),
    `Time of a step’s ${many} relative to the step; above 100 if driving the loop from the host slows it down`,
  ),
  numberColumn(
    'by the line %',
    ({ shareByLine }) => numberCell(shareByLine, percent),
    `The same share, from the line through steps with different numbers of ${many}`,
  ),
  numberColumn(
    'all used %',
    ({ exhausted }) => estimateCell(exhausted, percent),
    `Steps that used up their ${many} before converging`,
  ),
  ...[...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))].map(
    (label): ColumnOf<InnerLoopRow> =>
      numberColumn(
        label,
        ({ metrics: { [label]: metric } }) => ({
          ...numberCell(metric?.last, formatNumber),
          ...(metric && { text: `${formatNumber(metric.first)} → ${formatNumber(metric.last)}` }),
        }),
        'Mean of the first epoch → mean of the last',
      ),
  ),
];

export const innerLoopTable = (problem: InnerLoopProblem): TextTable =>
  textTable(columnsFor(problem), problem.rows);
