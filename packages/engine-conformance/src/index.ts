// Engine conformance: cases for every primitive, a checker for any engine, and the table of results.

export type { ConformanceCase } from './case.js';
export {
  type CaseOutcome,
  type CaseResult,
  type CheckOptions,
  checkEngine,
  type NextCase,
} from './check.js';
export { type CheckProgress, checkInProcess } from './check-in-process.js';
export type { Deviation } from './compare.js';
export { type JoinedCases, joinedCases } from './joined.js';
export { LAWS, type Law } from './laws.js';
export { conformanceMarkdown, toleranceMarkdown } from './markdown.js';
export { referenceOutputs } from './reference.js';
export { runProgram } from './run-program.js';
export { conformanceCases } from './suite.js';
export { conforms, countsOf, type EngineReport, type SubjectSummary, summarize } from './summary.js';
export { type Scale, TOLERANCES, type Tolerance } from './tolerance.js';
export { randomValue, type ValueRange } from './values.js';
