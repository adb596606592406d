// Summarizes case results by subject, for the table.

import type { DType } from '@gaussmark/autodiff';
import type { CaseResult } from './check.js';

/** The results for one subject. */
export interface SubjectSummary {
  readonly subject: string;
  readonly passed: number;
  /** Dtypes with a passing case. */
  readonly dtypes: readonly DType[];
  /** The largest error among passing cases, as a share of the tolerance. */
  readonly share: number;
  readonly failures: readonly {
    readonly name: string;
    readonly dtype: DType;
    readonly reason: string;
  }[];
  /** Unsupported cases by the engine's reason. */
  readonly unsupported: readonly { readonly reason: string; readonly count: number }[];
}

/** An engine and the results of its cases. */
export interface EngineReport {
  /** As selected by the user: `onnxruntime[provider=webgpu]`. */
  readonly engine: string;
  /** How it describes itself; empty if it did not start. */
  readonly info: Readonly<Record<string, string | number | boolean>>;
  readonly subjects: readonly SubjectSummary[];
  /** Why the check did not finish: the engine did not start, or crashed its process. */
  readonly ended?: string;
}

/** Whether the check finished, and every case passed or was declared unsupported. */
export function conforms({ subjects, ended }: EngineReport): boolean {
  return ended === undefined && subjects.every(({ failures }) => failures.length === 0);
}

/** The number of cases by outcome. */
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

/** One summary per subject, in order of first occurrence. */
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
