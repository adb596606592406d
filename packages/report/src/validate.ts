// Checks a report document: its schema, and what a schema cannot say (names that refer, curves that advance).

import { createRequire } from 'node:module';
import { GaussmarkError, type Issue, validator } from '@gaussmark/core';
import type { Report, ReportRun } from './schema.js';

const require = createRequire(import.meta.url);
const schemaIssues = validator(() => require('../schemas/report.schema.json') as object);

/** Everything that is wrong with a document, each with its JSON pointer; an empty list if it is valid. */
export function reportIssues(document: unknown): Issue[] {
  const issues = schemaIssues(document);
  return issues.length > 0 ? issues : consistencyIssues(document as Report);
}

/**
 * The document as a report.
 *
 * @throws GaussmarkError that begins with `internal:` if it is not one: reports are made by the tool, never by hand.
 */
export function validateReport(document: unknown): Report {
  const issues = reportIssues(document);
  if (issues.length === 0) return document as Report;
  throw new GaussmarkError('internal: the report does not match its own schema', {
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

/** Values that have been before, with their places. */
function repeated(values: readonly string[]): { index: number; value: string }[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    if (seen.has(value)) return [{ index, value }];
    seen.add(value);
    return [];
  });
}

/** Epochs grow, iterations and seconds never shrink. */
function curveIssues(run: ReportRun, pointer: string): Issue[] {
  return run.curve.flatMap((point, index) => {
    const before = run.curve[index - 1];
    if (before === undefined) return [];
    const issues: Issue[] = [];
    if (point.epoch <= before.epoch) {
      issues.push({
        pointer: `${pointer}/${index}/epoch`,
        expected: `more than ${before.epoch}, the epoch before`,
        got: String(point.epoch),
      });
    }
    for (const clock of ['iterations', 'seconds'] as const) {
      if (point[clock] < before[clock]) {
        issues.push({
          pointer: `${pointer}/${index}/${clock}`,
          expected: `at least ${before[clock]}, the value before`,
          got: String(point[clock]),
        });
      }
    }
    return issues;
  });
}
