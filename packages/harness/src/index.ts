// The harness: plan, run, record, report; and the command line.

export { StorageError } from '@gaussmark/core';
export { assembleReport, type ReportedOutcome, type ReportFrame } from './assemble.js';
export { builtinProblems, builtinProfiles, findProblem, findProfile } from './builtin.js';
export type {
  Budget,
  Cell,
  CellEvent,
  CellProblem,
  CellResult,
  Choice,
  CurvePoint,
  Goals,
  ProblemFacts,
  Surroundings,
  Target,
} from './cell/cell.js';
export { type RunCellOptions, runCell } from './cell/run-cell.js';
export { whereReached } from './cell/target.js';
export { main } from './cli/main.js';
export { type Check, examine } from './doctor.js';
export { describeEnvironment } from './environment.js';
export { type ExportedStep, exportStep } from './export-step.js';
export { type Limits, limitsOf } from './isolation/limits.js';
export { type IsolationOptions, runCellInProcess } from './isolation/run-in-process.js';
export { type ListedPlugin, type Listing, listAll } from './listing.js';
export { mergeReports } from './merge-reports.js';
export { makePlan, type Plan } from './plan/plan.js';
export type { PlanRequest } from './plan/request.js';
export { parseSeeds } from './plan/seeds.js';
export { readReport } from './report-file.js';
export { type RecordingOptions, runAndRecord } from './run-and-record.js';
export type { Conditions } from './run-conditions.js';
export { type CellOutcome, type PlanEvent, type RunOptions, runPlan } from './run-plan.js';
export { type Identity, identify } from './store/identity.js';
export { type Merged, mergeStores } from './store/merge.js';
export type { RecordHeader, RunRecord } from './store/record.js';
export { type Decision, decide, type Retryable } from './store/resume.js';
export { readRecord, Store } from './store/store.js';
export { reportOfStore, type StoreReportFrame } from './store-report.js';
export { defaultReportDirectory, surroundingsOf } from './surroundings.js';
export { type Forecast, forecast } from './time-forecast.js';
