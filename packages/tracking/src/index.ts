// Tracking: snapshots, comparisons and histories of measurements.

export { assembleSnapshot } from './assemble-snapshot.js';
export { findCheckout, ownCheckout } from './checkout.js';
export { measureCheckouts } from './compare-checkouts.js';
export { type Comparison, compareSides, failsBy, percent } from './comparison.js';
export type { Row } from './comparison-row.js';
export { coverageWords } from './coverage-report.js';
export { historyReport, inOrderOfCommits, openMeasures } from './history.js';
export {
  acknowledge,
  addNights,
  distinctNights,
  type HistoryFile,
  hasHistories,
  nightOf,
  readHistories,
} from './history-file.js';
export { MeasurerFailure } from './measurer.js';
export { TRACKING_PROFILE, type TrackingRequest } from './plan-tracking.js';
export { revisionWords } from './revision.js';
export { resolveSide, type Side } from './sides.js';
export { sinceIn } from './since.js';
export { readSnapshot, renderSnapshot, type Snapshot, TIERS, type Tier } from './snapshot.js';
export { type Effort, type MeasureOptions, measureTiers } from './take-snapshot.js';
