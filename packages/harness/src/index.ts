// The harness: plans, runs and records benchmarks. It returns data and prints nothing.

// Plan: requests, profiles and problems to cells. Everything invalid is refused here.

export {
  builtinProblems,
  builtinProfiles,
  findProblem,
  findProfile,
  problemDefinitions,
} from './plan/builtin.js';
export { CELL_FACTS } from './plan/cell-facts.js';
export type { CellFacts } from './plan/cell-facts-task.js';
export { DatasetCatalog } from './plan/dataset-catalog.js';
export { demandNamedEngines, type EngineChoice } from './plan/engine-choice.js';
export { type ListedPlugin, type Listing, listAll } from './plan/listing.js';
export { defaultReportDirectory, locationsOf } from './plan/locations.js';
export { type MakePlan, makePlan, type Plan, planGroups } from './plan/plan.js';
export { PLAN, plannerIn } from './plan/plan-in-worker.js';
export { groupOf, groupsOf, type Pair, type PlanRequest } from './plan/request.js';

// Run: cells in supervised processes, their limits, conditions and outcomes.

export type { CellOutcome } from './run/cell-outcome.js';
export { describeEnvironment, describeMachine } from './run/environment.js';
export { Durations } from './run/estimate.js';
export { git } from './run/git.js';
export { jobsFor, limitsOf } from './run/limits.js';
export { type CurrentCell, ProgressState } from './run/progress-state.js';
export { type RecordingOptions, runAndRecord } from './run/run-and-record.js';
export { type Conditions, ConditionsWatch } from './run/run-conditions.js';
export { type IsolationOptions, runCellInProcess } from './run/run-in-process.js';
export { type PlanEvent, type RunOptions, runPlan, type SharedMachine } from './run/run-plan.js';
export { type Forecast, forecast } from './run/time-forecast.js';

// Store: records of runs, what they depend on, and which runs to repeat.

export { AppendOnlyFile } from './store/append-only-file.js';
export { differingParts, type Identity, identify, PARTS, type Part } from './store/identity.js';
export { type Merged, mergeStores, type Variant } from './store/merge.js';
export type { RecordHeader, RunRecord } from './store/record.js';
export { type Decision, decide, explain, explainDamage, RETRYABLE, type Retryable } from './store/resume.js';
export { savedIn } from './store/saved-models.js';
export { type Damage, type Entry, scanFile } from './store/scan.js';
export { countsBefore, readRecord, STORE_FOLDER, Store, setStoreAside } from './store/store.js';

// Document: records to reports, and reading them back.

export { assembleReport, outcomeOf, type ReportedOutcome, type ReportFrame } from './document/assemble.js';
export { mergeReports } from './document/merge-reports.js';
export { isAbsent, readReport, readReportOrStore } from './document/report-file.js';
export { reportOfStore, type StoreReportFrame } from './document/store-report.js';
