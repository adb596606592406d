// A measured suite in the form of reports.

import type { TimingSuite } from '@gaussmark/analysis';
import { defined, type PublishedResults } from '@gaussmark/core';
import type { Conditions } from '@gaussmark/harness';
import { analyse } from './analysis.js';
import { publishedLine } from './published-line.js';
import type { Clock, Measurement, Suite } from './suite.js';

export function timingOf(
  { problem, engineLabel }: Suite,
  measurement: Measurement,
  clock: Clock,
  { loadAverage, othersBusy, distrust }: Conditions,
  published: PublishedResults | undefined,
): TimingSuite {
  const { engineInfo, rounds, seconds } = measurement;
  const { costs, peak, lines } = analyse(measurement);
  return {
    problem: problem.name,
    engine: engineLabel,
    engineInfo: { ...engineInfo },
    dtype: problem.dtype,
    batchSize: problem.batchSize,
    rounds,
    seconds,
    clock,
    loadAverage,
    othersBusy,
    // Processor times exclude waiting for others, so there is no reason for distrust.
    ...defined({ distrust: clock === 'cpu' ? undefined : distrust }),
    costs,
    peak,
    lines: lines.map((line) => {
      const theirs = publishedLine(published, problem, line);
      return theirs === undefined ? line : { ...line, published: theirs };
    }),
  };
}
