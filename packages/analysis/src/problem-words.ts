// A problem's mini-batches and mean training loss in words.

import { formatCount } from './format.js';
import type { ReportProblem } from './schema/report-schema.js';

type Batches = Pick<ReportProblem, 'batchSize' | 'requestedBatchSize' | 'trainLossMean'>;

/** `100`; `404 (1000 asked for)` if there are fewer examples. */
export function batchSizeWords({ batchSize, requestedBatchSize }: Batches): string {
  const asked = requestedBatchSize === undefined ? '' : ` (${formatCount(requestedBatchSize)} asked for)`;
  return `${formatCount(batchSize)}${asked}`;
}

/** What an epoch's training loss is averaged over; older reports lack it and mean mini-batches. */
export function trainLossWords({ trainLossMean = 'batches' }: Batches): string {
  return trainLossMean === 'examples'
    ? 'train loss averaged over examples'
    : 'train loss averaged over mini-batches';
}
