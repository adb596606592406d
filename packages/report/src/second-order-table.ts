// CG iterations, their cost and damping of second-order settings as a table of texts.

import type { SecondOrderProblem, SecondOrderRow } from '@gaussmark/analysis';
import { formatNumber, formatSeconds } from '@gaussmark/analysis/words';
import {
  type ColumnOf,
  estimateCell,
  numberCell,
  type TextTable,
  textCell,
  textTable,
} from './text-table.js';

const COLUMNS: readonly ColumnOf<SecondOrderRow>[] = [
  { title: 'optimizer', align: 'left', names: true, cell: ({ name }) => textCell(name) },
  {
    title: 'CG/step',
    align: 'right',
    explanation: 'Conjugate-gradient iterations of a step, mean over the run',
    cell: ({ cgIterations }) => estimateCell(cgIterations, formatNumber),
  },
  {
    title: 'CG iteration',
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
    explanation:
      'CG iterations of a step times the time of one, over the time of a step; the host drives the loop when one is timed, which adds to it, so that it may come out above 100',
    cell: ({ share }) => estimateCell(share, (value) => formatNumber(100 * value)),
  },
  {
    title: 'by the line %',
    align: 'right',
    explanation: 'The same by the line through the steps with different numbers of CG iterations',
    cell: ({ shareByLine }) => numberCell(shareByLine, (value) => formatNumber(100 * value)),
  },
  {
    title: 'all used %',
    align: 'right',
    explanation: 'Steps whose CG used up its iterations before it converged',
    cell: ({ exhausted }) => estimateCell(exhausted, (value) => formatNumber(100 * value)),
  },
  {
    title: 'damping',
    align: 'right',
    explanation: 'Mean of the first epoch, and of the last',
    cell: ({ damping }) => ({
      ...numberCell(damping?.last, formatNumber),
      ...(damping === null ? {} : { text: `${formatNumber(damping.first)} → ${formatNumber(damping.last)}` }),
    }),
  },
  {
    title: 'step size',
    align: 'right',
    explanation: 'Mean of the last epoch',
    cell: ({ stepSize }) => estimateCell(stepSize, formatNumber),
  },
];

export const secondOrderTable = ({ rows }: SecondOrderProblem): TextTable => textTable(COLUMNS, rows);
