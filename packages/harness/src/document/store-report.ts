// The report of a store: the latest record of each cell, without the plan that they were made for.

import type { Report, ReportEnvironment, ReportProblem } from '@gaussmark/analysis';
import { GaussmarkError } from '@gaussmark/core';
import { readRecord, type Store } from '../store/store.js';
import {
  assembleReport,
  outcomeOf,
  type ReportedOutcome,
  type ReportedPlan,
  type ReportFrame,
} from './assemble.js';

export type StoreReportFrame = Omit<ReportFrame, 'environment' | 'title'> & {
  /** By default, the problems and optimizers. */
  readonly title?: string | undefined;
  /** Of a store without records, such as that of an empty shard; without it, such a store is refused. */
  readonly environment?: ReportEnvironment | undefined;
};

/**
 * @param plan what records do not say: skipped pairs, a profile
 * @throws GaussmarkError if the store is empty, or its records mean different problems by one name.
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
    // Trials of a search are judged on another split; only the report of that search says what they mean.
    if (cell.evaluateOn !== undefined) continue;
    const known = problems.get(problem.name);
    if (known === undefined) problems.set(problem.name, problem);
    else if (essence(known) !== essence(problem)) {
      throw new GaussmarkError(
        `the records of ${store.directory} mean different problems by '${problem.name}'`,
        {
          remedy: 'run that problem again where it is older, or give it another name',
        },
      );
    }
    environment ??= record.body.environment;
    outcomes.push(outcomeOf(record));
  }
  environment ??= frame.environment;
  if (environment === undefined) {
    throw new GaussmarkError(`there are no records in ${store.directory}`, {
      remedy: 'give a directory that bench run has written into (--out)',
    });
  }
  const title = frame.title ?? titleOf(outcomes, [...problems.values()]);
  return assembleReport({ ...plan, problems: [...problems.values()] }, outcomes, {
    ...frame,
    title,
    environment,
  });
}

/** A problem without where its data were found, which differs between machines, and what its classes are called, which older records lack. */
export function essence({
  dataset: { source: _, classNames: _names, ...dataset },
  ...problem
}: ReportProblem): string {
  // Records from before it was said have means over mini-batches.
  return JSON.stringify({ trainLossMean: 'batches', ...problem, dataset });
}

function titleOf(outcomes: readonly ReportedOutcome[], problems: readonly ReportProblem[]): string {
  const optimizers = [...new Set(outcomes.map(({ cell }) => cell.optimizer.name))];
  return `${optimizers.join(' and ')} on ${problems.map(({ name, title }) => title ?? name).join(', ')}`;
}
