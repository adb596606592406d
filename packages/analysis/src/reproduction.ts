// Compares runs with published results, configuration by configuration.

import {
  canonicalJson,
  type Iteration,
  type PublishedConfiguration,
  type PublishedProblem,
  parseSelection,
} from '@gaussmark/core';
import { linearRegression, mean, standardDeviation } from 'simple-statistics';
import { groupsOf, outcomeOf, type RunGroup } from './groups.js';
import { iterationWords } from './iteration-words.js';
import { baselineOf } from './leaderboard.js';
import type { CurvePoint, Report, ReportRun } from './schema/report-schema.js';

/** Differences up to this share of the published value agree, whatever the spread over seeds. */
export const RELATIVE_TOLERANCE = 0.02;

/**
 * How far two means differ. agree: by at most 2 % or the published standard deviation over seeds; near: by at most twice
 * the combined deviations; differ: by more. After the first epoch, a missing published deviation is scaled from that of the
 * final value.
 */
export type Agreement = 'agree' | 'near' | 'differ';

/** A mean over seeds with its population standard deviation; null for one seed, or if not published. */
export interface Spread {
  readonly mean: number;
  readonly deviation: number | null;
  readonly seeds: number;
}

/** One quantity at one epoch, here and as published. */
export interface Comparison {
  readonly epoch: number;
  readonly here: Spread;
  readonly published: Spread;
  /** Mean here over the published mean, minus 1. */
  readonly difference: number;
  readonly agreement: Agreement;
}

export interface ReproducedConfiguration {
  /** Name of the group of runs. */
  readonly name: string;
  readonly optimizer: string;
  readonly seeds: number;
  readonly diverged: { readonly here: number; readonly published: number; readonly publishedSeeds: number };
  /** Whether both diverge in most seeds, or neither does; null if the runs here were too short. */
  readonly sameEnd: boolean | null;
  /** Train loss after the first epoch. */
  readonly first: Comparison | null;
  /** Train loss at the last common epoch. */
  readonly last: Comparison | null;
  /** Whether `last` is the end of the published runs. */
  readonly complete: boolean;
  /** At the published end; null if the runs here did not reach it. */
  readonly test: (Comparison & { readonly quantity: 'testLoss' | 'testAccuracy' }) | null;
  /** Step time over the baseline's mean step time. */
  readonly relativeStep: { readonly here: number | null; readonly published: number | null };
  /** The published train loss by epoch, as far as known. */
  readonly publishedCurve: readonly { readonly epoch: number; readonly trainLoss: number }[];
}

/** relative step = base + perIteration x inner iterations. */
export interface StepCost {
  readonly base: number;
  readonly perIteration: number;
}

export interface Reproduction {
  readonly problem: string;
  readonly note: string | null;
  readonly configurations: readonly ReproducedConfiguration[];
  /** Published configurations without runs here. */
  readonly missing: readonly string[];
  /** The optimizer whose step is the unit. */
  readonly baseline: string | undefined;
  readonly iteration: Iteration;
  /** Lines through the relative steps of the common configurations with inner iterations. */
  readonly cost: { readonly here: StepCost | null; readonly published: StepCost | null };
  /** Why nothing can be compared; null otherwise. */
  readonly obstacle: string | null;
}

/** One comparison per published problem of the report, in its order; none without published results. */
export function reproductions(report: Report): Reproduction[] {
  const { published } = report;
  if (published === undefined) return [];
  const all = groupsOf(report);
  return report.problems.flatMap((problem) => {
    const theirs = published.problems.find((other) => other.problem === (problem.definition ?? problem.name));
    if (theirs === undefined) return [];
    const obstacle =
      theirs.batchSize !== undefined && theirs.batchSize !== problem.batchSize
        ? `published with batches of ${theirs.batchSize}, run here with batches of ${problem.batchSize}`
        : null;
    const groups = obstacle === null ? (all.get(problem.name) ?? []) : [];
    return [compareProblem(theirs, groups, published.baseline ?? baselineOf(report), obstacle)];
  });
}

function compareProblem(
  theirs: PublishedProblem,
  groups: readonly RunGroup[],
  baseline: string | undefined,
  obstacle: string | null,
): Reproduction {
  const pairs = theirs.configurations.flatMap((configuration) => {
    const group = groups.find((candidate) => isThe(configuration, candidate));
    return group === undefined ? [] : [{ configuration, group }];
  });
  const unit = meanOrNull(
    pairs.filter(({ group }) => group.optimizer === baseline).flatMap(({ group }) => stepOf(group)),
  );
  const configurations = pairs.map(({ configuration, group }) => compare(configuration, group, unit));
  const found = new Set(pairs.map(({ configuration }) => configuration));
  // A step timed while others used the machine says little about the cost of an iteration.
  const slopes = pairs.flatMap(({ configuration: { innerIterations }, group }, index) =>
    group.runs.some(({ conditions }) => conditions?.distrust !== undefined)
      ? []
      : [{ innerIterations, ...configurations[index]!.relativeStep }],
  );
  return {
    problem: theirs.problem,
    note: theirs.note ?? null,
    configurations,
    missing: theirs.configurations.filter((configuration) => !found.has(configuration)).map(nameOf),
    baseline,
    iteration: iterationWords(groups.map(({ iteration }) => iteration)),
    cost: { here: fit(slopes, 'here'), published: fit(slopes, 'published') },
    obstacle,
  };
}

/** `sgn[cgIterations=3]` */
function nameOf({ optimizer, hyperparameters }: PublishedConfiguration): string {
  const settings = Object.entries(hyperparameters).map(([key, value]) => `${key}=${canonicalJson(value)}`);
  return settings.length === 0 ? optimizer : `${optimizer}[${settings.join(',')}]`;
}

/** Whether a group has exactly the published optimizer and choices. */
function isThe({ optimizer, hyperparameters }: PublishedConfiguration, group: RunGroup): boolean {
  if (group.optimizer !== optimizer) return false;
  return (
    chosenIn(group.label).every((key) => Object.hasOwn(hyperparameters, key)) &&
    Object.entries(hyperparameters).every(
      ([key, value]) => canonicalJson(value) === canonicalJson(group.runs[0]!.hyperparameters[key] ?? null),
    )
  );
}

/** The hyperparameters named in a label; none if another tool made it and it does not parse. */
function chosenIn(label: string): string[] {
  try {
    return Object.keys(parseSelection(label).grid);
  } catch {
    return [];
  }
}

function compare(
  { epochs, seeds, diverged, trainLoss = {}, test, relativeStep }: PublishedConfiguration,
  group: RunGroup,
  unit: number | null,
): ReproducedConfiguration {
  const { runs } = group;
  const step = meanOrNull(stepOf(group));
  const lost = runs.filter(({ status }) => status === 'diverged').length;
  const curve = (trainLoss.curve ?? []).map((loss, index) => ({ epoch: index + 1, trainLoss: loss }));
  const last = Math.min(...runs.filter(({ status }) => status !== 'diverged').map(lastEpoch));
  const { final, finalDeviation } = trainLoss;
  const relativeDeviation =
    final === undefined || finalDeviation === undefined || final === 0 ? 0 : finalDeviation / Math.abs(final);
  const publishedAt = (epoch: number): Omit<Spread, 'seeds'> | undefined => {
    if (epoch === epochs && trainLoss.final !== undefined)
      return { mean: trainLoss.final, deviation: trainLoss.finalDeviation ?? null };
    const value = epoch === 1 ? (trainLoss.first ?? trainLoss.curve?.[0]) : trainLoss.curve?.[epoch - 1];
    return value === undefined ? undefined : { mean: value, deviation: null };
  };
  const at = (epoch: number): Comparison | null => {
    const theirs = publishedAt(epoch);
    const here = spreadOf(runs, epoch, (point) => point.trainLoss);
    if (theirs === undefined || here === null) return null;
    // The spread after the first epoch comes from the order of the examples alone, so it does not scale.
    const usual = epoch === 1 ? 0 : relativeDeviation * Math.abs(theirs.mean);
    return contrast(epoch, here, { ...theirs, seeds }, theirs.deviation ?? usual);
  };
  // The published end if reached, else the last epoch of the published curve.
  const complete = last >= epochs && lost === 0;
  const shared = complete ? epochs : Math.min(last, curve.length);
  const testHere =
    test === undefined || !complete ? null : spreadOf(runs, epochs, (point) => point[test.quantity]);
  return {
    name: group.name,
    optimizer: group.optimizer,
    seeds: runs.length,
    diverged: { here: lost, published: diverged, publishedSeeds: seeds },
    sameEnd: lost === 0 && !complete ? null : 2 * lost > runs.length === 2 * diverged > seeds,
    first: at(1),
    last: Number.isFinite(shared) && shared > 1 ? at(shared) : null,
    complete,
    test:
      test === undefined || testHere === null
        ? null
        : {
            quantity: test.quantity,
            ...contrast(epochs, testHere, {
              mean: test.final,
              deviation: test.finalDeviation ?? null,
              seeds,
            }),
          },
    relativeStep: {
      here: step === null || unit === null ? null : step / unit,
      published: relativeStep ?? null,
    },
    publishedCurve:
      trainLoss.final === undefined || curve.length >= epochs
        ? curve
        : [...curve, { epoch: epochs, trainLoss: trainLoss.final }],
  };
}

function contrast(
  epoch: number,
  here: Spread,
  published: Spread,
  publishedDeviation = published.deviation ?? 0,
): Comparison {
  const gap = Math.abs(here.mean - published.mean);
  const tolerance = Math.max(RELATIVE_TOLERANCE * Math.abs(published.mean), publishedDeviation);
  const combined = Math.hypot(publishedDeviation, here.deviation ?? 0);
  return {
    epoch,
    here,
    published,
    difference: here.mean / published.mean - 1,
    agreement: gap <= tolerance ? 'agree' : gap <= 2 * combined ? 'near' : 'differ',
  };
}

function spreadOf(
  runs: readonly ReportRun[],
  epoch: number,
  pick: (point: CurvePoint) => number | null | undefined,
): Spread | null {
  const values = runs.flatMap(({ curve }) => {
    const value = curve.find((point) => point.epoch === epoch);
    const number = value === undefined ? null : pick(value);
    return number === null || number === undefined ? [] : [number];
  });
  if (values.length === 0) return null;
  return {
    mean: mean(values),
    deviation: values.length > 1 ? standardDeviation(values) : null,
    seeds: values.length,
  };
}

const lastEpoch = ({ curve }: ReportRun): number => Math.floor(curve.at(-1)?.epoch ?? 0);

/** The median step of each unbroken run, in seconds. */
function stepOf({ runs }: RunGroup): number[] {
  const sound = runs.filter((run) => outcomeOf(run) !== 'broken');
  return (sound.length > 0 ? sound : runs).flatMap(({ steps: { secondsMedian } }) =>
    secondsMedian === null ? [] : [secondsMedian],
  );
}

const meanOrNull = (values: readonly number[]): number | null =>
  values.length === 0 ? null : mean([...values]);

function fit(
  points: readonly {
    readonly innerIterations: number | undefined;
    readonly here: number | null;
    readonly published: number | null;
  }[],
  which: 'here' | 'published',
): StepCost | null {
  const known = points.flatMap(({ innerIterations, here, published }) =>
    innerIterations === undefined || here === null || published === null
      ? []
      : [[innerIterations, which === 'here' ? here : published]],
  );
  if (known.length < 2) return null;
  const { m, b } = linearRegression(known);
  return { base: b, perIteration: m };
}
