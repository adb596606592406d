// The loops inside steps: their iterations, what one costs, and what share of a step they take.

import type { Iteration } from '@gaussmark/core';
import type { RunGroup } from './groups.js';
import { iterationWords } from './iteration-words.js';
import type { CostModel, Leaderboard } from './leaderboard.js';
import type { ReportRun } from './schema/report-schema.js';
import { type Estimate, estimateMean, estimateMedian } from './statistics.js';

/** One setting with an inner loop on one problem, over its seeds. */
export interface InnerLoopRow {
  readonly name: string;
  readonly optimizer: string;
  /** Per step. */
  readonly iterations: Estimate | null;
  readonly secondsPerIteration: Estimate | null;
  readonly secondsPerStep: Estimate | null;
  /** Iterations of a step times the time of one, over the time of a step: 0 to about 1. */
  readonly share: Estimate | null;
  /** The same by the line through steps with different numbers of iterations; null without one. */
  readonly shareByLine: number | null;
  /** Share of the steps whose loop used up its iterations, where the optimizer reports it. */
  readonly exhausted: Estimate | null;
  /** What else the optimizer reports of the loop, by label: means over seeds in the first and the last epoch. */
  readonly metrics: Readonly<Record<string, { readonly first: number; readonly last: number }>>;
}

export interface InnerLoopProblem {
  readonly problem: string;
  readonly title: string;
  readonly iteration: Iteration;
  readonly rows: readonly InnerLoopRow[];
}

/** Rows of a problem's table. */
const MOST_ROWS = 40;

/**
 * The settings of a problem whose steps hold an inner loop, at most the first 40 of the board. An iteration is timed
 * after training with the host driving the loop, which costs more than the loop inside the program, so `share` may
 * exceed 1. Where the board has a line through its steps, base + perIteration n, `shareByLine` is perIteration n over it.
 *
 * @param groups those of the board's problem.
 */
export function innerLoopsOf(board: Leaderboard, groups: readonly RunGroup[]): InnerLoopProblem {
  const listed = board.rows.filter(({ iteration }) => iteration !== null).slice(0, MOST_ROWS);
  const names = new Set(listed.map(({ name }) => name));
  return {
    problem: board.problem,
    title: board.title,
    iteration: iterationWords(listed.map(({ iteration }) => iteration)),
    rows: groups.filter(({ name }) => names.has(name)).map((group) => rowOf(group, board)),
  };
}

function rowOf(
  { name, optimizer, counted, runs: all }: RunGroup,
  { resamples, costModels }: Leaderboard,
): InnerLoopRow {
  const runs = counted.length > 0 ? counted : all;
  const each = (pick: (run: ReportRun) => number | null | undefined): number[] =>
    runs.flatMap((run) => pick(run) ?? []);
  const iterations = estimateMean(
    each(({ innerLoop }) => innerLoop?.iterations),
    resamples,
  );
  const line = costModels.find((model) => model.optimizer === optimizer);
  return {
    name,
    optimizer,
    iterations,
    shareByLine: iterations === null || line === undefined ? null : shareOnLine(line, iterations.value),
    secondsPerIteration: estimateMedian(
      each(({ innerLoop }) => innerLoop?.secondsPerIteration),
      resamples,
    ),
    secondsPerStep: estimateMedian(
      each(({ steps }) => steps.secondsMedian),
      resamples,
    ),
    share: estimateMedian(each(shareOfStep), resamples),
    exhausted: estimateMean(each(exhaustedSteps), resamples),
    metrics: metricsOf(runs),
  };
}

function metricsOf(runs: readonly ReportRun[]): InnerLoopRow['metrics'] {
  const labels = new Map(runs.flatMap(({ innerLoop }) => Object.entries(innerLoop?.metrics ?? {})));
  return Object.fromEntries(
    [...labels].flatMap(([metric, label]) => {
      const curves = runs.map(({ curve }) => curve.flatMap(({ metrics }) => metrics?.[metric] ?? []));
      const known = curves.filter(({ length }) => length > 0);
      if (known.length === 0) return [];
      return [[label, { first: mean(known.map((at) => at[0]!)), last: mean(known.map((at) => at.at(-1)!)) }]];
    }),
  );
}

function shareOfStep({ innerLoop, steps }: ReportRun): number | null {
  if (innerLoop?.secondsPerIteration == null || !steps.secondsMedian) return null;
  return (innerLoop.iterations * innerLoop.secondsPerIteration) / steps.secondsMedian;
}

/** The part of base + perIteration n that grows with n; null where a fit through noisy steps left no sensible part. */
function shareOnLine({ base, perIteration }: CostModel, iterations: number): number | null {
  const share = (perIteration * iterations) / (base + perIteration * iterations);
  return share >= 0 && share <= 1 ? share : null;
}

function exhaustedSteps({ innerLoop }: ReportRun): number | null {
  const { stops = {} } = innerLoop ?? {};
  const steps = Object.values(stops).reduce((sum, count) => sum + count, 0);
  return steps === 0 ? null : (stops.budget ?? 0) / steps;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
