// The report of a store: the latest record of each cell, without a plan.

import type { Report, ReportEnvironment, ReportProblem } from '@gaussmark/analysis';
import { GaussmarkError } from '@gaussmark/core';
import { titleOf } from '../plan/plan.js';
import { readRecord, type Store } from '../store/store.js';
import {
  assembleReport,
  outcomeOf,
  type ReportedOutcome,
  type ReportedPlan,
  type ReportFrame,
} from './assemble.js';

export type StoreReportFrame = Omit<ReportFrame, 'environment' | 'title'> & {
  /** By default, names the problems and optimizers. */
  readonly title?: string | undefined;
  /** The environment of an empty store, such as an empty shard's; without it, an empty store is refused. */
  readonly environment?: ReportEnvironment | undefined;
};

/**
 * @param plan what records lack: skipped pairs, a profile
 * @throws GaussmarkError if the store is empty, or its records mean different problems by one name
 */
export function reportOfStore(
  store: Store,
  frame: StoreReportFrame,
  plan: Omit<ReportedPlan, 'problems'> = { skipped: [] },
): Report {
  const problems = new Map<string, ReportProblem>();
  const outcomes: ReportedOutcome[] = [];
  let environment: ReportEnvironment | undefined;
  const entries = [...store.latestEntries()].sort((a, b) =>
    a.header.finished < b.header.finished ? -1 : Number(a.header.finished > b.header.finished),
  );
  for (const entry of entries) {
    const record = readRecord(entry);
    const { problem, cell } = record.body;
    // Trials of a search were judged on another split and belong in that search's report.
    if (cell.evaluateOn !== undefined) continue;
    const known = problems.get(problem.name);
    if (known === undefined) problems.set(problem.name, problem);
    else if (essence(known) !== essence(problem)) {
      throw new GaussmarkError(
        `the records of ${store.directory} mean different problems by '${problem.name}'`,
        {
          remedy: 'rerun the older problem, or rename it',
        },
      );
    }
    environment ??= record.body.environment;
    outcomes.push(outcomeOf(record));
  }
  environment ??= frame.environment;
  if (environment === undefined) {
    throw new GaussmarkError(`there are no records in ${store.directory}`, {
      remedy: 'give the --out directory of a bench run',
    });
  }
  const title =
    frame.title ??
    titleOf(
      outcomes.map(({ cell }) => cell),
      [...problems.values()],
    );
  return assembleReport({ ...plan, problems: [...problems.values()] }, outcomes, {
    ...frame,
    title,
    environment,
  });
}

/** A problem without the source of its data, which differs between machines, and without class names, which older records lack. */
export function essence({
  dataset: { source: _, classNames: _names, ...dataset },
  ...problem
}: ReportProblem): string {
  // Older records, without the field, hold means over mini-batches.
  return JSON.stringify({ trainLossMean: 'batches', ...problem, dataset });
}
