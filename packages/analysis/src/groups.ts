// Runs that differ only in their seed, under one name.

import { canonicalJson, type Iteration, type JsonValue } from '@gaussmark/core';
import { budgetOf, budgetWords } from './budget.js';
import { groupBy } from './group-by.js';
import type { Report, ReportRun, RunStatus } from './schema/report-schema.js';

/** How a run's last values count: as final, as those at an interruption, or not at all. */
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
  /** The label, made unique within the problem. */
  readonly name: string;
  readonly label: string;
  readonly optimizer: string;
  readonly conditions: RunConditions;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /** The name of its inner iterations; null without an inner loop. */
  readonly iteration: Iteration | null;
  /** One per seed. */
  readonly runs: readonly ReportRun[];
  /** Runs left out because another has the same settings and seed. */
  readonly repeats: number;
  /** The finished runs or, without any, the interrupted ones. */
  readonly counted: readonly ReportRun[];
  /** The best outcome of its runs. */
  readonly outcome: Outcome;
}

/** Conditions, in words, that results must share to be ranked against each other. */
export interface RunConditions {
  /** `60 epochs`; empty if unknown. */
  readonly budget: string;
  readonly dtype: string;
  /** `onnxruntime`, made unique within the problem. */
  readonly engine: string;
}

const naturalOrder = new Intl.Collator('en', { numeric: true });

/** Natural order: `sgn[cgIterations=3]` before `sgn[cgIterations=10]`. */
export const compareNames = (a: string, b: string): number =>
  naturalOrder.compare(a, b) || Number(a > b) - Number(a < b);

const grouped = new WeakMap<Report, ReadonlyMap<string, readonly RunGroup[]>>();

/** The groups of every problem with runs, by problem name; cached per report. */
export function groupsOf(report: Report): ReadonlyMap<string, readonly RunGroup[]> {
  const known = grouped.get(report);
  if (known !== undefined) return known;
  const groups = new Map(
    [...groupBy(report.runs, ({ problem }) => problem)].map(([problem, runs]) => [problem, groupRuns(runs)]),
  );
  grouped.set(report, groups);
  return groups;
}

/** The groups of one problem: those with an inner loop first, then in natural order of their names. */
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

/** `sgn` rather than `sgn[cgIterations=10]`, which is the same setting if 10 is the default. */
const shortest = (labels: readonly string[]): string =>
  labels.reduce((best, label) => (label.length < best.length ? label : best));

const WORTH: readonly Outcome[] = ['finished', 'interrupted', 'broken'];

/** One run per seed, so that no seed counts twice: the one with the best outcome, and the latest of equals. */
function onePerSeed(runs: readonly ReportRun[]): ReportRun[] {
  const worth = (run: ReportRun) => WORTH.indexOf(outcomeOf(run));
  return [...groupBy(runs, ({ seed }) => seed).values()].map((same) =>
    same.reduce((best, run) => (worth(run) <= worth(best) ? run : best)),
  );
}

/**
 * The conditions of each run. A run whose budget is unknown, or that ended before its engine reported itself, is assumed to
 * share those of the other runs if they all agree.
 */
function conditionsOf(runs: readonly ReportRun[]): ReadonlyMap<ReportRun, RunConditions> {
  const budgets = knownOrAssumed(runs, (run) => {
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

/** Names for engines of one plugin: `onnxruntime`, or `onnxruntime[threads=2]` if runs differ in it. */
function enginesOf(runs: readonly ReportRun[]): ReadonlyMap<ReportRun, string> {
  const known = knownOrAssumed(runs, ({ engineInfo }) =>
    Object.keys(engineInfo).length === 0 ? undefined : canonicalJson(engineInfo),
  );
  const kinds = new Map(
    [...groupBy(runs, (run) => known.get(run)!)].map(([kind, same]) => [kind, same[0]!.engineInfo]),
  );
  const keys = [...new Set([...kinds.values()].flatMap((info) => Object.keys(info)))].filter(
    (key) => new Set([...kinds.values()].map((info) => canonicalJson(info[key] ?? null))).size > 1,
  );
  const words = ({ engine }: ReportRun, kind: string) => {
    const info = kinds.get(kind)!;
    const own = keys.flatMap((key) => (info[key] === undefined ? [] : [`${key}=${info[key]}`]));
    return own.length === 0 ? engine : `${engine}[${own.join(',')}]`;
  };
  return new Map(runs.map((run) => [run, words(run, known.get(run)!)]));
}

/** The text of each run; for a run without one, the text that all others share, or an empty one. */
function knownOrAssumed(
  runs: readonly ReportRun[],
  textOf: (run: ReportRun) => string | undefined,
): ReadonlyMap<ReportRun, string> {
  const known = runs.map(textOf);
  const [only, ...others] = new Set(known.filter((text) => text !== undefined));
  const assumed = only !== undefined && others.length === 0 ? only : '';
  return new Map(runs.map((run, index) => [run, known[index] ?? assumed]));
}

type Identity = Readonly<Record<string, JsonValue>>;

/** Runs with the same identity are seeds of one group. Labels do not count: two can mean the same hyperparameters. */
function identity({ optimizer, hyperparameters }: ReportRun, conditions: RunConditions): Identity {
  return { optimizer, ...conditions, ...prefixed(hyperparameters) };
}

/** Hyperparameters, with keys that cannot collide with conditions. */
function prefixed(hyperparameters: ReportRun['hyperparameters']): Identity {
  return Object.fromEntries(Object.entries(hyperparameters).map(([key, value]) => [`.${key}`, value]));
}

/** Unique names: a label of several groups gets their differences in braces. */
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
