// From the results of cases to what a table shows of a subject.

import type { DType } from '@gaussmark/autodiff';
import type { CaseResult } from './check.js';

/** What became of the cases of one subject. */
export interface SubjectSummary {
  readonly subject: string;
  readonly passed: number;
  /** Dtypes of which a case passed. */
  readonly dtypes: readonly DType[];
  /** The largest error of the cases that passed, as a share of the tolerance. */
  readonly share: number;
  readonly failures: readonly {
    readonly name: string;
    readonly dtype: DType;
    readonly reason: string;
  }[];
  /** Cases by the engine's reason. */
  readonly unsupported: readonly { readonly reason: string; readonly count: number }[];
}

/** An engine, and what became of the cases it was given. */
export interface EngineReport {
  /** As the user chose it: `onnxruntime[provider=webgpu]`. */
  readonly engine: string;
  /** What it says of itself; empty if it did not start. */
  readonly info: Readonly<Record<string, string | number | boolean>>;
  readonly subjects: readonly SubjectSummary[];
  /** Why the check did not come to its end: the engine did not start, or ended its process. */
  readonly ended?: string;
}

/** Whether every case passed or was declared unsupported, and the check came to its end. */
export function conforms({ subjects, ended }: EngineReport): boolean {
  return ended === undefined && subjects.every(({ failures }) => failures.length === 0);
}

/** The cases of all subjects, by what became of them. */
export function countsOf({ subjects }: EngineReport): {
  readonly passed: number;
  readonly unsupported: number;
  readonly failed: number;
} {
  const sum = (of: (summary: SubjectSummary) => number) =>
    subjects.reduce((total, summary) => total + of(summary), 0);
  return {
    passed: sum(({ passed }) => passed),
    unsupported: sum(({ unsupported }) => unsupported.reduce((total, { count }) => total + count, 0)),
    failed: sum(({ failures }) => failures.length),
  };
}

/** One summary for each subject, in the order in which they first occur. */
export function summarize(results: readonly CaseResult[]): SubjectSummary[] {
  return distinct(results.map(({ subject }) => subject)).map((subject) => {
    const cases = results.filter((result) => result.subject === subject);
    const passed = cases.filter((result) => result.status === 'pass');
    const unsupported = cases.filter((result) => result.status === 'unsupported');
    return {
      subject,
      passed: passed.length,
      dtypes: DTYPES.filter((dtype) => passed.some((result) => result.dtype === dtype)),
      share: Math.max(0, ...passed.map(({ share }) => share)),
      failures: cases
        .filter((result) => result.status === 'fail')
        .map(({ name, dtype, reason }) => ({ name, dtype, reason })),
      unsupported: distinct(unsupported.map(({ reason }) => reason)).map((reason) => ({
        reason,
        count: unsupported.filter((result) => result.reason === reason).length,
      })),
    };
  });
}

const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];

const DTYPES = ['float32', 'float64', 'int32', 'bool'] as const satisfies readonly DType[];
