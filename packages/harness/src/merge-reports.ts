// Making one report of several.

import { GaussmarkError } from '@gaussmark/core';
import type { Report } from '@gaussmark/report';
import { machineOf } from './assemble.js';

/**
 * One report of several: all their problems and runs. The first one gives the environment; seconds count as comparable
 * if all were measured on the same kind of machine and software.
 *
 * @throws GaussmarkError if two hold the same run, or different problems under one name.
 */
export function mergeReports(reports: readonly Report[], title?: string): Report {
  const [first, ...others] = reports;
  if (first === undefined) throw new RangeError('internal: no report to merge');
  const merged = others.reduce(join, first);
  return title === undefined ? merged : { ...merged, title };
}

function join(a: Report, b: Report): Report {
  const ids = new Set(a.runs.map(({ id }) => id));
  const twice = b.runs.find(({ id }) => ids.has(id));
  if (twice !== undefined) {
    throw new GaussmarkError(`two of the reports hold the run ${twice.id}`, {
      remedy: 'merge reports of different problems, optimizers, engines or seeds',
    });
  }
  const problems = new Map(a.problems.map((problem) => [problem.name, problem]));
  for (const problem of b.problems) {
    const other = problems.get(problem.name);
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(problem)) {
      throw new GaussmarkError(`the reports mean different problems by '${problem.name}'`, {
        remedy: 'give one of the problems another name, and run it again',
      });
    }
    problems.set(problem.name, problem);
  }
  const same = machineOf(a.environment) === machineOf(b.environment);
  return {
    ...a,
    environment: {
      ...a.environment,
      comparableTimings: same && a.environment.comparableTimings && b.environment.comparableTimings,
    },
    problems: [...problems.values()],
    runs: [...a.runs, ...b.runs],
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
