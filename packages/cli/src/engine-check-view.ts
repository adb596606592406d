// What the terminal shows of a check: how far it is, and the table of subjects by engines.

import {
  type CheckProgress,
  conforms,
  countsOf,
  type EngineReport,
  type SubjectSummary,
} from '@gaussmark/engine-conformance';
import { liveDisplay } from './live-display.js';
import { wrap } from './paragraph.js';
import type { Sheet } from './screen.js';
import type { Colors } from './styles.js';
import { renderTable } from './table.js';

export interface CheckProgressView {
  /** An engine begins. */
  begin(engine: string): void;
  update(progress: CheckProgress): void;
  end(report: EngineReport): void;
  /** Takes the display away. */
  stop(): void;
}

/** @param count engines there are */
export function checkProgressOn(sheet: Sheet, count: number, quiet: boolean): CheckProgressView {
  const silent = { begin: () => {}, update: () => {}, end: () => {}, stop: () => {} };
  if (quiet) return silent;
  const display = sheet.isTerminal ? liveDisplay() : undefined;
  let index = 0;
  let engine = '';
  const line = (text: string) => `${sheet.colors.dim(`${index}/${count}`)} ${engine}: ${text}`;
  return {
    begin: (label) => {
      index += 1;
      engine = label;
      display?.(line('starting'));
    },
    update: ({ done, total, subject }) => display?.(line(`${done} of ${total} cases, ${subject}`)),
    end: (report) => {
      display?.clear();
      sheet.write(`${line(verdictOf(report))}\n`);
    },
    stop: () => {
      display?.clear();
      display?.done();
    },
  };
}

function verdictOf(report: EngineReport): string {
  const { passed, unsupported, failed } = countsOf(report);
  const counts = `${passed} passed, ${unsupported} unsupported, ${failed} failed`;
  return report.ended === undefined ? counts : `${counts}; ${report.ended}`;
}

/** A subject a row, an engine a column; below them the reasons and the failures. */
export function renderChecks(reports: readonly EngineReport[], sheet: Sheet): string {
  const { colors } = sheet;
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
  const wrapped = notes.map((note) => wrap(note, sheet.columns, '  '));
  return [renderTable(columns, rows, sheet), ...(notes.length === 0 ? [] : [wrapped.join('\n')])].join(
    '\n\n',
  );
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

/** Of each subject, this many failures are told in full. */
const TOLD = 3;

function notesOf(report: EngineReport, colors: Colors): string[] {
  const { engine, subjects, ended } = report;
  const reasons = [
    ...new Set(subjects.flatMap(({ unsupported }) => unsupported.map(({ reason }) => reason))),
  ];
  return [
    ...(conforms(report) ? [`${colors.green('conforms:')} ${engine}`] : []),
    ...(ended === undefined ? [] : [`${colors.red('ended:')} ${engine}: ${ended}`]),
    ...reasons.map((reason) => `${colors.yellow('unsupported:')} ${engine} ${reason}`),
    ...subjects.flatMap(({ subject, failures }) => [
      ...failures
        .slice(0, TOLD)
        .map(
          ({ name, dtype, reason }) =>
            `${colors.red('failed:')} ${engine}: ${subject}, ${dtype}, ${name}: ${reason}`,
        ),
      ...(failures.length > TOLD ? [`${failures.length - TOLD} more of ${subject} on ${engine}`] : []),
    ]),
  ];
}
