// A hyperparameter search, its results and their comparisons on one problem, as tables.

import type {
  Report,
  Tuning,
  TuningComparison,
  TuningContestant,
  TuningMeasure,
  TuningStudy,
} from '@gaussmark/analysis';
import {
  type ColumnOf,
  CRITERIA,
  type Evidence,
  estimateCell,
  formatCount,
  formatQuantity,
  formatResultRatio,
  formatSeconds,
  formatShare,
  isExtreme,
  NOTHING,
  type NotedTable,
  nameColumn,
  numberCell,
  numberColumn,
  SEPARATION_WORDS,
  type Separation,
  SIGNIFICANT,
  separationOf,
  shareCell,
  type TextCell,
  textCell,
  textColumn,
  textTable,
} from '@gaussmark/analysis/words';

export interface TuningTable extends NotedTable {
  readonly kind: 'search' | 'results' | 'comparisons';
}

/** The outcome of a report's searches on one problem. */
export interface TunedProblem {
  readonly title: string;
  readonly tables: readonly TuningTable[];
}

/** Results and comparisons of all searches of a report, in the order of its problems; without the searches themselves. */
export function tunedProblems({
  problems,
  tuning = [],
}: Pick<Report, 'problems' | 'tuning'>): TunedProblem[] {
  return problems.flatMap(({ name, title }) => {
    const tables = tuning.flatMap((one) => tuningTables(one, name)).filter(({ kind }) => kind !== 'search');
    return tables.length === 0 ? [] : [{ title: title ?? name, tables }];
  });
}

/** The tables of one problem: the search, the results of its winners, their comparisons. */
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

/** @param titles of the problems, if the studies span several */
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
    textColumn('problem', ({ problem }) => titles?.get(problem) ?? (titles ? problem : '')),
    nameColumn('optimizer', ({ selection }) => selection, 'The optimizer with its fixed hyperparameters'),
    numberColumn(title, quantile(0), 'Of the best trial'),
    numberColumn('median', quantile(0.5), 'Over all trials: what a random point of the search space gives'),
    numberColumn(
      'worst 10 %',
      quantile(0.9),
      'One trial in ten is no better than this; empty if those trials have no value',
    ),
    numberColumn(
      'diverged',
      ({ robustness, cost }) => shareCell(Math.round(robustness.diverged * cost.trials), cost.trials),
      'Diverged trials, of all trials',
    ),
    numberColumn(
      'search took',
      ({ cost }) => numberCell(cost.seconds, formatSeconds),
      'Training clock, summed over all trials',
    ),
    numberColumn(
      'gradients',
      ({ cost }) => numberCell(cost.gradientEquivalents, formatCount),
      'Work of all trials, in gradients of one full mini-batch',
    ),
    textColumn('best trial', ({ best }) => best ?? 'no usable trial', 'Hyperparameters of the best trial'),
  ];
  const [first] = studies;
  const split =
    first?.trainSize === undefined || first.validationSize === undefined
      ? ''
      : `, trained on ${formatCount(first.trainSize)} examples, scored on ${formatCount(first.validationSize)} held out of the training set`;
  return {
    kind: 'search',
    title: `Search: ${tuning.search}, up to ${tuning.trialsAsked} trials each${split}`,
    ...textTable(columns, studies),
    notes: [
      `Trials are ranked by ${tuning.criterion.replaceAll('-', ' ')}. They use seed ${tuning.seed}, which no final run uses, and never see the test set.`,
    ],
  };
}

const name = (track: string, selection: string) => `${selection} ${track}`;

function resultsTable(contestants: readonly TuningContestant[]): TuningTable {
  const aimed = contestants.some(({ target }) => target !== undefined);
  const median =
    (measure: Exclude<TuningMeasure, 'testLoss'>, format: (value: number) => string) =>
    ({ target }: TuningContestant) => {
      if (target === undefined) return textCell(NOTHING);
      const { median, horizon } = target[measure];
      return median.value === null ? textCell(`> ${format(horizon)}`) : estimateCell(median, format);
    };
  const columns: ColumnOf<TuningContestant>[] = [
    nameColumn(
      'optimizer',
      ({ track, selection }) => name(track, selection),
      'With the hyperparameters of the best trial (tuned) or the defaults (untuned)',
    ),
    numberColumn(
      'test loss',
      ({ testLoss }) => estimateCell(testLoss),
      'Final value: mean over seeds with 95 % bootstrap interval',
    ),
    numberColumn(
      'accuracy',
      ({ testAccuracy }) => numberCell(testAccuracy?.value, formatShare),
      'Final value on the test set: mean over seeds',
    ),
    numberColumn(
      'finished',
      ({ seeds, diverged, failed }) => shareCell(seeds.length - diverged - failed, seeds.length),
      'Runs that neither diverged nor failed, of all runs',
    ),
    numberColumn(
      'reached',
      ({ target, seeds }) =>
        target === undefined || target.reached.value === null
          ? NOTHING
          : shareCell(Math.round(target.reached.value * seeds.length), seeds.length),
      'Runs that reached the target, of all runs',
    ),
    numberColumn(
      'iterations',
      median('iterations', formatCount),
      'To the target: Kaplan-Meier median with 95 % bootstrap interval',
    ),
    numberColumn(
      'time',
      median('seconds', formatSeconds),
      'To the target, on the training clock: median and interval likewise',
    ),
    numberColumn(
      'gradients',
      median('gradientEquivalents', formatCount),
      'To the target, in gradients of one full mini-batch: median and interval likewise',
    ),
  ];
  const seeds = contestants[0]!.seeds.length;
  return {
    kind: 'results',
    title: `Results: ${formatQuantity(seeds, 'run')} each on fresh seeds, trained on the full training set, scored on the test set`,
    ...textTable(columns, contestants),
    notes: aimed ? ['Runs that never reach the target are censored: > shows how far they ran.'] : [],
  };
}

/** The ratios of one pair, by measure. */
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

/** With more pairs, only those with the best contestant are shown. */
const MOST_PAIRS = 60;

/** The comparisons with the contestant of the lowest mean test loss, and its name. */
function withBest(comparisons: readonly TuningComparison[]): {
  readonly best: string;
  readonly comparisons: readonly TuningComparison[];
} {
  const sides = ({ a, b }: TuningComparison) => [name(a.track, a.selection), name(b.track, b.selection)];
  const means = comparisons
    .filter(({ measure }) => measure === 'testLoss')
    .flatMap((each) => [each.meanA, each.meanB].map((mean, i) => ({ mean, name: sides(each)[i]! })));
  const { name: best } = means.reduce((lowest, next) => (next.mean < lowest.mean ? next : lowest));
  return { best, comparisons: comparisons.filter((each) => sides(each).includes(best)) };
}

function comparisonTable(all: readonly TuningComparison[]): TuningTable {
  const total = all.filter(({ measure }) => measure === 'testLoss').length;
  const limited = total > MOST_PAIRS ? withBest(all) : undefined;
  const comparisons = limited?.comparisons ?? all;
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
    textColumn('ratio of', ({ name }) => name, 'Numerator / denominator'),
    ...measured.map(
      ([measure, title, explanation]): ColumnOf<Pair> =>
        numberColumn(
          title,
          ({ byMeasure }) => ratioCell(byMeasure.get(measure)),
          `${explanation} Hodges-Lehmann ratio, paired by seed, with 95 % interval.`,
        ),
    ),
  ];
  const rows = [...pairs].map(([name, byMeasure]): Pair => ({ name, byMeasure }));
  return {
    kind: 'comparisons',
    title: 'Comparisons: a ratio below 1 favours the first',
    ...textTable(columns, rows),
    notes: [
      ...(limited === undefined
        ? []
        : [`Only those with ${limited.best}, the lowest test loss; the JSON report has all ${total} pairs.`]),
      `* ${SEPARATION_WORDS.clear}: the interval excludes 1 and p is below ${SIGNIFICANT}; ~ ${SEPARATION_WORDS.leading}: one of the two, with at least three seeds; unmarked: ${SEPARATION_WORDS.open}. p is paired, two-sided and Holm-corrected over the pairs of a column. Costs of reaching a target are compared as far as both sides ran; – if neither had reached it by then.`,
    ],
  };
}

/** Means of equal times may differ by a rounding error. */
const ROUNDING = 1e-12;

function ratioCell(comparison: TuningComparison | undefined): TextCell {
  if (comparison === undefined) return textCell(NOTHING);
  const { ratio, horizon, meanA, meanB } = comparison;
  // Neither reached the target while both ran: a ratio of 1 would claim that they took equally long.
  if (horizon !== undefined && [meanA, meanB].every((mean) => mean > (1 - ROUNDING) * horizon)) {
    return textCell(NOTHING);
  }
  const cell =
    ratio !== null && ratio.value !== null && isExtreme(ratio.value)
      ? numberCell(ratio.value, formatResultRatio)
      : estimateCell(ratio);
  return { ...cell, text: `${cell.text}${MARKS[separationOf(evidenceOf(comparison))]}` };
}

const MARKS: Readonly<Record<Separation, string>> = { clear: ' *', leading: ' ~', open: '' };

/** Losses at or below 0 have no ratio; their difference decides. */
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
