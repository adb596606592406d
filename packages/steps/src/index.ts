// Timing the parts of a step.

export { planSuites, type SuitesPlan } from './plan-suites.js';
export { optimizersOfProfile, problemsOfProfile } from './profile-suite.js';
export { medianOf } from './ratios.js';
export { runSuite, SuiteFailure } from './run-suite.js';
export { TimedProblem } from './subjects.js';
export type { Clock, Method, Suite, SuiteEvent, SuitePhase } from './suite.js';
export { timingOf } from './timing.js';
