// How results depend on each hyperparameter, over leaderboard rows or search trials.

import { median } from 'simple-statistics';
import { valueWords } from './format.js';
import { groupBy } from './group-by.js';
import type { Leaderboard } from './leaderboard.js';
import type { LeaderboardRow } from './leaderboard-row.js';
import type { TuningCriterion, TuningStudy } from './schema/tuning-schema.js';
import { CRITERIA } from './tuning-criteria.js';

/** A setting and its result. */
export interface Trial {
  readonly name: string;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /** null without a result. */
  readonly value: number | null;
  /** Interval over seeds; null for one seed. */
  readonly low: number | null;
  readonly high: number | null;
}

/** One setting in the plot of a hyperparameter. */
export interface SensitivityPoint extends Omit<Trial, 'hyperparameters'> {
  /** The hyperparameter's value, or its category's index if not all values are numbers. */
  readonly x: number;
}

/** Results of an optimizer's settings against one of its hyperparameters, on one problem. */
export interface Sensitivity {
  readonly problem: string;
  readonly title: string;
  readonly hyperparameter: string;
  /** The quantity of the results: `test loss`. */
  readonly quantity: string;
  /** The values as texts if they are not all numbers; else null. */
  readonly categories: readonly string[] | null;
  /** Whether to plot values on a logarithmic axis: all above zero, spanning a factor of at least 10. */
  readonly log: boolean;
  /** In the order of x. */
  readonly points: readonly SensitivityPoint[];
  /** The best setting at each value, in the order of x: the effect of the hyperparameter alone. */
  readonly best: readonly SensitivityPoint[];
}

export interface OptimizerSummary {
  readonly optimizer: string;
  readonly settings: number;
  readonly runs: number;
  /** Hyperparameters with several values on one problem, and all their values. */
  readonly varied: readonly { readonly name: string; readonly values: readonly unknown[] }[];
  /** The others: one value per problem. */
  readonly fixed: readonly { readonly name: string; readonly values: readonly unknown[] }[];
  readonly sensitivities: readonly Sensitivity[];
  readonly robustness: readonly Robustness[];
}

/** The spread of results over the settings on a problem. */
export interface Robustness {
  readonly problem: string;
  readonly title: string;
  readonly settings: number;
  /** Number of settings with unfinished seeds. */
  readonly lost: number;
  /** Final test loss of the best, median and worst finished setting; null if none finished. */
  readonly losses: { readonly best: number; readonly median: number; readonly worst: number } | null;
  /** Number of settings within twice the best loss. */
  readonly withinTwice: number;
}

const LOG_FROM = 10;

/** The optimizers of all boards, in order of first appearance. */
export function summarizeOptimizers(boards: readonly Leaderboard[]): OptimizerSummary[] {
  const all = boards.flatMap((board) => board.rows.map((row) => ({ board, row })));
  return [...groupBy(all, ({ row }) => row.optimizer)].map(([optimizer, members]) => {
    const perBoard = [...groupBy(members, ({ board }) => board)].map(([board, own]) => ({
      board,
      rows: own.map(({ row }) => row),
    }));
    const names = [...new Set(members.flatMap(({ row }) => Object.keys(row.hyperparameters)))];
    const variesOn = (name: string) => perBoard.filter(({ rows }) => valuesOf(rows, name).length > 1);
    const everyRow = members.map(({ row }) => row);
    const listed = (wanted: (name: string) => boolean) =>
      names.filter(wanted).map((name) => ({ name, values: valuesOf(everyRow, name).sort(compareValues) }));
    return {
      optimizer,
      settings: new Set(everyRow.map(({ name }) => name)).size,
      runs: everyRow.reduce((sum, { runs }) => sum + runs, 0),
      varied: listed((name) => variesOn(name).length > 0),
      fixed: listed((name) => variesOn(name).length === 0),
      sensitivities: perBoard.flatMap(({ board: { problem, title }, rows }) =>
        sensitivitiesOf(rows.map(trialOf), { problem, title, quantity: 'final test loss' }),
      ),
      robustness: perBoard.map(({ board, rows }) => robustnessOf(board, rows)),
    };
  });
}

/** A leaderboard row as a trial, with its final test loss if it finished. */
function trialOf({ name, hyperparameters, outcome, testLoss }: LeaderboardRow): Trial {
  const { value = null, low = null, high = null } = (outcome === 'finished' ? testLoss : null) ?? {};
  return { name, hyperparameters, value, low, high };
}

/** Plots of a search's criterion against each searched hyperparameter. */
export function searchSensitivities(
  { problem, trials }: Pick<TuningStudy, 'problem' | 'trials'>,
  criterion: TuningCriterion,
  title: string,
): Sensitivity[] {
  const { title: quantity, better } = CRITERIA[criterion];
  return sensitivitiesOf(
    trials.map(({ label, hyperparameters, value }) => ({
      name: label,
      hyperparameters,
      value,
      low: null,
      high: null,
    })),
    { problem, title, quantity },
    better,
  );
}

/** Plots of the hyperparameters that vary among trials on one problem. */
export function sensitivitiesOf(
  trials: readonly Trial[],
  where: Pick<Sensitivity, 'problem' | 'title' | 'quantity'>,
  better: 'lower' | 'higher' = 'lower',
): Sensitivity[] {
  const names = [...new Set(trials.flatMap(({ hyperparameters }) => Object.keys(hyperparameters)))];
  return names
    .filter((name) => valuesOf(trials, name).length > 1)
    .map((name) => sensitivityOf(trials, name, where, better));
}

function sensitivityOf(
  trials: readonly Trial[],
  hyperparameter: string,
  where: Pick<Sensitivity, 'problem' | 'title' | 'quantity'>,
  better: 'lower' | 'higher',
): Sensitivity {
  const values = valuesOf(trials, hyperparameter);
  const numeric = values.every((value) => typeof value === 'number');
  const categories = numeric ? null : values.sort(compareValues).map(valueWords);
  const points = trials
    .map(({ hyperparameters, ...result }): SensitivityPoint => {
      const value = hyperparameters[hyperparameter];
      return { x: categories?.indexOf(valueWords(value)) ?? (value as number), ...result };
    })
    .sort((a, b) => a.x - b.x);
  const sign = better === 'lower' ? 1 : -1;
  const numbers = points.map(({ x }) => x);
  return {
    ...where,
    hyperparameter,
    categories,
    log: numeric && numbers[0]! > 0 && numbers.at(-1)! / numbers[0]! >= LOG_FROM,
    points,
    best: [...groupBy(points, ({ x }) => x).values()].flatMap(
      (same) =>
        same.filter(({ value }) => value !== null).sort((a, b) => sign * (a.value! - b.value!))[0] ?? [],
    ),
  };
}

/** The distinct values of a hyperparameter. */
function valuesOf(trials: readonly Pick<Trial, 'hyperparameters'>[], name: string): unknown[] {
  const byText = new Map(
    trials.map(({ hyperparameters }) => [valueWords(hyperparameters[name]), hyperparameters[name]]),
  );
  return [...byText.values()];
}

function robustnessOf({ problem, title }: Leaderboard, rows: readonly LeaderboardRow[]): Robustness {
  const losses = rows
    .flatMap(({ outcome, testLoss }) => (outcome === 'finished' && testLoss !== null ? [testLoss.value] : []))
    .sort((a, b) => a - b);
  const best = losses[0];
  return {
    problem,
    title,
    settings: rows.length,
    lost: rows.filter(({ outcome, testLoss, runs }) => outcome !== 'finished' || testLoss?.count !== runs)
      .length,
    losses: best === undefined ? null : { best, median: median(losses), worst: losses.at(-1)! },
    withinTwice: best === undefined ? 0 : losses.filter((loss) => loss <= 2 * best).length,
  };
}

/** Orders null first, then numbers, then texts alphabetically. */
function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [rankOfKind(a), rankOfKind(b)];
  return left - right || (valueWords(a) < valueWords(b) ? -1 : 1);
}

const rankOfKind = (value: unknown): number =>
  value === null || value === undefined ? 0 : typeof value === 'number' ? 1 : 2;
