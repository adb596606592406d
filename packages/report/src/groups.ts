// Runs that differ by their seed only, under one name.

import { canonicalJson, type JsonValue } from '@gaussmark/core';
import { groupBy } from './group-by.js';
import type { Report, ReportRun, RunStatus } from './schema.js';

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

export const outcomeOf = (run: ReportRun): Outcome => outcomes[run.status];

/** All seeds of one optimizer with one set of hyperparameters on one problem, engine and dtype. */
export interface RunGroup {
  /** The label, with whatever else tells it from other groups of the problem. */
  readonly name: string;
  readonly label: string;
  readonly optimizer: string;
  readonly engine: string;
  readonly dtype: string;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  /** Whether its steps hold conjugate-gradient iterations. */
  readonly secondOrder: boolean;
  readonly runs: readonly ReportRun[];
  /** The runs whose last values stand; where there are none, those that were interrupted. */
  readonly counted: readonly ReportRun[];
  /** How the group as a whole ended: the best end of its runs. */
  readonly outcome: Outcome;
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

/** The groups of one problem, second-order optimizers first, then in the natural order of their names. */
export function groupRuns(runs: readonly ReportRun[]): RunGroup[] {
  const byIdentity = groupBy(runs, (run) => canonicalJson(identity(run)));
  const names = distinctNames([...byIdentity.values()].map((members) => members[0]!));
  return [...byIdentity.values()]
    .map((members, index): RunGroup => {
      const first = members[0]!;
      const finished = members.filter((run) => outcomeOf(run) === 'finished');
      const interrupted = members.filter((run) => outcomeOf(run) === 'interrupted');
      return {
        name: names[index]!,
        label: first.label,
        optimizer: first.optimizer,
        engine: first.engine,
        dtype: first.dtype,
        hyperparameters: first.hyperparameters,
        secondOrder: members.some((run) => run.cg !== undefined),
        runs: members,
        counted: finished.length > 0 ? finished : interrupted,
        outcome: finished.length > 0 ? 'finished' : interrupted.length > 0 ? 'interrupted' : 'broken',
      };
    })
    .sort((a, b) => Number(b.secondOrder) - Number(a.secondOrder) || compareNames(a.name, b.name));
}

function identity(run: ReportRun): Record<string, JsonValue> {
  const { optimizer, label, engine, dtype, hyperparameters } = run;
  return { optimizer, label, engine, dtype, ...prefixed(hyperparameters) };
}

/** Hyperparameters under keys that cannot collide with `engine` and `dtype`. */
function prefixed(hyperparameters: ReportRun['hyperparameters']): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(hyperparameters).map(([key, value]) => [`.${key}`, value]));
}

/** Labels made distinct: those shared by several groups get the settings that tell them apart, in braces. */
function distinctNames(runs: readonly ReportRun[]): string[] {
  const shared = groupBy(runs, (run) => run.label);
  return runs.map((run) => {
    const rivals = shared.get(run.label)!.map(identity);
    if (rivals.length === 1) return run.label;
    const own = identity(run);
    const keys = [...new Set(rivals.flatMap((rival) => Object.keys(rival)))].filter(
      (key) => new Set(rivals.map((rival) => canonicalJson(rival[key] ?? null))).size > 1,
    );
    return `${run.label} {${keys.map((key) => `${key.replace(/^\./, '')}=${show(own[key] ?? null)}`).join(', ')}}`;
  });
}

const show = (value: JsonValue): string => (typeof value === 'string' ? value : canonicalJson(value));
