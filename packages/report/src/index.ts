// Report documents to JSON, Markdown, HTML, SVG and CSV.

export { CLOCKS, type Clock } from './clock.js';
export type { Contest, ContestEntry, Verdict } from './contest.js';
export { type ContestTest, contestTests } from './contest-tests.js';
export { CURVE_COLUMNS, curvesCsv } from './curves-csv.js';
export { formatCommand } from './format.js';
export { type Outcome, outcomeOf } from './groups.js';
export type { Held } from './held.js';
export { changeTable, historyNotes } from './history/change-table.js';
export { changesByNight, historySummary, inOrderOfInterest, sinceWords } from './history/overview.js';
export type {
  HistoryChange,
  HistoryMeasure,
  HistoryNight,
  HistoryPoint,
  HistoryReport,
  MachineHistory,
} from './history/schema.js';
export { analyzeSeries, FEWEST_NIGHTS, type SeriesAnalysis, type SeriesKind } from './history/series.js';
export {
  formatChange,
  formatChangeInterval,
  formatMeasure,
  isOpen,
  lastChange,
  nightWords,
  shortCommit,
  verdictWords,
} from './history/words.js';
export { type HistoryFiles, renderHistoryJson, writeHistory } from './history/write.js';
export { renderHtml } from './html.js';
export type { CostModel, Leaderboard, LeaderboardOptions } from './leaderboard.js';
export { leaderboards } from './leaderboard.js';
export type { LeaderboardRow } from './leaderboard-row.js';
export { renderMarkdown } from './markdown.js';
export { type MeanRank, type ProfileEntry, type ProfileSet, type Profiles, profilesOf } from './profiles.js';
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
  CurvePoint,
  Report,
  ReportEnvironment,
  ReportProblem,
  ReportRun,
  ReportSkip,
} from './schema.js';
export { type SecondOrderProblem, type SecondOrderRow, secondOrderOf } from './second-order.js';
export {
  BOOTSTRAP_RESAMPLES,
  BOOTSTRAP_SEED,
  type Estimate,
  estimateMean,
  estimateMedian,
  estimateRatio,
  type Range,
  resamplesFor,
} from './statistics.js';
export { type SummaryColumn, type SummaryRow, type SummaryTable, summaryTable } from './tables.js';
export { goalWords, targetSentence } from './target-words.js';
export {
  type Goals,
  type ProblemTarget,
  type TimeEstimate,
  type TimesToTarget,
  targetOf,
} from './targets.js';
export type {
  TimingCost,
  TimingEstimate,
  TimingLine,
  TimingSuite,
} from './timing-schema.js';
export {
  type TimingCell,
  type TimingColumn,
  type TimingTable,
  timingTable,
} from './timing-table.js';
export { runWarnings } from './trust.js';
export type {
  Tuning,
  TuningComparison,
  TuningContestant,
  TuningEstimate,
  TuningStudy,
  TuningTrack,
  TuningTrial,
} from './tuning-schema.js';
export { type TuningColumn, type TuningTable, tuningTables } from './tuning-table.js';
export { planIssues, pointIssues, reportIssues, runIssues, validateReport } from './validate.js';
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
} from './vocabulary.js';
export { type ReportFiles, renderJson, reportFilesIn, type WriteOptions, writeReport } from './write.js';
export { renderFigures, writeCurves, writeFigures } from './write-extras.js';
