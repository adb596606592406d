// Statistics for optimizer benchmarks: pure functions over numbers.

export {
  type BootstrapMethod,
  type BootstrapOptions,
  bootstrap,
  bootstrapMean,
  bootstrapMedian,
} from './bootstrap.js';
export { type CertifiedTarget, certifiedTarget } from './certified-target.js';
export {
  type Change,
  detectChanges,
  type HistoryAnalysis,
  type HistoryOptions,
  type HistorySegment,
} from './change-points.js';
export { type CriticalDifference, criticalDifference, type RankedPair } from './critical-difference.js';
export { type CrossingBias, type ExchangeRate, exchangeRate, firstCrossings } from './exchange-rate.js';
export { geometricMean } from './geometric-mean.js';
export { holm } from './multiplicity.js';
export { type NoiseFloor, noiseFloor, type TimedPairs } from './noise-floor.js';
export {
  comparePaired,
  type PairedComparison,
  type PairedTest,
} from './paired.js';
export { pairsNeeded } from './power.js';
export {
  ALGOPERF_MAX_RATIO,
  type PerformanceProfile,
  type ProfilePoint,
  performanceProfiles,
} from './profiles.js';
export { successRate } from './proportion.js';
export { midRanks, type OptimizerRank, type OptimizerResults, rankOptimizers } from './ranks.js';
export type { Estimate, Interval } from './samples.js';
export { type FittedSegment, type SegmentationOptions, segmentSeries } from './segmentation.js';
export { hodgesLehmann, type SignedRankTest, signedRankTest } from './signed-rank.js';
export { type ProblemSpeedup, type ProblemTime, type Speedup, speedupOver } from './speedup.js';
export { differenceOf, isConstant, roundingNoise, type Spread, sameToRounding, spreadOf } from './spread.js';
export {
  kaplanMeier,
  medianTime,
  type SurvivalStep,
  summarizeTimesToTarget,
  type TimeToTarget,
  type TimeToTargetSummary,
} from './survival.js';
export {
  compareTimed,
  type TimedComparison,
  type TimedDecision,
  type TimedOptions,
} from './timed-comparison.js';
export { mannKendall, type TrendTest } from './trend.js';
