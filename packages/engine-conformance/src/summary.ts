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

/** One summary for each subject, in the order in which they first occur. */
export function summarize(results: Iterable<CaseResult>): SubjectSummary[] {
  const subjects = grouped(results, ({ subject }) => subject);
  return [...subjects].map(([subject, cases]) => {
    const passed = cases.filter((result) => result.status === 'pass');
    const unsupported = cases.filter((result) => result.status === 'unsupported');
    const reasons = grouped(unsupported, ({ reason }) => reason);
    return {
      subject,
      passed: passed.length,
      dtypes: DTYPES.filter((dtype) => passed.some((result) => result.dtype === dtype)),
      share: Math.max(0, ...passed.map(({ share }) => share)),
      failures: cases
        .filter((result) => result.status === 'fail')
        .map(({ name, dtype, reason }) => ({ name, dtype, reason })),
      unsupported: [...reasons].map(([reason, { length }]) => ({ reason, count: length })),
    };
  });
}

function grouped<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

const DTYPES = ['float32', 'float64', 'int32', 'bool'] as const satisfies readonly DType[];
