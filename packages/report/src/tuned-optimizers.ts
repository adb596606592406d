// Hyperparameter searches by optimizer: tables of their cost and best trials, plots of all trials.

import { groupBy, type Report } from '@gaussmark/analysis';
import { type Sensitivity, searchSensitivities } from '@gaussmark/analysis/sensitivity';
import { searchTable, type TuningTable } from './tuning-table.js';

/** The searches of one optimizer. */
export interface TunedOptimizer extends TuningTable {
  readonly optimizer: string;
  /** The trials' criterion against each searched hyperparameter. */
  readonly sensitivities: readonly Sensitivity[];
}

/** The searches of a report, by optimizer. */
export function tunedOptimizers({ tuning = [], problems }: Report): TunedOptimizer[] {
  const titles = new Map(problems.map(({ name, title }) => [name, title ?? name]));
  return tuning.flatMap((one) =>
    [...groupBy(one.studies, ({ optimizer }) => optimizer)].map(([optimizer, studies]) => ({
      optimizer,
      ...searchTable(one, studies, titles),
      sensitivities: studies.flatMap((study) =>
        searchSensitivities(study, one.criterion, titles.get(study.problem) ?? study.problem),
      ),
    })),
  );
}
