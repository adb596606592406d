// What searches for hyperparameters cost and found, as tables of texts and plots of their trials.

import { formatCount, formatNumber, formatPercent, formatSeconds } from './format.js';
import { groupBy } from './group-by.js';
import type { Report } from './schema.js';
import { type Sensitivity, sensitivitiesOf } from './sensitivity.js';
import { type ColumnOf, numberCell, type TextTable, textCell, textTable } from './text-table.js';
import type { Tuning, TuningCriterion, TuningStudy } from './tuning-schema.js';

/** The searches of one optimizer. */
export interface TunedOptimizer {
  readonly optimizer: string;
  readonly table: TextTable;
  readonly notes: readonly string[];
  /** The criterion of the trials against each hyperparameter that was searched. */
  readonly sensitivities: readonly Sensitivity[];
}

const CRITERIA: Readonly<
  Record<TuningCriterion, { words: string; format: (value: number) => string; better: 'lower' | 'higher' }>
> = {
  'final-validation-loss': { words: 'final validation loss', format: formatNumber, better: 'lower' },
  'best-validation-loss': { words: 'best validation loss', format: formatNumber, better: 'lower' },
  'final-validation-accuracy': {
    words: 'final validation accuracy',
    format: (value) => `${formatPercent(value)} %`,
    better: 'higher',
  },
  'iterations-to-target': { words: 'iterations to target', format: formatCount, better: 'lower' },
  'seconds-to-target': { words: 'time to target', format: formatSeconds, better: 'lower' },
  'gradient-equivalents-to-target': { words: 'gradients to target', format: formatNumber, better: 'lower' },
};

/** The searches of a report by optimizer; empty if it holds none. */
export function tunedOptimizers({ tuning = [], problems }: Report): TunedOptimizer[] {
  const titles = new Map(problems.map(({ name, title }) => [name, title ?? name]));
  return tuning.flatMap((one) => tunedBy(one, titles));
}

function tunedBy(tuning: Tuning, titles: ReadonlyMap<string, string>): TunedOptimizer[] {
  return [...groupBy(tuning.studies, ({ optimizer }) => optimizer)].map(([optimizer, studies]) => ({
    optimizer,
    table: tuningTable(studies, tuning, titles),
    notes: tuningNotes(tuning),
    sensitivities: studies.flatMap((study) =>
      sensitivitiesOf(
        study.trials.map(({ label, hyperparameters, value }) => ({
          name: label,
          hyperparameters,
          value,
          low: null,
          high: null,
        })),
        {
          problem: study.problem,
          title: titles.get(study.problem) ?? study.problem,
          quantity: CRITERIA[tuning.criterion].words,
        },
        CRITERIA[tuning.criterion].better,
      ),
    ),
  }));
}

function tuningTable(
  studies: readonly TuningStudy[],
  { criterion }: Tuning,
  titles: ReadonlyMap<string, string>,
): TextTable {
  const { words, format } = CRITERIA[criterion];
  const at = (study: TuningStudy, share: number) =>
    study.robustness.quantiles.find((quantile) => quantile.share === share)?.value;
  const lost = ({ robustness: { diverged, failed, missed } }: TuningStudy) => diverged + failed + missed;
  const quantile = (title: string, share: number): ColumnOf<TuningStudy> => ({
    title,
    align: 'right',
    explanation: `Of all trials: ${words}`,
    cell: (study) => numberCell(at(study, share), format),
  });
  const columns: readonly ColumnOf<TuningStudy>[] = [
    { title: 'problem', align: 'left', cell: ({ problem }) => textCell(titles.get(problem) ?? problem) },
    { title: 'searched', align: 'left', cell: ({ selection }) => textCell(selection) },
    { title: 'trials', align: 'right', cell: ({ cost }) => numberCell(cost.trials, formatCount) },
    { title: 'steps', align: 'right', cell: ({ cost }) => numberCell(cost.steps, formatCount) },
    {
      title: 'training',
      align: 'right',
      explanation: 'Training clock of all trials',
      cell: ({ cost }) => numberCell(cost.seconds, formatSeconds),
    },
    {
      title: 'gradients',
      align: 'right',
      explanation: 'Work of all trials, in gradients of one full mini-batch',
      cell: ({ cost }) => numberCell(cost.gradientEquivalents, formatNumber),
    },
    {
      title: 'wall clock',
      align: 'right',
      explanation: 'With loading, compilation and evaluation',
      cell: ({ cost }) => numberCell(cost.wallSeconds, formatSeconds),
    },
    quantile('best trial', 0),
    quantile('median trial', 0.5),
    {
      title: 'lost %',
      align: 'right',
      explanation: 'Trials that diverged, failed or never reached the target',
      cell: (study) => numberCell(lost(study), (value) => formatNumber(100 * value)),
    },
    { title: 'chosen', align: 'left', cell: ({ best }) => textCell(best ?? 'none') },
  ];
  return textTable(columns, studies);
}

function tuningNotes({ search, seed, validationShare, criterion }: Tuning): string[] {
  return [
    `${search === 'grid' ? 'Grid' : 'Quasi-random'} search (seed ${seed}) by ${CRITERIA[criterion].words}, on ${formatNumber(100 * validationShare)} % of the training split that no trial trained on. The cost comes on top of that of the final runs.`,
  ];
}
