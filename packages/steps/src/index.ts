// The parts of a step: their times, and their program.

export { planSuites, type SuitesPlan } from './plan-suites.js';
export { optimizersOfProfile, problemsOfProfile } from './profile-suite.js';
export { medianOf } from './ratios.js';
export { runSuite, SuiteFailure } from './run-suite.js';
export { TimedProblem } from './subjects.js';
export type { Clock, Method, Suite, SuiteEvent, SuitePhase } from './suite.js';
export { timingOf } from './timing.js';
export { traceIn } from './trace-in-worker.js';
export type { PrimitiveShare, TracedOptimizer } from './trace-optimizer.js';
