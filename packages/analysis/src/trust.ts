// Doubts about the numbers of a report, in words.

import { groupBy } from './group-by.js';
import type { Report, ReportEnvironment, ReportRun } from './schema/report-schema.js';

/** Why timings should not be compared, one sentence per reason. */
export function timingWarnings({ environment, runs }: Pick<Report, 'environment' | 'runs'>): string[] {
  const doubted = runs.filter(({ conditions }) => conditions?.distrust !== undefined);
  return [
    ...(environment.comparableTimings
      ? []
      : ['Timings of different runs are not comparable here: runs shared the processor with each other.']),
    ...(doubted.length === 0
      ? []
      : [
          `The timings of ${doubted.length === runs.length ? `all ${runs.length}` : `${doubted.length} of ${runs.length}`} runs should not be trusted (${commonest(doubted)}).`,
        ]),
    ...governorWarning(environment.frequencyGovernor),
  ];
}

/** Warnings about runs, one sentence per optimizer and cause. */
export function runWarnings({ runs }: Pick<Report, 'runs'>): string[] {
  const sentences = runs.flatMap(({ label, problem, warnings = [] }) =>
    warnings.map((warning) => `${label} on ${problem}: ${warning}.`),
  );
  return [...new Set(sentences)];
}

/** The most common reason, and the number of others. */
function commonest(doubted: readonly ReportRun[]): string {
  const reasons = [...groupBy(doubted, ({ conditions }) => conditions!.distrust!)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const [reason] = reasons[0]!;
  return reasons.length === 1 ? reason : `${reason}; ${reasons.length - 1} more reasons are in the runs`;
}

function governorWarning(governor: string | null | undefined): string[] {
  if (governor === undefined || governor === null || governor === 'performance') return [];
  return [
    `The processors' clock follows the load (governor ${governor}): short runs may be timed at a lower clock than long ones.`,
  ];
}

/** The conditions of the machine: `1 run at once`, `governor performance`. */
export function conditionWords({ jobs, frequencyGovernor }: ReportEnvironment): string[] {
  return [
    ...(jobs === undefined ? [] : [`${jobs} ${jobs === 1 ? 'run' : 'runs'} at once`]),
    ...(frequencyGovernor == null ? [] : [`governor ${frequencyGovernor}`]),
  ];
}
