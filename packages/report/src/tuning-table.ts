// A search for hyperparameters, its results and their comparisons on one problem, for the terminal, Markdown and the page.

import type {
  Report,
  Tuning,
  TuningComparison,
  TuningContestant,
  TuningEstimate,
  TuningMeasure,
  TuningStudy,
} from '@gaussmark/analysis';
import {
  CRITERIA,
  type Evidence,
  formatCount,
  formatNumber,
  formatResultRatio,
  formatSeconds,
  formatShare,
  isExtreme,
  NOTHING,
  SEPARATION_WORDS,
  type Separation,
  SIGNIFICANT,
  separationOf,
} from '@gaussmark/analysis/words';
import {
  type ColumnOf,
  type NotedTable,
  numberCell,
  shareCell,
  type TextCell,
  textCell,
  textTable,
} from './text-table.js';

export interface TuningTable extends NotedTable {
  readonly kind: 'search' | 'results' | 'comparisons';
}

/** What the searches of a report came to on one problem. */
export interface TunedProblem {
  readonly title: string;
  readonly tables: readonly TuningTable[];
}

/** The results and comparisons of all searches of a report, without the searches themselves; problems in its order. */
export function tunedProblems({
  problems,
  tuning = [],
}: Pick<Report, 'problems' | 'tuning'>): TunedProblem[] {
  return problems.flatMap(({ name, title }) => {
    const tables = tuning.flatMap((one) => tuningTables(one, name)).filter(({ kind }) => kind !== 'search');
    return tables.length === 0 ? [] : [{ title: title ?? name, tables }];
  });
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

/** @param titles of the problems, where the studies are not all of one */
export function searchTable(
  tuning: Tuning,
  studies: readonly TuningStudy[],
  titles?: ReadonlyMap<string, string>,
): TuningTable {
  const { title, format } = CRITERIA[tuning.criterion];
  const quantile = (share: number) => (study: TuningStudy) => {
    const found = study.robustness.quantiles.find((each) => each.share === share)?.value;
    return numberCell(found, format);
  };
  const columns: ColumnOf<TuningStudy>[] = [
    ...(titles === undefined
      ? []
      : [
          {
            title: 'problem',
            align: 'left',
            cell: ({ problem }) => textCell(titles.get(problem) ?? problem),
          } satisfies ColumnOf<TuningStudy>,
        ]),
    {
      title: 'optimizer',
      align: 'left',
      names: true,
      explanation: 'What was searched, with what was fixed.',
      cell: ({ selection }) => textCell(selection),
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
      cell: ({ robustness, cost }) => shareCell(Math.round(robustness.diverged * cost.trials), cost.trials),
    },
    {
      title: 'search took',
      align: 'right',
      explanation: 'Training clock of all trials.',
      cell: ({ cost }) => numberCell(cost.seconds, formatSeconds),
    },
    {
      title: 'gradients',
      align: 'right',
      explanation: 'Work of all trials, in gradients of one full mini-batch.',
      cell: ({ cost }) => numberCell(cost.gradientEquivalents, formatCount),
    },
    {
      title: 'best trial',
      align: 'left',
      explanation: 'The hyperparameters that were found.',
      cell: ({ best }) => textCell(best ?? 'no trial is of use'),
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
    ...textTable(columns, studies),
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
      if (target === undefined) return textCell(NOTHING);
      const { median, horizon } = target[measure];
      return median.value === null ? textCell(`> ${format(horizon)}`) : intervalCell(median, format);
    };
  const columns: ColumnOf<TuningContestant>[] = [
    {
      title: 'optimizer',
      align: 'left',
      names: true,
      explanation: 'With the hyperparameters of the best trial (tuned) or the defaults (untuned).',
      cell: ({ track, selection }) => textCell(name(track, selection)),
    },
    {
      title: 'test loss',
      align: 'right',
      explanation: 'At the end: mean over seeds, with its 95 % bootstrap interval.',
      cell: ({ testLoss }) => intervalCell(testLoss),
    },
    ...(classified
      ? [
          {
            title: 'accuracy',
            align: 'right',
            explanation: 'On the test set, at the end: mean over seeds.',
            cell: ({ testAccuracy }: TuningContestant) => numberCell(testAccuracy?.value, formatShare),
          } as const,
        ]
      : []),
    {
      title: 'ended well',
      align: 'right',
      explanation: 'Runs that neither diverged nor failed, of all.',
      cell: ({ seeds, diverged, failed }) => shareCell(seeds.length - diverged - failed, seeds.length),
    },
    ...(aimed
      ? ([
          {
            title: 'reached',
            align: 'right',
            explanation: 'Runs that reached the target, of all.',
            cell: ({ target, seeds }) =>
              target === undefined || target.reached.value === null
                ? textCell(NOTHING)
                : shareCell(Math.round(target.reached.value * seeds.length), seeds.length),
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
        ] satisfies ColumnOf<TuningContestant>[])
      : []),
  ];
  const seeds = contestants[0]!.seeds.length;
  return {
    kind: 'results',
    title: `Results: ${seeds} ${seeds === 1 ? 'run' : 'runs'} each with fresh seeds, on the whole training set and the test set`,
    ...textTable(columns, contestants),
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
  const columns: ColumnOf<Pair>[] = [
    { title: 'ratio of', align: 'left', explanation: 'Which to which.', cell: ({ name }) => textCell(name) },
    ...measured.map(
      ([measure, title, explanation]): ColumnOf<Pair> => ({
        title,
        align: 'right',
        explanation: `${explanation} Hodges-Lehmann ratio, paired by seed, with its 95 % interval.`,
        cell: ({ byMeasure }) => ratioCell(byMeasure.get(measure)),
      }),
    ),
  ];
  const rows = [...pairs].map(([name, byMeasure]): Pair => ({ name, byMeasure }));
  return {
    kind: 'comparisons',
    title: 'Comparisons: below 1, the first needs less',
    ...textTable(columns, rows),
    notes: [
      `* ${SEPARATION_WORDS.clear}: the interval is on one side of 1 and p is below ${SIGNIFICANT}; ~ ${SEPARATION_WORDS.leading}: one of the two, with three seeds or more; unmarked: ${SEPARATION_WORDS.open}. p: paired, two-sided, corrected by Holm over the pairs of a column. What a target took is compared up to where both were watched; – where neither got there by then.`,
    ],
  };
}

/** The mean of equal times may differ from them by a rounding error. */
const ROUNDING = 1e-12;

function ratioCell(comparison: TuningComparison | undefined): TextCell {
  if (comparison === undefined) return textCell(NOTHING);
  const { ratio, horizon, meanA, meanB } = comparison;
  // Neither got there while both were watched: that they took equally long is all that a ratio of 1 would say.
  if (horizon !== undefined && [meanA, meanB].every((mean) => mean > (1 - ROUNDING) * horizon)) {
    return textCell(NOTHING);
  }
  const cell =
    ratio !== null && ratio.value !== null && isExtreme(ratio.value)
      ? numberCell(ratio.value, formatResultRatio)
      : intervalCell(ratio);
  return { ...cell, text: `${cell.text}${MARKS[separationOf(evidenceOf(comparison))]}` };
}

const MARKS: Readonly<Record<Separation, string>> = { clear: ' *', leading: ' ~', open: '' };

/** Where losses are not above 0 there is no ratio, and the difference tells. */
function evidenceOf({ ratio, difference, effect, pairs, adjustedPValue }: TuningComparison): Evidence {
  const [{ value, low, high }, even] = ratio === null ? [difference, 0] : [ratio, 1];
  return {
    effect: value !== null && value < even ? -effect : effect,
    intervalsApart: (low !== null && low > even) || (low !== null && high !== null && high < even),
    pairs,
    adjusted: adjustedPValue,
    comparisons: 1,
  };
}

/** A value with its interval; nothing where there is no value, `∞` for a limit beyond what was observed. */
function intervalCell(
  estimate: TuningEstimate | null,
  format: (value: number) => string = formatNumber,
): TextCell {
  const cell = numberCell(estimate?.value, format);
  if (estimate === null || estimate.value === null || estimate.low === null) return cell;
  const { low, high } = estimate;
  return { ...cell, interval: `[${format(low)}, ${high === null ? '∞' : format(high)}]` };
}
