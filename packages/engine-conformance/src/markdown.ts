// Formats conformance results as Markdown: subjects by engines, reasons for unsupported cases, failures, tolerances.

import type { Primitive } from '@gaussmark/autodiff';
import { codeSpan, escapeMarkdown, markdownTable } from '@gaussmark/core';
import { conforms, countsOf, type EngineReport } from './summary.js';
import { TOLERANCES } from './tolerance.js';

/** The table and its notes, without a heading. */
export function conformanceMarkdown(reports: readonly EngineReport[]): string {
  const notes = new Notes();
  const subjects = [...new Set(reports.flatMap((report) => report.subjects.map(({ subject }) => subject)))];
  const rows = subjects.map((subject) => [
    isPrimitive(subject) ? codeSpan(subject, true) : escapeMarkdown(subject),
    ...reports.map((report) => cell(report, subject, notes)),
  ]);
  const parts = [
    engines(reports),
    markdownTable(['', ...reports.map(({ engine }) => codeSpan(engine, true))], rows),
    LEGEND,
    notes.list(),
    failures(reports),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** The tolerance of each primitive, and why. */
export function toleranceMarkdown(): string {
  const rows = Object.entries(TOLERANCES).map(([primitive, { scale, float32, float64, reason }]) => [
    codeSpan(primitive, true),
    float32 === 0 ? 'exact' : `${float32}`,
    float64 === 0 ? 'exact' : `${float64}`,
    float32 === 0 && float64 === 0 ? '' : scale,
    escapeMarkdown(reason),
  ]);
  return markdownTable(['primitive', 'float32', 'float64', 'relative to', 'reason'], rows);
}

const LEGEND =
  'Each cell gives the number of cases that passed, their dtypes, and in parentheses the largest error as a share of its ' +
  'tolerance (omitted if all values match exactly). – counts cases that the engine declares unsupported, with the reason ' +
  'below; ✗ counts failures.';

function engines(reports: readonly EngineReport[]): string {
  const rows = reports.map((report) => {
    const { engine, info, ended } = report;
    const { passed, unsupported, failed } = countsOf(report);
    return [
      codeSpan(engine, true),
      escapeMarkdown(
        Object.entries(info)
          .filter(([key]) => key !== 'engine')
          .map(([key, value]) => `${key} ${value}`)
          .join(', '),
      ),
      ...[passed, unsupported, failed].map(String),
      conforms(report) ? 'conforms' : escapeMarkdown(ended ?? 'fails'),
    ];
  });
  return markdownTable(['engine', 'what ran', 'passed', 'unsupported', 'failed', 'verdict'], rows);
}

/** Reasons, numbered in order of first use. */
class Notes {
  readonly #numbers = new Map<string, number>();

  /** Back ends of the same engine share reasons. */
  numberOf(engine: string, reason: string): number {
    const text = `${codeSpan(engine.split('[')[0]!)} ${escapeMarkdown(reason)}`;
    const number = this.#numbers.get(text) ?? this.#numbers.size + 1;
    this.#numbers.set(text, number);
    return number;
  }

  list(): string {
    return [...this.#numbers].map(([text, number]) => `${number}. ${text}`).join('\n');
  }
}

const SHORT = { float32: 'f32', float64: 'f64', int32: 'i32', bool: 'bool' } as const;

function cell({ engine, subjects }: EngineReport, subject: string, notes: Notes): string {
  const summary = subjects.find((each) => each.subject === subject);
  if (summary === undefined) return '';
  const { passed, dtypes, share, failures, unsupported } = summary;
  const size = share === 0 ? '' : ` (${share < 0.005 ? '<0.01' : share.toFixed(2)})`;
  const parts = [
    ...(passed === 0 ? [] : [`${passed} ${dtypes.map((dtype) => SHORT[dtype]).join(' ')}${size}`]),
    ...unsupported.map(({ reason, count }) => `– ${count}&nbsp;<sup>${notes.numberOf(engine, reason)}</sup>`),
    ...(failures.length === 0 ? [] : [`**✗ ${failures.length}**`]),
  ];
  return parts.join('<br>');
}

/** Failures to print in full, per engine and subject. */
const LISTED = 5;

function failures(reports: readonly EngineReport[]): string {
  return reports
    .flatMap(({ engine, subjects }) =>
      subjects.flatMap(({ subject, failures }) => {
        const lines = failures
          .slice(0, LISTED)
          .map(
            ({ name, dtype, reason }) =>
              `- ${codeSpan(engine)}, ${escapeMarkdown(subject)}, ${dtype}, ${escapeMarkdown(name)}: ${escapeMarkdown(reason)}`,
          );
        const rest = failures.length - lines.length;
        return rest > 0
          ? [...lines, `- ${codeSpan(engine)}, ${escapeMarkdown(subject)}: ${rest} more`]
          : lines;
      }),
    )
    .join('\n');
}

const isPrimitive = (subject: string): subject is Primitive => subject in TOLERANCES;
