// What happens inside second-order steps: CG iterations, what they cost and which share of a step they are.

import type { RunGroup } from './groups.js';
import type { CostModel, Leaderboard } from './leaderboard.js';
import type { ReportRun } from './schema/report-schema.js';
import { type Estimate, estimateMean, estimateMedian } from './statistics.js';

/** One second-order setting on one problem, over its seeds. */
export interface SecondOrderRow {
  readonly name: string;
  readonly optimizer: string;
  readonly cgIterations: Estimate | null;
  readonly secondsPerIteration: Estimate | null;
  readonly secondsPerStep: Estimate | null;
  /** CG iterations of a step times the time of one, over the time of a step: 0 to about 1. */
  readonly share: Estimate | null;
  /** The same by the line through the steps with different numbers of CG iterations; null without one. */
  readonly shareByLine: number | null;
  /** Share of the steps whose CG used up its iterations before it converged, where the optimizer says. */
  readonly exhausted: Estimate | null;
  /** Damping in the first and in the last epoch, means over seeds. */
  readonly damping: { readonly first: number; readonly last: number } | null;
  /** Step size of the last epoch. */
  readonly stepSize: Estimate | null;
}

export interface SecondOrderProblem {
  readonly problem: string;
  readonly title: string;
  readonly rows: readonly SecondOrderRow[];
}

/** Rows of a problem's table. */
const MOST_ROWS = 40;

/**
 * The second-order settings of a problem; empty where none ran. Of very many, those that the board has first. The time of a CG iteration is measured apart from
 * training, with the host driving the loop, which costs more than the loop inside the program: `share` may come out above
 * 1. Where the board has a line through its steps, base + perIteration n, `shareByLine` is perIteration n over that.
 *
 * @param groups those of the board's problem.
 */
export function secondOrderOf(board: Leaderboard, groups: readonly RunGroup[]): SecondOrderProblem {
  const listed = new Set(
    board.rows
      .filter(({ secondOrder }) => secondOrder)
      .slice(0, MOST_ROWS)
      .map(({ name }) => name),
  );
  return {
    problem: board.problem,
    title: board.title,
    rows: groups.filter(({ name }) => listed.has(name)).map((group) => rowOf(group, board)),
  };
}

function rowOf(
  { name, optimizer, counted, runs: all }: RunGroup,
  { resamples, costModels }: Leaderboard,
): SecondOrderRow {
  const runs = counted.length > 0 ? counted : all;
  const each = (pick: (run: ReportRun) => number | null | undefined): number[] =>
    runs.flatMap((run) => pick(run) ?? []);
  const metric = (run: ReportRun, key: string, at: number) => run.curve.at(at)?.metrics?.[key];
  const first = each((run) => metric(run, 'damping', run.curve[0]?.metrics === undefined ? 1 : 0));
  const last = each((run) => metric(run, 'damping', -1));
  const cgIterations = estimateMean(
    each(({ cg }) => cg?.iterations),
    resamples,
  );
  const line = costModels.find((model) => model.optimizer === optimizer);
  return {
    name,
    optimizer,
    cgIterations,
    shareByLine: cgIterations === null || line === undefined ? null : shareOnLine(line, cgIterations.value),
    secondsPerIteration: estimateMedian(
      each(({ cg }) => cg?.secondsPerIteration),
      resamples,
    ),
    secondsPerStep: estimateMedian(
      each(({ steps }) => steps.secondsMedian),
      resamples,
    ),
    share: estimateMedian(each(shareOfStep), resamples),
    exhausted: estimateMean(each(exhaustedSteps), resamples),
    damping: first.length === 0 || last.length === 0 ? null : { first: mean(first), last: mean(last) },
    stepSize: estimateMean(
      each((run) => metric(run, 'stepSize', -1)),
      resamples,
    ),
  };
}

function shareOfStep({ cg, steps }: ReportRun): number | null {
  if (cg?.secondsPerIteration == null || !steps.secondsMedian) return null;
  return (cg.iterations * cg.secondsPerIteration) / steps.secondsMedian;
}

/** The part of base + perIteration n that grows with n; null where a fit through noisy steps left no sensible part. */
function shareOnLine({ base, perIteration }: CostModel, iterations: number): number | null {
  const share = (perIteration * iterations) / (base + perIteration * iterations);
  return share >= 0 && share <= 1 ? share : null;
}

/**
 * Share of the steps whose CG used up its iterations. Reports without `stops` have only the mean of `cgStopReason`, which was 0 for
 * a step whose CG converged and 1 for one that it did not.
 */
function exhaustedSteps({ curve, cg }: ReportRun): number | null {
  const counts = cg?.stops;
  if (counts !== undefined) {
    const steps = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return steps === 0 ? null : (counts.budget ?? 0) / steps;
  }
  const values = curve.flatMap(({ metrics }) => metrics?.cgStopReason ?? []);
  return values.length === 0 ? null : mean(values);
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
