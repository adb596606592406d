// Validates reports and histories: their schema, and what schemas cannot express (references, curves that advance).

import { createRequire } from 'node:module';
import { builtValidator, GaussmarkError, type Issue } from '@gaussmark/core';
import type { HistoryReport } from './history-schema.js';
import type { Report, ReportRun } from './report-schema.js';

type CurvePoint = Pick<ReportRun['curve'][number], 'epoch' | 'iterations' | 'seconds'>;

const require = createRequire(import.meta.url);
/** A validator that scripts/validators.mjs compiles. */
const built = (name: string) => builtValidator(() => require(`../../dist/validators/${name}.cjs`));
const schemaIssues = built('report');
const historyIssues = built('history');
const runSchemaIssues = built('run');
const pointSchemaIssues = built('point');

/** Parts of a plan that reports copy. */
const PLAN_PARTS = ['problems', 'skipped', 'published'] as const;
type PlanPart = (typeof PLAN_PARTS)[number];
const partIssues = PLAN_PARTS.map((part) => [part, built(part)] as const);

/** All issues of a document, with JSON pointers; empty if it is valid. */
export function reportIssues(document: unknown): Issue[] {
  const issues = schemaIssues(document);
  return issues.length > 0 ? issues : consistencyIssues(document as Report);
}

/** All issues of the parts of a plan, as parts of a report. */
export function planIssues(plan: Readonly<Partial<Record<PlanPart, unknown>>>): Issue[] {
  return partIssues.flatMap(([part, issuesOf]) =>
    plan[part] === undefined
      ? []
      : issuesOf(plan[part]).map((issue) => ({ ...issue, pointer: `/${part}${issue.pointer}` })),
  );
}

/** All issues of a run. */
export function runIssues(run: unknown): Issue[] {
  const issues = runSchemaIssues(run);
  return issues.length > 0 ? issues : curveIssues(run as ReportRun, '/curve');
}

/** All issues of a point on a curve, after the point `before`. */
export function pointIssues(point: unknown, before?: CurvePoint): Issue[] {
  const issues = pointSchemaIssues(point);
  return issues.length > 0 ? issues : orderIssues(point as CurvePoint, before, '');
}

/**
 * The document as a report.
 *
 * @throws GaussmarkError with a summary that begins with `internal:` if it is invalid: only the tool writes reports.
 */
export const validateReport = (document: unknown): Report =>
  valid<Report>('report', document, reportIssues(document));

/**
 * The document as a history.
 *
 * @throws GaussmarkError with a summary that begins with `internal:` if it is invalid
 */
export const validateHistory = (document: unknown): HistoryReport =>
  valid<HistoryReport>('history', document, historyIssues(document));

function valid<T>(what: string, document: unknown, issues: readonly Issue[]): T {
  if (issues.length === 0) return document as T;
  throw new GaussmarkError(`internal: the ${what} does not match its own schema`, {
    issues,
    remedy: 'this is a defect of gaussmark; please report it with this message',
  });
}

function consistencyIssues(report: Report): Issue[] {
  const problems = new Set(report.problems.map(({ name }) => name));
  const known =
    [...problems].map((name) => `'${name}'`).join(', ') || 'a problem of the report, which has none';
  return [
    ...repeated(report.problems.map(({ name }) => name)).map(({ index, value }) => ({
      pointer: `/problems/${index}/name`,
      expected: 'a name that no other problem has',
      got: `'${value}'`,
    })),
    ...repeated(report.runs.map(({ id }) => id)).map(({ index, value }) => ({
      pointer: `/runs/${index}/id`,
      expected: 'an id that no other run has',
      got: `'${value}'`,
    })),
    ...report.runs.flatMap((run, index) => [
      ...(problems.has(run.problem)
        ? []
        : [{ pointer: `/runs/${index}/problem`, expected: known, got: `'${run.problem}'` }]),
      ...curveIssues(run, `/runs/${index}/curve`),
    ]),
    ...(report.timing ?? []).flatMap(({ problem }, index) =>
      problems.has(problem)
        ? []
        : [{ pointer: `/timing/${index}/problem`, expected: known, got: `'${problem}'` }],
    ),
    ...(report.tuning ?? []).flatMap((tuning, index) =>
      (['studies', 'contestants', 'comparisons'] as const).flatMap((part) =>
        tuning[part].flatMap(({ problem }, position) =>
          problems.has(problem)
            ? []
            : [
                {
                  pointer: `/tuning/${index}/${part}/${position}/problem`,
                  expected: known,
                  got: `'${problem}'`,
                },
              ],
        ),
      ),
    ),
  ];
}

/** Repeated values, with their indices. */
function repeated(values: readonly string[]): { index: number; value: string }[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    if (seen.has(value)) return [{ index, value }];
    seen.add(value);
    return [];
  });
}

/** Epochs increase; iterations and seconds never decrease. */
function curveIssues(run: ReportRun, pointer: string): Issue[] {
  return run.curve.flatMap((point, index) => orderIssues(point, run.curve[index - 1], `${pointer}/${index}`));
}

function orderIssues(point: CurvePoint, before: CurvePoint | undefined, pointer: string): Issue[] {
  if (before === undefined) return [];
  const issues: Issue[] = [];
  if (point.epoch <= before.epoch) {
    issues.push({
      pointer: `${pointer}/epoch`,
      expected: `more than ${before.epoch}, the epoch before`,
      got: String(point.epoch),
    });
  }
  for (const clock of ['iterations', 'seconds'] as const) {
    if (point[clock] < before[clock]) {
      issues.push({
        pointer: `${pointer}/${clock}`,
        expected: `at least ${before[clock]}, the value before`,
        got: String(point[clock]),
      });
    }
  }
  return issues;
}
