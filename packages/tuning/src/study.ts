// A study: the trials of one optimizer on one problem, the best of them, their cost and their spread.

import type { TuningCriterion, TuningStudy, TuningTrial } from '@gaussmark/analysis';
import type { Cell } from '@gaussmark/cell';
import { defined } from '@gaussmark/core';
import type { CellOutcome } from '@gaussmark/harness';
import { bestLoss, compareTrials, judge, type Ranked, type Standing } from './criterion.js';
import type { TrialPoint } from './plan-tuning.js';
import type { SearchedOptimizer } from './space.js';

export interface EndedTrial {
  readonly cell: Cell;
  readonly point: TrialPoint;
  readonly outcome: CellOutcome;
}

interface JudgedTrial extends EndedTrial, Ranked {}

export interface Study {
  readonly report: TuningStudy;
  /** The best trial; undefined if all diverged or failed. */
  readonly best: TrialPoint | undefined;
}

const QUANTILES = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

/** @param ended the finished trials, in trial order; at least one */
export function studyOf(
  problem: string,
  optimizer: SearchedOptimizer,
  ended: readonly EndedTrial[],
  criterion: TuningCriterion,
): Study {
  const ranked = ended
    .map((trial): JudgedTrial => {
      const { result } = trial.outcome;
      const finalLoss = result.curve.at(-1)?.validationLoss ?? null;
      return { ...trial, finalLoss, ...judge(result, criterion, trial.cell.target?.goals) };
    })
    .sort((a, b) => compareTrials(a, b, criterion));
  const trials = ranked.map(reportTrial);
  const [first] = ranked;
  const usable = first !== undefined && (first.standing === 'valued' || first.standing === 'missed');
  const facts = ended.map(({ outcome }) => outcome.result.facts).find((each) => each !== undefined);
  return {
    best: usable ? first.point : undefined,
    report: {
      problem,
      optimizer: optimizer.entry.name,
      selection: optimizer.selection,
      space: { ...optimizer.space } as TuningStudy['space'],
      ...(facts?.validationSize === undefined
        ? {}
        : { trainSize: facts.trainSize, validationSize: facts.validationSize }),
      trials,
      best: usable ? first.cell.label : null,
      cost: costOf(trials),
      robustness: robustnessOf(ranked),
    },
  };
}

function reportTrial({ cell, point, outcome, value, finalLoss }: JudgedTrial): TuningTrial {
  const { status, reason, curve, steps, seconds } = outcome.result;
  const last = curve.at(-1);
  return {
    id: cell.id,
    hyperparameters: { ...point.values },
    label: cell.label,
    status,
    ...defined({ reason }),
    value,
    finalValidationLoss: finalLoss,
    bestValidationLoss: bestLoss(curve),
    ...defined({ finalValidationAccuracy: last?.validationAccuracy }),
    steps: steps.count,
    seconds: seconds.train,
    gradientEquivalents: last?.gradientEquivalents ?? 0,
    wallSeconds: outcome.wallSeconds ?? seconds.total,
  };
}

/** The cost of all trials, including failed ones. */
function costOf(trials: readonly TuningTrial[]): TuningStudy['cost'] {
  const sum = (key: 'steps' | 'seconds' | 'gradientEquivalents' | 'wallSeconds') =>
    trials.reduce((total, trial) => total + trial[key], 0);
  return {
    trials: trials.length,
    steps: sum('steps'),
    seconds: sum('seconds'),
    gradientEquivalents: sum('gradientEquivalents'),
    wallSeconds: sum('wallSeconds'),
  };
}

/** The spread over the space. Trials are sorted best first, those without a value last. */
function robustnessOf(ranked: readonly JudgedTrial[]): TuningStudy['robustness'] {
  const share = (standing: Standing) =>
    ranked.filter((trial) => trial.standing === standing).length / ranked.length;
  return {
    quantiles: QUANTILES.map((p) => ({ share: p, value: quantileOf(ranked, p) })),
    diverged: share('diverged'),
    failed: share('failed'),
    missed: share('missed'),
  };
}

/** Interpolates order statistics linearly (Hyndman and Fan, type 7); null next to a missing value. */
function quantileOf(ranked: readonly Pick<Ranked, 'value'>[], p: number): number | null {
  const position = (ranked.length - 1) * p;
  const below = ranked[Math.floor(position)]!.value;
  const above = ranked[Math.ceil(position)]!.value;
  if (below === null || above === null) return null;
  return below + (position - Math.floor(position)) * (above - below);
}
