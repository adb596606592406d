// Doubts about the numbers of a report, in words.

import { formatPercent } from './format.js';
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
    ...accountingWarning(runs),
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

/** Says which runs have a time breakdown that misses their wall clock, and by how much at most. */
function accountingWarning(runs: readonly ReportRun[]): string[] {
  const marked = runs.filter(({ seconds }) => seconds.unaccounted !== undefined);
  if (marked.length === 0) return [];
  const missed = ({ seconds: { unaccounted = 0, total } }: ReportRun) => Math.abs(unaccounted) / total;
  const worst = marked.reduce((a, b) => (missed(b) > missed(a) ? b : a));
  return [
    `In ${marked.length === runs.length ? `all ${runs.length}` : `${marked.length} of ${runs.length}`} runs, loading, compiling, training, evaluating and recording miss the wall clock by more than 1 %; the most by ${formatPercent(missed(worst))} % (${worst.label} on ${worst.problem}, seed ${worst.seed}).`,
  ];
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
