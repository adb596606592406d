// Records to numbers: groups, leaderboards, targets, profiles, contests, and the schemas of the records themselves.

export { contestTestTable } from './contest-test-table.js';
export { type ContestTest, contestTests } from './contest-tests.js';
export { groupBy } from './group-by.js';
export { groupsOf, type Outcome, outcomeOf, type RunGroup } from './groups.js';
export type { Held } from './held.js';
export { analyzeSeries, FEWEST_NIGHTS, type SeriesAnalysis, type SeriesKind } from './history/series.js';
export { type InnerLoopProblem, type InnerLoopRow, innerLoopsOf } from './inner-loops.js';
export {
  type Arena,
  arenasOf,
  type CostModel,
  type Leaderboard,
  leaderboards,
  MOST_TIME_RESAMPLES,
} from './leaderboard.js';
export type { LeaderboardRow } from './leaderboard-row.js';
export { overallVerdict } from './overall-verdict.js';
export { profileNotes, profileTable, scoreTable } from './profile-table.js';
export {
  type MeanRank,
  type ProfileEntry,
  type ProfileSet,
  type Profiles,
  type ProfileUnit,
  profilesOf,
} from './profiles.js';
export type { RankOverBudget } from './rank-over-budget.js';
export {
  type Agreement,
  type Comparison,
  RELATIVE_TOLERANCE,
  type ReproducedConfiguration,
  type Reproduction,
  reproductions,
  type Spread,
  type StepCost,
} from './reproduction.js';
export type {
  HistoryChange,
  HistoryMeasure,
  HistoryNight,
  HistoryPoint,
  HistoryReport,
  MachineHistory,
} from './schema/history-schema.js';
export type {
  CurvePoint,
  Report,
  ReportEnvironment,
  ReportProblem,
  ReportRun,
  ReportSkip,
} from './schema/report-schema.js';
export type { TimingCost, TimingEstimate, TimingLine, TimingSuite } from './schema/timing-schema.js';
export type {
  Tuning,
  TuningComparison,
  TuningContestant,
  TuningEstimate,
  TuningStudy,
  TuningTrack,
  TuningTrial,
} from './schema/tuning-schema.js';
export {
  planIssues,
  pointIssues,
  reportIssues,
  runIssues,
  validateHistory,
  validateReport,
} from './schema/validate.js';
export { upgradedReport, upgradedResult } from './schema/version-1.js';
export {
  CHANGE_VERDICTS,
  type ChangeVerdict,
  finiteOrNull,
  HISTORY_REPORT_FORMAT,
  HISTORY_REPORT_SCHEMA_VERSION,
  REPORT_SCHEMA_VERSION,
  RUN_STATUSES,
  type RunStatus,
  TIMED_KINDS,
  type TimedKind,
  TUNING_CRITERIA,
  TUNING_MEASURES,
  type TuningCriterion,
  type TuningMeasure,
} from './schema/vocabulary.js';
export { type SpeedupRow, type SpeedupSet, type Standing, type Standings, standingsOf } from './standings.js';
export { rankTable, speedupTable } from './standings-table.js';
export {
  BOOTSTRAP_RESAMPLES,
  BOOTSTRAP_SEED,
  type Estimate,
  estimateMean,
  estimateMedian,
  estimateRatio,
  intervalWords,
  type Range,
  resamplesFor,
} from './statistics.js';
export {
  type Goals,
  type ProblemTarget,
  type TimeEstimate,
  type TimesToTarget,
  targetOf,
} from './targets.js';
export { conditionWords, runWarnings, timingWarnings } from './trust.js';
