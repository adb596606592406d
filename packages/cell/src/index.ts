// One run, from data to curve: its cell, its programs, its training and evaluation, and a step as a file.

export { accountFor } from './accounting.js';
export { BudgetAccount } from './budget-account.js';
export {
  type Budget,
  type Cell,
  type CellEvent,
  type CellProblem,
  type CellResult,
  type CurvePoint,
  type Locations,
  type ProblemFacts,
  pluginsOf,
  stepsOf,
  type Target,
  type ValidationSplit,
} from './cell.js';
export { clockSeconds } from './clock.js';
export { plannedSteps } from './epochs.js';
export { Evaluation } from './evaluation.js';
export { EvaluationPoint, evaluationPointProgram } from './evaluation-point.js';
export { exportIn } from './export/export-in-worker.js';
export { type ExportedStep, exportStep } from './export/export-step.js';
export type { SavedModel, SaveRequest } from './export/save-model.js';
export { impossibleTimes } from './impossible-times.js';
export { MetricMeans } from './metric-means.js';
export { evaluationProgram, exampleTypes, initProgram, type Subject } from './programs.js';
export { type Progress, progressOfSteps } from './progress.js';
export { type RunCellOptions, runCell, startEngine } from './run-cell.js';
export type { RunTask } from './run-task.js';
export {
  contextOf,
  initialState,
  mostBatches,
  type ProblemSetup,
  type Setup,
  setUp,
  setUpOptimizer,
  setUpProblem,
  uploadSplit,
} from './setup.js';
export { onRows, type StepProgram, traceStep, withoutCounts } from './step.js';
export { clockValues } from './step-clock.js';
export { evaluated, reaches, whereReached } from './target.js';
export { Training, type TrainingData, uploadAll } from './training.js';
export { strataOf, validationSize } from './validation-split.js';
export { VERSION } from './version.js';
export { costOfRun, gradientFlops, iterationCost, turnsOf } from './work.js';
