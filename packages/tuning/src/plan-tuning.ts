// The plans of a search: untuned runs, trials, and final runs with the best trials.

import type { TuningCriterion } from '@gaussmark/analysis';
import type { Cell, ValidationSplit } from '@gaussmark/cell';
import {
  type Choice,
  canonicalJson,
  completeHyperparameters,
  defined,
  formatSelection,
  GaussmarkError,
  type Registry,
} from '@gaussmark/core';
import { groupOf, type MakePlan, type Pair, type Plan, type PlanRequest } from '@gaussmark/harness';
import { needsTarget } from './criterion.js';
import { type Search, trialPoints } from './points.js';
import { type SearchedOptimizer, searchedOptimizers, type Values } from './space.js';

/** A request for a search. */
export interface TuneRequest {
  /** Problems, optimizers, budget, engine, final seeds. */
  readonly plan: PlanRequest & {
    readonly problems: readonly string[];
    readonly optimizers: readonly string[];
    readonly seeds: readonly number[];
  };
  readonly search: Search;
  readonly trials: number;
  /** Share of the training split used for validation. */
  readonly validation: number;
  readonly tuningSeed: number;
  readonly criterion: TuningCriterion;
}

/** One point of a search space. */
export interface TrialPoint {
  readonly optimizer: SearchedOptimizer;
  readonly values: Values;
  readonly choice: Choice;
  /** Its selection. */
  readonly text: string;
}

export interface TuningPlan {
  readonly request: TuneRequest;
  readonly optimizers: readonly SearchedOptimizer[];
  /** The untuned optimizers with the final seeds. */
  readonly untuned: Plan;
  readonly trials: Plan;
  /** In trial order. */
  readonly points: readonly TrialPoint[];
}

/**
 * Checks a request as `bench run` does, and plans its trials. Optimizers take turns, so a slow spell of the machine affects
 * all of them. Each trial has the tuning seed, the budget of the final runs, and the validation split.
 *
 * @throws GaussmarkError for invalid input, such as a tuning seed among the final ones
 */
export async function planTuning(
  request: TuneRequest,
  registry: Registry,
  makePlan: MakePlan,
): Promise<TuningPlan> {
  demandFreshSeeds(request);
  const optimizers = searchedOptimizers(request.plan.optimizers, registry);
  const untuned = await makePlan(request.plan, [
    groupOf({ ...request.plan, optimizers: optimizers.map(({ selection }) => selection) }),
  ]);
  const { criterion, validation, tuningSeed, search, trials: count } = request;
  demandCriterion(criterion, untuned);
  demandOneEngine(untuned);
  const points = inTurn(
    optimizers.map((optimizer) =>
      trialPoints(optimizer, search, count, tuningSeed).map((values) => pointOf(optimizer, values)),
    ),
  );
  const evaluateOn: ValidationSplit = { split: 'validation', share: validation, seed: tuningSeed };
  const trials = await makePlan({ ...request.plan, stopAtTarget: needsTarget(criterion) }, [
    {
      ...groupOf({ ...request.plan, optimizers: points.map(({ text }) => text), seeds: [tuningSeed] }),
      // Trials and finals run where the untuned optimizers do.
      ...defined({ engineChoices: untuned.engineChoices }),
      evaluateOn,
    },
  ]);
  return { request, optimizers, untuned, trials, points };
}

/** The best trial of an optimizer on a problem. */
export interface Winner {
  readonly problem: string;
  readonly point: TrialPoint;
}

/** The final runs: each problem's winners and the untuned optimizers, on the test split with fresh seeds. */
export function planFinals(
  { request, optimizers, untuned }: TuningPlan,
  winners: readonly Winner[],
  makePlan: MakePlan,
): Promise<Plan> {
  const texts = [...optimizers.map(({ selection }) => selection), ...winners.map(({ point }) => point.text)];
  const only: Pair[] = [
    ...optimizers.map((optimizer) => ({ optimizer: untunedChoice(optimizer) })),
    ...winners.map(({ problem, point }) => ({ problem, optimizer: point.choice })),
  ];
  const { engineChoices } = untuned;
  return makePlan(request.plan, [
    { ...groupOf({ ...request.plan, optimizers: texts }), ...defined({ engineChoices }), only },
  ]);
}

/** The trials of an optimizer on a problem, in trial order; none if the two do not fit. */
export function trialsOf(
  { points, trials }: Pick<TuningPlan, 'points' | 'trials'>,
  problem: string,
  optimizer: SearchedOptimizer,
): { readonly cell: Cell; readonly point: TrialPoint }[] {
  const cells = new Map(
    trials.cells
      .filter((cell) => cell.problem.name === problem)
      .map((cell) => [canonicalJson(asJson(cell.optimizer)), cell]),
  );
  return points
    .filter((point) => point.optimizer === optimizer)
    .flatMap((point) => {
      const cell = cells.get(canonicalJson(asJson(point.choice)));
      return cell === undefined ? [] : [{ cell, point }];
    });
}

/** An optimizer with the hyperparameters of its untuned runs. */
export function untunedChoice({ entry, fixed }: SearchedOptimizer): Choice {
  return { name: entry.name, hyperparameters: completeHyperparameters(entry.manifest, fixed) };
}

/** Whether two choices are the same plugin with the same values. */
export function sameChoice(a: Choice, b: Choice): boolean {
  return canonicalJson(asJson(a)) === canonicalJson(asJson(b));
}

function pointOf(optimizer: SearchedOptimizer, values: Values): TrialPoint {
  const { entry, fixed } = optimizer;
  const given = { ...fixed, ...values };
  const hyperparameters = completeHyperparameters(entry.manifest, given);
  // Only given values: labels omit other defaults.
  const text = formatSelection({ name: entry.name, hyperparameters: given });
  return { optimizer, values, choice: { name: entry.name, hyperparameters }, text };
}

/** @throws GaussmarkError if the final runs reuse the seed of the search */
function demandFreshSeeds({ plan: { seeds }, tuningSeed }: TuneRequest): void {
  if (!seeds.includes(tuningSeed)) return;
  throw new GaussmarkError(`the tuning seed ${tuningSeed} is among the seeds of the final runs`, {
    expected: 'fresh seeds for the final runs: the search selects hyperparameters on the tuning seed',
    got: `--tuning-seed ${tuningSeed}, --seeds ${seeds.join(',')}`,
    remedy: `remove ${tuningSeed} from --seeds, or choose another --tuning-seed`,
  });
}

/** @throws GaussmarkError for several engines, which may have different optima */
function demandOneEngine({ cells, engineChoices }: Plan): void {
  // `auto` is one engine for each problem.
  if (engineChoices !== undefined) return;
  const engines = [...new Set(cells.map(({ engineLabel }) => engineLabel))];
  if (engines.length <= 1) return;
  throw new GaussmarkError(`a search runs on one engine, got ${engines.length}`, {
    got: engines.join(', '),
    remedy: 'tune on each engine separately, into different directories (--out)',
  });
}

/** @throws GaussmarkError if a problem lacks what the criterion needs */
function demandCriterion(criterion: TuningCriterion, { cells, problems }: Plan): void {
  if (needsTarget(criterion)) {
    const without = cells.find(({ target }) => target === undefined);
    if (without === undefined) return;
    throw new GaussmarkError(
      `problem '${without.problem.name}' has no target for the criterion ${criterion}`,
      {
        remedy: 'add one, for example --target testLoss=0.02, or choose another criterion',
      },
    );
  }
  if (criterion !== 'final-validation-accuracy') return;
  const regression = problems.find(({ dataset }) => dataset.task === 'regression');
  if (regression === undefined) return;
  throw new GaussmarkError(`problem '${regression.name}' is a regression, which has no accuracy`, {
    remedy: 'choose another criterion, or tune regressions separately',
  });
}

/** The first of each, the second of each, ... */
function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

function asJson({ name, hyperparameters }: Choice): [string, Values] {
  return [name, hyperparameters];
}
