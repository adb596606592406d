// The report of a grid, from the records collected so far.

import type { Report, ReportEnvironment } from '@gaussmark/analysis';
import {
  assembleReport,
  outcomeOf,
  type ReportedOutcome,
  type ReportFrame,
  readRecord,
  Store,
} from '@gaussmark/harness';
import type { Grid } from './grid.js';

/** The runs that have a record, in the order of the plan. */
export function outcomesOf(grid: Grid, store: Store = Store.open(grid.folder.report)): ReportedOutcome[] {
  const cells = grid.cells();
  return grid.keys().flatMap((key, index) => {
    const entry = store.get(key);
    return entry === undefined ? [] : [{ ...outcomeOf(readRecord(entry)), cell: cells[index]! }];
  });
}

/**
 * The report of the runs that have ended; the others are left out. Its environment is that of the first run, and its timings
 * are comparable only if all runs had the same kind of machine.
 *
 * @param here the environment, if no run has ended
 */
export function reportOfGrid(
  grid: Grid,
  outcomes: readonly ReportedOutcome[],
  here: ReportEnvironment,
  { command, title }: Pick<ReportFrame, 'command'> & { readonly title?: string | undefined },
): Report {
  const environment = outcomes.find((each) => each.environment !== undefined)?.environment ?? here;
  return assembleReport(grid.manifest.plan, outcomes, {
    title: title ?? grid.manifest.title,
    created: new Date(),
    command,
    environment,
  });
}
