// Two revisions compared: a row for every measure, what only one of them has, and whether it is a regression.

import { canonicalJson, type JsonValue, withoutHome } from '@gaussmark/core';
import type { Clock } from '@gaussmark/steps';
import { median } from 'simple-statistics';
import type { Row, Since, TimedVerdict } from './comparison-row.js';
import { type CoveredHyperparameter, type LostCoverage, lostCoverage } from './exercise/report.js';
import { compareHard } from './hard-comparison.js';
import type { PairedTimings, TimedOutcome } from './paired-timing.js';
import type { Machine, Measure, Revision, Snapshot, Tier } from './snapshot.js';
import type { TimedFinding } from './timed-decision.js';
import { compareUnpaired } from './unpaired.js';

/** The oldest revision of a history from which on a measure has been as it is in `row.to`; undefined if it does not say. */
export type SinceWhen = (row: Omit<Row, 'since'>) => Since | undefined;

export interface ChangedSetting {
  readonly problem: string;
  readonly optimizer: string;
  readonly setting: string;
  /** null: there was no such setting. */
  readonly from: JsonValue;
  readonly to: JsonValue;
}

export interface SideDescription {
  readonly name: string;
  readonly revision: Revision;
  readonly machine: Machine;
  readonly created: string;
}

export type Outcome = 'regression' | 'changed' | 'improvement' | 'same';

export interface Comparison {
  readonly format: 'gaussmark-comparison';
  readonly schemaVersion: 1;
  readonly created: string;
  readonly from: SideDescription;
  readonly to: SideDescription;
  /** How times were compared: in turns, from different minutes, or not at all. */
  readonly timing: 'paired' | 'unpaired' | 'none';
  /** Of a comparison in turns: by how much equal code came out apart, relative, by clock. */
  readonly floors: Readonly<Partial<Record<Clock, number>>>;
  readonly rows: readonly Row[];
  readonly settings: readonly ChangedSetting[];
  /** Hyperparameters of the second side, and whether its numbers see them; absent if settings were not tried. */
  readonly coverage?: readonly CoveredHyperparameter[];
  /** Those that had an effect in the first side, and have none in the second. */
  readonly lostCoverage: readonly LostCoverage[];
  /** Ids that only one side has. */
  readonly missing: readonly string[];
  readonly added: readonly string[];
  readonly notes: readonly string[];
  readonly outcome: Outcome;
  /** Whether to exit with 1. */
  readonly fails: boolean;
}

/** Verdicts in the order in which they matter. */
const SEVERITY = {
  worse: 'regression',
  slower: 'regression',
  changed: 'changed',
  better: 'improvement',
  faster: 'improvement',
  unconfirmed: 'same',
  undecided: 'same',
  apart: 'same',
  rounding: 'same',
  same: 'same',
} as const satisfies Record<Row['verdict'], Outcome>;

/** The worst of the rows; what else changed is a change. */
function outcomeOf(rows: readonly Row[], others: readonly unknown[]): Outcome {
  const outcomes = new Set<Outcome>(rows.map(({ verdict }) => SEVERITY[verdict]));
  if (others.length > 0) outcomes.add('changed');
  const order = ['regression', 'changed', 'improvement'] as const;
  return order.find((outcome) => outcomes.has(outcome)) ?? 'same';
}

/** Whether a row makes a comparison fail: a regression, or a hard number that changed without anybody saying why. */
export function failsBy({ tier, verdict }: Pick<Row, 'tier' | 'verdict'>): boolean {
  return tier === 'hard' ? SEVERITY[verdict] !== 'same' : verdict === 'slower';
}

export interface ComparedSides {
  readonly from: { readonly name: string; readonly snapshot: Snapshot };
  readonly to: { readonly name: string; readonly snapshot: Snapshot };
  /** Where both are checkouts and were timed in turns; else the samples of the snapshots are compared. */
  readonly paired?:
    | { readonly timings: PairedTimings; readonly confirmed?: PairedTimings | undefined }
    | undefined;
  /** What is compared. */
  readonly tiers: readonly Tier[];
  /** Smallest relative change of a time that matters. */
  readonly threshold: number;
  readonly since?: SinceWhen | undefined;
}

/** Compares two sides measure by measure. */
export function compareSides({ from, to, paired, tiers, threshold, since }: ComparedSides): Comparison {
  const [before, after] = [from.snapshot, to.snapshot];
  const sameClass = before.machine.class === after.machine.class;
  const [known, current] = [before, after].map(
    ({ measures }) =>
      new Map(measures.filter(({ tier }) => tiers.includes(tier)).map((measure) => [measure.id, measure])),
  ) as [Map<string, Measure>, Map<string, Measure>];
  const rowsOf = (wanted: Tier, compared: (from: Measure, to: Measure) => Row[]): Row[] =>
    [...current.values()].flatMap((measure) => {
      const old = known.get(measure.id);
      return old === undefined || measure.tier !== wanted ? [] : compared(old, measure);
    });
  const hard = rowsOf('hard', (old, measure) => [hardRow(old, measure)]);
  const times =
    paired !== undefined
      ? pairedRows(paired.timings, paired.confirmed)
      : sameClass
        ? rowsOf('timed', (old, measure) => compareUnpaired(old, measure, threshold))
        : [];
  const timing = paired !== undefined ? 'paired' : times.length > 0 ? 'unpaired' : 'none';
  const rows = [...hard, ...times].map((row) => {
    const when = SEVERITY[row.verdict] === 'same' ? undefined : since?.(row);
    return when === undefined ? row : { ...row, since: when };
  });
  const settings = changedSettings(before, after);
  const lost = lostCoverage(before.coverage ?? [], after.coverage ?? []);
  const covered = tiers.includes('hard') && after.coverage !== undefined;
  const timed = paired?.timings;
  const onlyIn = (
    own: ReadonlyMap<string, Measure>,
    other: ReadonlyMap<string, Measure>,
    subjects: PairedTimings['onlyFrom'] = [],
  ) => [...[...own.keys()].filter((id) => !other.has(id)), ...subjects.map(({ id }) => id)];
  return {
    format: 'gaussmark-comparison',
    schemaVersion: 1,
    created: new Date().toISOString(),
    from: describe(from),
    to: describe(to),
    timing,
    floors: Object.fromEntries(
      Object.entries(timed?.floors ?? {}).map(([clock, { relative }]) => [clock, relative]),
    ),
    rows,
    settings,
    ...(covered ? { coverage: after.coverage } : {}),
    lostCoverage: lost,
    missing: onlyIn(known, current, timed?.onlyFrom),
    added: onlyIn(current, known, timed?.onlyTo),
    notes: [
      ...(sameClass
        ? []
        : [
            `the machines differ (${before.machine.class}; ${after.machine.class}): times are not compared, and losses ` +
              'may differ by roundings',
          ]),
      ...(covered && before.coverage === undefined
        ? [
            `${from.name} is of an older gaussmark or was measured without coverage: the settings of plugins are not compared`,
          ]
        : []),
      ...(timing === 'unpaired'
        ? ['times are from different minutes: they tell a doubling, not a tenth; compare checkouts for that']
        : []),
    ],
    outcome: outcomeOf(rows, [...settings, ...lost]),
    fails: rows.some(failsBy) || settings.length > 0 || lost.length > 0,
  };
}

function describe({ name, snapshot }: ComparedSides['from']): SideDescription {
  const { revision, machine, created } = snapshot;
  return { name: withoutHome(name), revision, machine, created };
}

function hardRow(from: Measure, to: Measure): Row {
  const verdict = compareHard(from, to);
  return { ...named(to), from: from.value, to: to.value, change: changeOf(from.value, to.value), verdict };
}

const named = ({ id, problem, optimizer, quantity, unit, tier }: Measure) => ({
  ...{ id, problem, optimizer, quantity, unit, tier },
});

function changeOf(from: number | null, to: number | null): number | null {
  if (from === null || to === null || from === 0) return null;
  return (to - from) / Math.abs(from);
}

/** Of both clocks, the one that says slower; else the main one. A finding of slower stands if the second session has it too. */
function pairedRows({ outcomes }: PairedTimings, confirmed: PairedTimings | undefined): Row[] {
  const again = new Map(confirmed?.outcomes.map((outcome) => [outcome.subject.id, outcome]));
  return outcomes.map((outcome) => {
    const { subject, findings, samples } = outcome;
    const slow = slowerClock(outcome);
    const clock = slow ?? (Object.keys(findings)[0] as Clock);
    const finding = findings[clock]!;
    const second = slow === undefined ? undefined : again.get(subject.id)?.findings[clock];
    return {
      ...subject,
      tier: 'timed',
      unit: 's',
      clock,
      from: typical(samples[clock].from),
      to: typical(samples[clock].to),
      change: finding.ratio.value - 1,
      interval:
        finding.ratio.interval === null
          ? undefined
          : { low: finding.ratio.interval.low - 1, high: finding.ratio.interval.high - 1 },
      margin: finding.margin,
      ...verdictOf(finding, second),
    };
  });
}

/** The clock by which a subject is slower, if there is one: what waits is seen by the wall clock alone. */
export function slowerClock({ findings }: TimedOutcome): Clock | undefined {
  return (Object.keys(findings) as Clock[]).find((clock) => findings[clock]!.decision === 'slower');
}

function verdictOf(
  { decision, morePairs }: TimedFinding,
  second: TimedFinding | undefined,
): { readonly verdict: TimedVerdict; readonly note?: string } {
  if (decision === 'undecided') {
    const note =
      morePairs === null
        ? 'it sits on the margin: no number of rounds will tell'
        : `too few samples to decide: about ${morePairs} more rounds`;
    return { verdict: 'undecided', note };
  }
  if (decision !== 'slower' || second === undefined) return { verdict: decision };
  const change = percent(second.ratio.value - 1);
  return second.decision === 'slower'
    ? { verdict: 'slower', note: `confirmed with fresh processes: ${change}` }
    : { verdict: 'unconfirmed', note: `with fresh processes ${change}, ${second.decision}` };
}

/** `+10.3 %` */
export function percent(change: number): string {
  const text = Math.abs(100 * change) >= 9.95 ? (100 * change).toFixed(0) : (100 * change).toPrecision(2);
  return `${change > 0 ? '+' : ''}${Number(text)} %`;
}

/** The median of all samples of a side. */
const typical = (processes: readonly (readonly number[])[]): number => median(processes.flat());

/** Settings with other values, in cells that both have. A default that changed shows here, whatever it does to the numbers. */
function changedSettings(before: Snapshot, after: Snapshot): ChangedSetting[] {
  const key = ({ problem, optimizer }: Snapshot['suite']['cells'][number]) =>
    JSON.stringify([problem, optimizer]);
  const known = new Map(before.suite.cells.map((cell) => [key(cell), cell]));
  return after.suite.cells.flatMap((cell) => {
    const old = known.get(key(cell));
    if (old === undefined) return [];
    const names = [...new Set([...Object.keys(old.settings), ...Object.keys(cell.settings)])];
    return names.flatMap((setting) => {
      const [from, to] = [old.settings[setting] ?? null, cell.settings[setting] ?? null];
      if (canonicalJson(from) === canonicalJson(to)) return [];
      return [{ problem: cell.problem, optimizer: cell.optimizer, setting, from, to }];
    });
  });
}
