// An engine check on the terminal: subjects by engines, then reasons and failures.

import { conforms, countsOf, type EngineReport, type SubjectSummary } from '@gaussmark/engine-conformance';
import { wrap } from './paragraph.js';
import type { Sink } from './screen.js';
import type { Colors } from './styles.js';
import { renderTable } from './table.js';

/** `412 passed, 3 unsupported, 0 failed` */
export function verdictOf(report: EngineReport): string {
  const { passed, unsupported, failed } = countsOf(report);
  const counts = `${passed} passed, ${unsupported} unsupported, ${failed} failed`;
  return report.ended === undefined ? counts : `${counts}; ${report.ended}`;
}

/** A row per subject, a column per engine; below, reasons and failures. */
export function renderChecks(reports: readonly EngineReport[], sink: Sink): string {
  const { colors } = sink;
  const subjects = [...new Set(reports.flatMap((report) => report.subjects.map(({ subject }) => subject)))];
  const columns = [{ title: '' }, ...reports.map(({ engine }) => ({ title: engine }))];
  const rows = subjects.map((subject) => [
    subject,
    ...reports.map(({ subjects }) =>
      cell(
        subjects.find((summary) => summary.subject === subject),
        colors,
      ),
    ),
  ]);
  const notes = reports.flatMap((report) => notesOf(report, colors));
  const wrapped = notes.map((note) => wrap(note, sink.columns, '  '));
  return [renderTable(columns, rows, sink), ...(notes.length === 0 ? [] : [wrapped.join('\n')])].join('\n\n');
}

function cell(summary: SubjectSummary | undefined, colors: Colors): string {
  if (summary === undefined) return '';
  const { passed, share, failures, unsupported } = summary;
  const declared = unsupported.reduce((total, { count }) => total + count, 0);
  return [
    ...(passed === 0
      ? []
      : [`${colors.green('✓')} ${passed}${share === 0 ? '' : colors.dim(` ${percent(share)}`)}`]),
    ...(declared === 0 ? [] : [colors.yellow(`– ${declared}`)]),
    ...(failures.length === 0 ? [] : [colors.red(`✗ ${failures.length}`)]),
  ].join('  ');
}

/** Of the tolerance. */
const percent = (share: number) => `${share < 0.005 ? '<1' : Math.round(100 * share)} %`;

/** Failures listed per subject. */
const MOST_FAILURES = 3;

function notesOf(report: EngineReport, colors: Colors): string[] {
  const { engine, subjects, ended } = report;
  const reasons = [
    ...new Set(subjects.flatMap(({ unsupported }) => unsupported.map(({ reason }) => reason))),
  ];
  return [
    ...(conforms(report) ? [`${colors.green('conforms:')} ${engine}`] : []),
    ...(ended === undefined ? [] : [`${colors.red('crashed:')} ${engine}: ${ended}`]),
    ...reasons.map((reason) => `${colors.yellow('unsupported:')} ${engine} ${reason}`),
    ...subjects.flatMap(({ subject, failures }) => [
      ...failures
        .slice(0, MOST_FAILURES)
        .map(
          ({ name, dtype, reason }) =>
            `${colors.red('failed:')} ${engine}: ${subject}, ${dtype}, ${name}: ${reason}`,
        ),
      ...(failures.length > MOST_FAILURES
        ? [`${failures.length - MOST_FAILURES} more failures of ${subject} on ${engine}`]
        : []),
    ]),
  ];
}
