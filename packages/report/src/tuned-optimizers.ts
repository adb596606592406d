// What searches for hyperparameters cost and found, as tables of texts and plots of their trials.

import { groupBy } from './group-by.js';
import type { Report } from './schema.js';
import { type Sensitivity, sensitivitiesOf } from './sensitivity.js';
import type { Tuning } from './tuning-schema.js';
import { CRITERIA, searchTable, type TuningTable } from './tuning-table.js';

/** The searches of one optimizer. */
export interface TunedOptimizer extends TuningTable {
  readonly optimizer: string;
  /** The criterion of the trials against each hyperparameter that was searched. */
  readonly sensitivities: readonly Sensitivity[];
}

/** The searches of a report by optimizer; empty if it holds none. */
export function tunedOptimizers({ tuning = [], problems }: Report): TunedOptimizer[] {
  const titles = new Map(problems.map(({ name, title }) => [name, title ?? name]));
  return tuning.flatMap((one) => tunedBy(one, titles));
}

function tunedBy(tuning: Tuning, titles: ReadonlyMap<string, string>): TunedOptimizer[] {
  const { title: quantity, better } = CRITERIA[tuning.criterion];
  return [...groupBy(tuning.studies, ({ optimizer }) => optimizer)].map(([optimizer, studies]) => ({
    optimizer,
    ...searchTable(tuning, studies, titles),
    sensitivities: studies.flatMap(({ problem, trials }) =>
      sensitivitiesOf(
        trials.map(({ label, hyperparameters, value }) => ({
          name: label,
          hyperparameters,
          value,
          low: null,
          high: null,
        })),
        { problem, title: titles.get(problem) ?? problem, quantity },
        better,
      ),
    ),
  }));
}
