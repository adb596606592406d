// Compares two revisions: a row per measure, what only one side has, and whether it is a regression.

import { canonicalJson, type JsonValue, withoutHome } from '@gaussmark/core';
import type { Clock } from '@gaussmark/steps';
import { median } from 'simple-statistics';
import type { Row, Since, TimedVerdict } from './comparison-row.js';
import { type CoveredHyperparameter, type LostCoverage, lostCoverage } from './coverage-report.js';
import { compareHard } from './hard-comparison.js';
import type { PairedTimings, TimedOutcome } from './paired-timing.js';
import type { Machine, Measure, Revision, Snapshot, Tier } from './snapshot.js';
import type { TimedFinding } from './timed-decision.js';
import { compareUnpaired } from './unpaired.js';

/** The oldest revision of a history since which a measure has had the value `row.to`; undefined if unknown. */
export type SinceWhen = (row: Omit<Row, 'since'>) => Since | undefined;

export interface ChangedSetting {
  readonly problem: string;
  readonly optimizer: string;
  readonly setting: string;
  /** null: the setting did not exist. */
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
  /** How times were compared: in turns, from separate sessions, or not at all. */
  readonly timing: 'paired' | 'unpaired' | 'none';
  /** For timing in turns: the relative difference between equal code, by clock. */
  readonly floors: Readonly<Partial<Record<Clock, number>>>;
  readonly rows: readonly Row[];
  readonly settings: readonly ChangedSetting[];
  /** Coverage of the second side; absent if settings were not tried. */
  readonly coverage?: readonly CoveredHyperparameter[];
  /** Hyperparameters with an effect on the first side only. */
  readonly lostCoverage: readonly LostCoverage[];
  /** Ids on only one side. */
  readonly missing: readonly string[];
  readonly added: readonly string[];
  readonly notes: readonly string[];
  readonly outcome: Outcome;
  /** Whether to exit with code 1. */
  readonly fails: boolean;
}

/** Verdicts by severity. */
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

/** The most severe verdict of the rows; any other change counts as changed. */
function outcomeOf(rows: readonly Row[], others: readonly unknown[]): Outcome {
  const outcomes = new Set<Outcome>(rows.map(({ verdict }) => SEVERITY[verdict]));
  if (others.length > 0) outcomes.add('changed');
  const order = ['regression', 'changed', 'improvement'] as const;
  return order.find((outcome) => outcomes.has(outcome)) ?? 'same';
}

/** Whether a row fails the comparison: a regression, or any change of a hard measure. */
export function failsBy({ tier, verdict }: Pick<Row, 'tier' | 'verdict'>): boolean {
  return tier === 'hard' ? SEVERITY[verdict] !== 'same' : verdict === 'slower';
}

export interface ComparedSides {
  readonly from: { readonly name: string; readonly snapshot: Snapshot };
  readonly to: { readonly name: string; readonly snapshot: Snapshot };
  /** If both are checkouts and were timed in turns; else the snapshots' samples are compared. */
  readonly paired?:
    | { readonly timings: PairedTimings; readonly confirmed?: PairedTimings | undefined }
    | undefined;
  /** The tiers to compare. */
  readonly tiers: readonly Tier[];
  /** The smallest relative change of a time that matters. */
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
            `${from.name} was measured by an older gaussmark or without coverage: the settings of plugins are not compared`,
          ]
        : []),
      ...(timing === 'unpaired'
        ? [
            'times were measured at different moments: they show a doubling but not a change of a tenth; compare checkouts for that',
          ]
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

/** The finding of a clock that says slower, else of the main clock. Slower stands only if the second session confirms it. */
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

/** The clock by which a subject is slower, if any: only the wall clock shows waiting. */
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
        ? 'too close to the threshold to decide'
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

/** The median of a side's samples. */
const typical = (processes: readonly (readonly number[])[]): number => median(processes.flat());

/** Settings that differ, in cells of both sides: a changed default shows here, whatever its effect. */
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
