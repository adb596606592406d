// Upgrades reports of version 1, whose keys named the only inner loop of its time, conjugate gradients.

import { REPORT_SCHEMA_VERSION } from './vocabulary.js';

type Json = Readonly<Record<string, unknown>>;

const ITERATION = { one: 'CG iteration', many: 'CG iterations' };
/** Keys of timings and published results, and a value of `kind`. */
const NAMES: Readonly<Record<string, string>> = {
  cgIterations: 'innerIterations',
  cgIteration: 'innerIteration',
};

/** Upgrades a report of version 1; returns any other document unchanged. */
export function upgradedReport(document: unknown): unknown {
  const report = document as Json | null;
  if (typeof report !== 'object' || report?.schemaVersion !== 1) return document;
  const { runs, timing, published } = report;
  return {
    ...report,
    schemaVersion: REPORT_SCHEMA_VERSION,
    ...(Array.isArray(runs) && { runs: runs.map(upgradedResult) }),
    ...(Array.isArray(timing) && { timing: timing.map((suite) => upgradedSuite(renamed(suite) as Json)) }),
    ...(published !== undefined && { published: renamed(published) }),
  };
}

/** Upgrades a run of a report, or the result of a stored one. */
export function upgradedResult<T>(result: T): T {
  const { cg, ...rest } = (result ?? {}) as Json;
  if (typeof cg !== 'object') return result;
  const metrics = { damping: 'damping', stepSize: 'step size' };
  return { ...rest, innerLoop: { name: 'cg', iteration: ITERATION, ...cg, metrics } } as T;
}

const upgradedSuite = (suite: Json): Json =>
  Array.isArray(suite.lines)
    ? { ...suite, lines: suite.lines.map((line: Json) => ({ ...line, iteration: ITERATION })) }
    : suite;

/** Hyperparameters keep their names, which belong to the optimizer. */
function renamed(value: unknown, key = ''): unknown {
  if (key === 'kind') return NAMES[String(value)] ?? value;
  if (key === 'hyperparameters' || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [NAMES[name] ?? name, renamed(item, name)]),
  );
}
