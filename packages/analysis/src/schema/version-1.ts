// Reports of version 1, which had one kind of inner loop, conjugate gradients, and named it in their keys.

import { REPORT_SCHEMA_VERSION } from './vocabulary.js';

type Json = Readonly<Record<string, unknown>>;

const ITERATION = { one: 'CG iteration', many: 'CG iterations' };
/** Keys of timings and published results, and a value of `kind`. */
const NAMES: Readonly<Record<string, string>> = {
  cgIterations: 'innerIterations',
  cgIteration: 'innerIteration',
};

/** A report of version 1 as one of the present version; any other document as it is. */
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

/** A run, or the result of a stored run, with its inner loop under the present key. */
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

/** Hyperparameters keep their names: they are the optimizer's. */
function renamed(value: unknown, key = ''): unknown {
  if (key === 'kind') return NAMES[String(value)] ?? value;
  if (key === 'hyperparameters' || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => renamed(item));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [NAMES[name] ?? name, renamed(item, name)]),
  );
}
