// Inner loops as a table of texts: iterations, their cost, and what else the optimizer reports of them.

import type { InnerLoopProblem, InnerLoopRow } from '@gaussmark/analysis';
import { formatNumber, formatSeconds } from '@gaussmark/analysis/words';
import {
  type ColumnOf,
  estimateCell,
  numberCell,
  type TextTable,
  textCell,
  textTable,
} from './text-table.js';

const percent = (value: number) => formatNumber(100 * value);

const columnsFor = ({ iteration: { one, many }, rows }: InnerLoopProblem): ColumnOf<InnerLoopRow>[] => [
  { title: 'optimizer', align: 'left', names: true, cell: ({ name }) => textCell(name) },
  {
    title: 'inner/step',
    align: 'right',
    explanation: `Number of ${many} in a step, mean over the run`,
    cell: ({ iterations }) => estimateCell(iterations, formatNumber),
  },
  {
    title: one,
    align: 'right',
    explanation: 'Time of one, measured after training with the host driving the loop',
    cell: ({ secondsPerIteration }) => estimateCell(secondsPerIteration, formatSeconds),
  },
  {
    title: 'step',
    align: 'right',
    explanation: 'Median time of a step',
    cell: ({ secondsPerStep }) => estimateCell(secondsPerStep, formatSeconds),
  },
  {
    title: 'share of step %',
    align: 'right',
    explanation: `Time of all ${many} of a step over the time of the step; above 100 where driving the loop from the host slows it down`,
    cell: ({ share }) => estimateCell(share, percent),
  },
  {
    title: 'by the line %',
    align: 'right',
    explanation: `The same by the line through steps with different numbers of ${many}`,
    cell: ({ shareByLine }) => numberCell(shareByLine, percent),
  },
  {
    title: 'all used %',
    align: 'right',
    explanation: `Steps that used up their ${many} before they converged`,
    cell: ({ exhausted }) => estimateCell(exhausted, percent),
  },
  ...[...new Set(rows.flatMap(({ metrics }) => Object.keys(metrics)))].map(
    (label): ColumnOf<InnerLoopRow> => ({
      title: label,
      align: 'right',
      explanation: 'Mean of the first epoch, and of the last',
      cell: ({ metrics: { [label]: metric } }) => ({
        ...numberCell(metric?.last, formatNumber),
        ...(metric && { text: `${formatNumber(metric.first)} → ${formatNumber(metric.last)}` }),
      }),
    }),
  ),
];

export const innerLoopTable = (problem: InnerLoopProblem): TextTable =>
  textTable(columnsFor(problem), problem.rows);
