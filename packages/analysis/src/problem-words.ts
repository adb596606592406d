// What a line of facts says of a problem's mini-batches and of its mean training loss.

import { formatCount } from './format.js';
import type { ReportProblem } from './schema/report-schema.js';

type Batches = Pick<ReportProblem, 'batchSize' | 'requestedBatchSize' | 'trainLossMean'>;

/** `100`; `404 (1000 asked for)` where there are no more examples. */
export function batchSizeWords({ batchSize, requestedBatchSize }: Batches): string {
  const asked = requestedBatchSize === undefined ? '' : ` (${formatCount(requestedBatchSize)} asked for)`;
  return `${formatCount(batchSize)}${asked}`;
}

/** What the mean training loss of an epoch is a mean over; reports that do not say it are from when it was mini-batches. */
export function trainLossWords({ trainLossMean = 'batches' }: Batches): string {
  return trainLossMean === 'examples'
    ? 'train loss averaged over examples'
    : 'train loss averaged over mini-batches';
}
