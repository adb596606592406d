// Merges reports.

import type { Report, ReportRun } from '@gaussmark/analysis';
import { canonicalJson, GaussmarkError } from '@gaussmark/core';
import { machineOf } from './assemble.js';
import { essence } from './store-report.js';

/**
 * Merges the problems and runs of several reports. The environment is the first one's; timings are comparable if all reports
 * come from the same kind of machine and software. Runs that share a name but differ in budget, dtype or engine are all kept, in
 * separate leaderboards.
 *
 * @throws GaussmarkError if two contain the same run, or different problems under one name
 */
export function mergeReports(reports: readonly Report[], title?: string): Report {
  const [first, ...others] = reports;
  if (first === undefined) throw new RangeError('internal: no report to merge');
  const merged = others.reduce(join, first);
  return title === undefined ? merged : { ...merged, title };
}

function join(a: Report, b: Report): Report {
  const problems = new Map(a.problems.map((problem) => [problem.name, problem]));
  for (const problem of b.problems) {
    const other = problems.get(problem.name);
    if (other !== undefined && essence(other) !== essence(problem)) {
      throw new GaussmarkError(`the reports mean different problems by '${problem.name}'`, {
        remedy: 'rename one of the problems and rerun it',
      });
    }
    problems.set(problem.name, other ?? problem);
  }
  const same = machineOf(a.environment) === machineOf(b.environment);
  return {
    ...a,
    environment: {
      ...a.environment,
      comparableTimings: same && a.environment.comparableTimings && b.environment.comparableTimings,
    },
    problems: [...problems.values()],
    runs: [...a.runs, ...renamed(b.runs, a.runs)],
    skipped: [...a.skipped, ...b.skipped],
    ...(a.timing === undefined && b.timing === undefined
      ? {}
      : { timing: [...(a.timing ?? []), ...(b.timing ?? [])] }),
    ...(a.tuning === undefined && b.tuning === undefined
      ? {}
      : { tuning: [...(a.tuning ?? []), ...(b.tuning ?? [])] }),
    ...(a.published === undefined && b.published !== undefined ? { published: b.published } : {}),
  };
}

/**
 * Numbers the ids of runs that clash with runs under other conditions.
 *
 * @throws GaussmarkError if one of the others is the same run
 */
function renamed(runs: readonly ReportRun[], others: readonly ReportRun[]): ReportRun[] {
  const taken = new Map(others.map((run) => [run.id, run]));
  return runs.map((run) => {
    let id = run.id;
    for (let copy = 2; taken.has(id); copy++) {
      if (conditionsOf(taken.get(id)!) === conditionsOf(run)) {
        throw new GaussmarkError(`two of the reports hold the run ${run.id}`, {
          remedy: 'merge reports of different problems, optimizers, engines, budgets or seeds',
        });
      }
      id = `${run.id} (${copy})`;
    }
    taken.set(id, run);
    return { ...run, id };
  });
}

const conditionsOf = ({ budget, dtype, engineInfo }: ReportRun): string =>
  canonicalJson({ budget: budget ?? null, dtype, engineInfo });
