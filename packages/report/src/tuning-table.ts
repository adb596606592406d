// A search for hyperparameters as tables of texts, for the terminal, Markdown and the page. Cells are untrusted text: printers escape them.

import { formatCount, formatNumber, formatSeconds, NOTHING } from './format.js';
import type {
  Tuning,
  TuningComparison,
  TuningContestant,
  TuningCriterion,
  TuningEstimate,
  TuningMeasure,
  TuningStudy,
} from './tuning-schema.js';

export interface TuningColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly explanation: string;
}

export interface TuningTable {
  readonly kind: 'search' | 'results' | 'comparisons';
  readonly title: string;
  readonly columns: readonly TuningColumn[];
  /** One text per column. */
  readonly rows: readonly (readonly string[])[];
  /** How to read it. */
  readonly notes: readonly string[];
}

/** The tables of a search on one problem: what was found, what it is worth, how the contestants compare. */
export function tuningTables(tuning: Tuning, problem: string): TuningTable[] {
  const studies = tuning.studies.filter((study) => study.problem === problem);
  const contestants = tuning.contestants.filter((contestant) => contestant.problem === problem);
  const comparisons = tuning.comparisons.filter((comparison) => comparison.problem === problem);
  return [
    ...(studies.length === 0 ? [] : [searchTable(tuning, studies)]),
    ...(contestants.length === 0 ? [] : [resultsTable(contestants)]),
    ...(comparisons.length === 0 ? [] : [comparisonTable(comparisons)]),
  ];
}

interface Column<T> extends TuningColumn {
  readonly cell: (row: T) => string;
}

function tableOf<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
): Pick<TuningTable, 'columns' | 'rows'> {
  return {
    columns: columns.map(({ title, align, explanation }) => ({ title, align, explanation })),
    rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
  };
}

const CRITERIA: Readonly<
  Record<TuningCriterion, { readonly title: string; readonly format: (value: number) => string }>
> = {
  'final-validation-loss': { title: 'validation loss', format: formatNumber },
  'best-validation-loss': { title: 'best validation loss', format: formatNumber },
  'final-validation-accuracy': { title: 'validation accuracy', format: (value) => percent(value) },
  'iterations-to-target': { title: 'iterations to target', format: formatCount },
  'seconds-to-target': { title: 'time to target', format: formatSeconds },
  'gradient-equivalents-to-target': { title: 'gradients to target', format: formatCount },
};

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function searchTable(tuning: Tuning, studies: readonly TuningStudy[]): TuningTable {
  const { title, format } = CRITERIA[tuning.criterion];
  const quantile = (share: number) => (study: TuningStudy) => {
    const found = study.robustness.quantiles.find((each) => each.share === share)?.value;
    return found === null || found === undefined ? NOTHING : format(found);
  };
  const columns: Column<TuningStudy>[] = [
    {
      title: 'optimizer',
      align: 'left',
      explanation: 'What was searched, with what was fixed.',
      cell: ({ selection }) => selection,
    },
    {
      title: 'best trial',
      align: 'left',
      explanation: 'The hyperparameters that were found.',
      cell: ({ best }) => best ?? 'no trial is of use',
    },
    { title, align: 'right', explanation: 'Of the best trial.', cell: quantile(0) },
    {
      title: 'median',
      align: 'right',
      explanation: 'Of all trials: what a random point of the search space gives.',
      cell: quantile(0.5),
    },
    {
      title: 'worst 10 %',
      align: 'right',
      explanation: 'A tenth of the trials is no better than this; nothing where they have no value.',
      cell: quantile(0.9),
    },
    {
      title: 'diverged',
      align: 'right',
      explanation: 'Trials that diverged, of all.',
      cell: ({ robustness, cost }) => `${Math.round(robustness.diverged * cost.trials)}/${cost.trials}`,
    },
    {
      title: 'search took',
      align: 'right',
      explanation: 'Training clock of all trials.',
      cell: ({ cost }) => formatSeconds(cost.seconds),
    },
    {
      title: 'gradients',
      align: 'right',
      explanation: 'Work of all trials, in gradients of one full mini-batch.',
      cell: ({ cost }) => formatCount(cost.gradientEquivalents),
    },
  ];
  const [first] = studies;
  const split =
    first?.trainSize === undefined || first.validationSize === undefined
      ? ''
      : ` on ${formatCount(first.validationSize)} examples held out of the training set; ${formatCount(first.trainSize)} to train on`;
  return {
    kind: 'search',
    title: `Search: ${tuning.search}, up to ${tuning.trialsAsked} trials each${split}`,
    ...tableOf(columns, studies),
    notes: [
      `Trials are ranked by ${tuning.criterion.replaceAll('-', ' ')}, with the seed ${tuning.seed}, which no final run has. They never see the test set.`,
    ],
  };
}

const name = (track: string, selection: string) => `${selection} ${track}`;

function resultsTable(contestants: readonly TuningContestant[]): TuningTable {
  const classified = contestants.some(({ testAccuracy }) => testAccuracy !== undefined);
  const aimed = contestants.some(({ target }) => target !== undefined);
  const median =
    (measure: Exclude<TuningMeasure, 'testLoss'>, format: (value: number) => string) =>
    ({ target }: TuningContestant) => {
      if (target === undefined) return NOTHING;
      const { median, horizon } = target[measure];
      return median.value === null ? `> ${format(horizon)}` : interval(median, format);
    };
  const columns: Column<TuningContestant>[] = [
    {
      title: 'optimizer',
      align: 'left',
      explanation: 'With the hyperparameters of the best trial (tuned) or the defaults (untuned).',
      cell: ({ track, selection }) => name(track, selection),
    },
    {
      title: 'test loss',
      align: 'right',
      explanation: 'At the end: mean over seeds, with its 95 % bootstrap interval.',
      cell: ({ testLoss }) => interval(testLoss),
    },
    ...(classified
      ? [
          {
            title: 'accuracy',
            align: 'right',
            explanation: 'On the test set, at the end: mean over seeds.',
            cell: ({ testAccuracy }: TuningContestant) =>
              typeof testAccuracy?.value === 'number' ? percent(testAccuracy.value) : NOTHING,
          } as const,
        ]
      : []),
    {
      title: 'ended well',
      align: 'right',
      explanation: 'Runs that neither diverged nor failed, of all.',
      cell: ({ seeds, diverged, failed }) => `${seeds.length - diverged - failed}/${seeds.length}`,
    },
    ...(aimed
      ? ([
          {
            title: 'reached',
            align: 'right',
            explanation: 'Runs that reached the target, of all.',
            cell: ({ target, seeds }) =>
              typeof target?.reached.value === 'number'
                ? `${Math.round(target.reached.value * seeds.length)}/${seeds.length}`
                : NOTHING,
          },
          {
            title: 'iterations',
            align: 'right',
            explanation: 'To the target: Kaplan-Meier median, with its 95 % bootstrap interval.',
            cell: median('iterations', formatCount),
          },
          {
            title: 'time',
            align: 'right',
            explanation: 'To the target, on the training clock, likewise.',
            cell: median('seconds', formatSeconds),
          },
          {
            title: 'gradients',
            align: 'right',
            explanation: 'To the target, in gradients of one full mini-batch, likewise.',
            cell: median('gradientEquivalents', formatCount),
          },
        ] satisfies Column<TuningContestant>[])
      : []),
  ];
  const seeds = contestants[0]!.seeds.length;
  return {
    kind: 'results',
    title: `Results: ${seeds} ${seeds === 1 ? 'run' : 'runs'} each with fresh seeds, on the whole training set and the test set`,
    ...tableOf(columns, contestants),
    notes: aimed ? ['Runs that never reach the target are censored: > is how far they were watched.'] : [],
  };
}

/** The ratios of one pair by all measures. */
interface Pair {
  readonly name: string;
  readonly byMeasure: ReadonlyMap<TuningMeasure, TuningComparison>;
}

const MEASURES: readonly (readonly [TuningMeasure, title: string, explanation: string])[] = [
  ['testLoss', 'test loss', 'Final test loss.'],
  ['iterations', 'iterations', 'Iterations to the target.'],
  ['seconds', 'time', 'Seconds to the target.'],
  ['gradientEquivalents', 'gradients', 'Work to the target.'],
];

function comparisonTable(comparisons: readonly TuningComparison[]): TuningTable {
  const pairs = new Map<string, Map<TuningMeasure, TuningComparison>>();
  for (const comparison of comparisons) {
    const { a, b, measure } = comparison;
    const key = `${name(b.track, b.selection)} / ${name(a.track, a.selection)}`;
    const known = pairs.get(key) ?? new Map<TuningMeasure, TuningComparison>();
    known.set(measure, comparison);
    pairs.set(key, known);
  }
  const measured = MEASURES.filter(([measure]) => comparisons.some((each) => each.measure === measure));
  const columns: Column<Pair>[] = [
    { title: 'ratio of', align: 'left', explanation: 'Which to which.', cell: ({ name }) => name },
    ...measured.map(
      ([measure, title, explanation]): Column<Pair> => ({
        title,
        align: 'right',
        explanation: `${explanation} Hodges-Lehmann ratio, paired by seed, with its 95 % interval.`,
        cell: ({ byMeasure }) => ratioText(byMeasure.get(measure)),
      }),
    ),
  ];
  const rows = [...pairs].map(([name, byMeasure]): Pair => ({ name, byMeasure }));
  return {
    kind: 'comparisons',
    title: 'Comparisons: below 1, the first needs less',
    ...tableOf(columns, rows),
    notes: [
      '* p < 0.05, ** p < 0.01: paired, two-sided, corrected by Holm over the pairs of a column. What a target took is compared up to where both were watched; – where neither got there by then.',
    ],
  };
}

function ratioText(comparison: TuningComparison | undefined): string {
  if (comparison === undefined) return NOTHING;
  const { ratio, adjustedPValue, horizon, meanA, meanB } = comparison;
  // Neither got there while both were watched: that they took equally long is all that a ratio of 1 would say.
  if (horizon !== undefined && meanA === horizon && meanB === horizon) return NOTHING;
  const stars = adjustedPValue < 0.01 ? ' **' : adjustedPValue < 0.05 ? ' *' : '';
  return `${interval(ratio)}${stars}`;
}

/** `0.12 [0.10, 0.15]`; nothing where there is no value, `∞` for a limit beyond what was observed. */
function interval(estimate: TuningEstimate | null, format: (value: number) => string = formatNumber): string {
  if (estimate === null || estimate.value === null) return NOTHING;
  const { value, low, high } = estimate;
  if (low === null) return format(value);
  return `${format(value)} [${format(low)}, ${high === null ? '∞' : format(high)}]`;
}
