// Runs that differ by their seed only, under one name.

import { canonicalJson, type Iteration, type JsonValue } from '@gaussmark/core';
import { budgetOf, budgetWords } from './budget.js';
import { groupBy } from './group-by.js';
import type { Report, ReportRun, RunStatus } from './schema/report-schema.js';

/** How an end counts: its last values stand, or they are what an interruption left, or there are none. */
export type Outcome = 'finished' | 'interrupted' | 'broken';

const outcomes: Readonly<Record<RunStatus, Outcome>> = {
  done: 'finished',
  'target-reached': 'finished',
  budget: 'finished',
  timeout: 'interrupted',
  cancelled: 'interrupted',
  diverged: 'broken',
  failed: 'broken',
  'out-of-memory': 'broken',
  skipped: 'broken',
};

export const outcomeOf = ({ status }: Pick<ReportRun, 'status'>): Outcome => outcomes[status];

/** All seeds of one optimizer with one set of hyperparameters on one problem, under the same conditions. */
export interface RunGroup {
  /** The label, with whatever else tells it from other groups of the problem. */
  readonly name: string;
  readonly label: string;
  readonly optimizer: string;
  readonly conditions: RunConditions;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /** What it calls an iteration of its inner loop; null without one. */
  readonly iteration: Iteration | null;
  /** One for each seed. */
  readonly runs: readonly ReportRun[];
  /** Runs left out, because another one has the same settings and seed. */
  readonly repeats: number;
  /** The runs whose last values stand; where there are none, those that were interrupted. */
  readonly counted: readonly ReportRun[];
  /** How the group as a whole ended: the best end of its runs. */
  readonly outcome: Outcome;
}

/** What must be alike for results to be ranked against each other, in words. */
export interface RunConditions {
  /** `60 epochs`; empty where no report says. */
  readonly budget: string;
  readonly dtype: string;
  /** `onnxruntime`; with what else tells it from other engines of the problem. */
  readonly engine: string;
}

const naturalOrder = new Intl.Collator('en', { numeric: true });

/** Compares names so that `sgn[cgIterations=3]` comes before `sgn[cgIterations=10]`. */
export const compareNames = (a: string, b: string): number =>
  naturalOrder.compare(a, b) || Number(a > b) - Number(a < b);

const grouped = new WeakMap<Report, ReadonlyMap<string, readonly RunGroup[]>>();

/** The groups of every problem that has runs, by its name. Made once for a report, which every part of it is made from. */
export function groupsOf(report: Report): ReadonlyMap<string, readonly RunGroup[]> {
  const known = grouped.get(report);
  if (known !== undefined) return known;
  const groups = new Map(
    [...groupBy(report.runs, ({ problem }) => problem)].map(([problem, runs]) => [problem, groupRuns(runs)]),
  );
  grouped.set(report, groups);
  return groups;
}

/** The groups of one problem: those with an inner loop first, then in the natural order of their names. */
export function groupRuns(runs: readonly ReportRun[]): RunGroup[] {
  const conditions = conditionsOf(runs);
  const byIdentity = [...groupBy(runs, (run) => canonicalJson(identity(run, conditions.get(run)!))).values()];
  const members = byIdentity.map((same) => ({ same, label: shortest(same.map(({ label }) => label)) }));
  const names = distinctNames(
    members.map(({ same, label }) => ({ label, identity: identity(same[0]!, conditions.get(same[0]!)!) })),
  );
  return members
    .map(({ same, label }, index): RunGroup => {
      const own = onePerSeed(same);
      const finished = own.filter((run) => outcomeOf(run) === 'finished');
      const interrupted = own.filter((run) => outcomeOf(run) === 'interrupted');
      return {
        name: names[index]!,
        label,
        optimizer: same[0]!.optimizer,
        conditions: conditions.get(same[0]!)!,
        hyperparameters: same[0]!.hyperparameters,
        iteration: own.find(({ innerLoop }) => innerLoop !== undefined)?.innerLoop?.iteration ?? null,
        runs: own,
        repeats: same.length - own.length,
        counted: finished.length > 0 ? finished : interrupted,
        outcome: finished.length > 0 ? 'finished' : interrupted.length > 0 ? 'interrupted' : 'broken',
      };
    })
    .sort(
      (a, b) => Number(a.iteration === null) - Number(b.iteration === null) || compareNames(a.name, b.name),
    );
}

/** `sgn` rather than `sgn[cgIterations=10]`, which means the same where 10 is the default. */
const shortest = (labels: readonly string[]): string =>
  labels.reduce((best, label) => (label.length < best.length ? label : best));

const WORTH: readonly Outcome[] = ['finished', 'interrupted', 'broken'];

/** One run of each seed: the one that came furthest, of equals the last. A seed that counts twice would count too much. */
function onePerSeed(runs: readonly ReportRun[]): ReportRun[] {
  const worth = (run: ReportRun) => WORTH.indexOf(outcomeOf(run));
  return [...groupBy(runs, ({ seed }) => seed).values()].map((same) =>
    same.reduce((best, run) => (worth(run) <= worth(best) ? run : best)),
  );
}

/**
 * The conditions of each run. A run whose report does not say its budget, or that ended before its engine told of itself, is
 * taken to have had those of the other runs, where these are all alike.
 */
function conditionsOf(runs: readonly ReportRun[]): ReadonlyMap<ReportRun, RunConditions> {
  const budgets = toldOrAssumed(runs, (run) => {
    const budget = budgetOf(run);
    return budget === undefined ? undefined : budgetWords(budget);
  });
  const engines = new Map(
    [...groupBy(runs, ({ engine }) => engine).values()].flatMap((same) => [...enginesOf(same)]),
  );
  return new Map(
    runs.map((run) => [run, { budget: budgets.get(run)!, dtype: run.dtype, engine: engines.get(run)! }]),
  );
}

/** The engines of runs that name the same one: `onnxruntime`, or `onnxruntime[threads=2]` where that is not the same for all. */
function enginesOf(runs: readonly ReportRun[]): ReadonlyMap<ReportRun, string> {
  const told = toldOrAssumed(runs, ({ engineInfo }) =>
    Object.keys(engineInfo).length === 0 ? undefined : canonicalJson(engineInfo),
  );
  const kinds = new Map(
    [...groupBy(runs, (run) => told.get(run)!)].map(([kind, same]) => [kind, same[0]!.engineInfo]),
  );
  const keys = [...new Set([...kinds.values()].flatMap((info) => Object.keys(info)))].filter(
    (key) => new Set([...kinds.values()].map((info) => canonicalJson(info[key] ?? null))).size > 1,
  );
  const words = ({ engine }: ReportRun, kind: string) => {
    const info = kinds.get(kind)!;
    const own = keys.flatMap((key) => (info[key] === undefined ? [] : [`${key}=${info[key]}`]));
    return own.length === 0 ? engine : `${engine}[${own.join(',')}]`;
  };
  return new Map(runs.map((run) => [run, words(run, told.get(run)!)]));
}

/** What each run tells; of those that do not, what all others tell, or nothing if these differ. */
function toldOrAssumed(
  runs: readonly ReportRun[],
  tell: (run: ReportRun) => string | undefined,
): ReadonlyMap<ReportRun, string> {
  const told = runs.map(tell);
  const [only, ...others] = new Set(told.filter((text) => text !== undefined));
  const assumed = only !== undefined && others.length === 0 ? only : '';
  return new Map(runs.map((run, index) => [run, told[index] ?? assumed]));
}

type Identity = Readonly<Record<string, JsonValue>>;

/** What makes runs seeds of one group. The label is not part of it: two labels can mean the same hyperparameters. */
function identity({ optimizer, hyperparameters }: ReportRun, conditions: RunConditions): Identity {
  return { optimizer, ...conditions, ...prefixed(hyperparameters) };
}

/** Hyperparameters under keys that cannot collide with the conditions. */
function prefixed(hyperparameters: ReportRun['hyperparameters']): Identity {
  return Object.fromEntries(Object.entries(hyperparameters).map(([key, value]) => [`.${key}`, value]));
}

/** Labels made distinct: those shared by several groups get what tells them apart, in braces. */
function distinctNames(groups: readonly { readonly label: string; readonly identity: Identity }[]): string[] {
  const shared = groupBy(groups, ({ label }) => label);
  return groups.map(({ label, identity: own }) => {
    const rivals = shared.get(label)!.map(({ identity: theirs }) => theirs);
    if (rivals.length === 1) return label;
    const keys = [...new Set(rivals.flatMap((rival) => Object.keys(rival)))].filter(
      (key) => new Set(rivals.map((rival) => canonicalJson(rival[key] ?? null))).size > 1,
    );
    return `${label} {${keys.map((key) => `${key.replace(/^\./, '')}=${show(own[key] ?? null)}`).join(', ')}}`;
  });
}

const show = (value: JsonValue): string => (typeof value === 'string' ? value : canonicalJson(value));
