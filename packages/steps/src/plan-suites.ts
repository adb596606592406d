// From a request to suites: the problems, optimizers, inner iterations, engines and batch sizes timed together.

import type { FloatDType } from '@gaussmark/autodiff';
import type { Cell } from '@gaussmark/cell';
import {
  choosePlugins,
  defined,
  formatSelection,
  GaussmarkError,
  type Registry,
  selectedPoints,
} from '@gaussmark/core';
import type { MakePlan, Plan } from '@gaussmark/harness';
import type { Suite, TimedStep } from './suite.js';

export interface SuitesRequest {
  readonly problems: readonly string[];
  readonly optimizers: readonly string[];
  readonly engines: readonly string[];
  /** The n of every optimizer with an inner loop. */
  readonly innerIterations: readonly number[];
  /** Default: that of each problem. */
  readonly batchSizes?: readonly number[] | undefined;
  readonly dtype?: FloatDType | undefined;
  readonly threads?: number | undefined;
  /** The profile whose published results apply. */
  readonly profile: string;
}

export interface SuitesPlan
  extends Pick<Plan, 'problems' | 'skipped' | 'engines' | 'published' | 'engineChoices'> {
  readonly suites: readonly Suite[];
}

/** The step behind an optimizer of a plan. */
type StepFacts = Pick<TimedStep, 'optimizer' | 'innerIterations'>;

/** For optimizers whose steps depend on the planned number; none of these runs is that long. */
const PLANNED_STEPS = 1000;

/**
 * The suites of a request: one per problem, engine and batch size, in the order of the request.
 *
 * @throws GaussmarkError for invalid input
 */
export async function planSuites(
  request: SuitesRequest,
  registry: Registry,
  makePlan: MakePlan,
): Promise<SuitesPlan> {
  const { problems, engines, batchSizes, dtype, threads, profile } = request;
  const steps = await timedOptimizers(request.optimizers, request.innerIterations, registry);
  const plans: Plan[] = [];
  for (const batchSize of batchSizes ?? [undefined]) {
    const optimizers = [...steps.keys()];
    const budget = { steps: PLANNED_STEPS };
    const asked = { profile, problems, optimizers, engines, budget, seeds: [1], dtype, batchSize, threads };
    plans.push(await makePlan(asked));
  }
  const facts = new Map<string, StepFacts>();
  for (const [text, step] of steps) {
    for (const { label } of await choosePlugins('optimizer', [text], registry)) facts.set(label, step);
  }
  // A requested batch size that is the problem's own does not make another problem.
  const cells = [...new Map(plans.flatMap((plan) => plan.cells).map((cell) => [cell.id, cell])).values()];
  const all = plans.flatMap((plan) => plan.problems);
  const { published } = plans[0]!;
  const choices = plans.flatMap(({ engineChoices = [] }) => engineChoices);
  return {
    suites: suitesOf(cells, facts),
    problems: [...new Map(all.map((problem) => [problem.name, problem])).values()],
    skipped: plans.flatMap((plan) => plan.skipped),
    engines: Object.assign({}, ...plans.map((plan) => plan.engines)) as Plan['engines'],
    ...defined({ published, engineChoices: choices.length === 0 ? undefined : choices }),
  };
}

function suitesOf(cells: readonly Cell[], facts: ReadonlyMap<string, StepFacts>): Suite[] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = JSON.stringify([cell.problem.name, cell.engineLabel]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].map((members) => {
    const { problem, engine, engineLabel } = members[0]!;
    const steps = members.map((cell) => ({ cell, ...facts.get(cell.label)! }));
    return { problem, engine, engineLabel, steps };
  });
}

/**
 * The steps to time, by selection. An optimizer with an inner loop gets one per n, with its `exact` hyperparameters unless the
 * user sets them, so all n iterations run.
 */
async function timedOptimizers(
  texts: readonly string[],
  innerIterations: readonly number[],
  registry: Registry,
): Promise<Map<string, StepFacts>> {
  const steps = new Map<string, StepFacts>();
  for (const point of selectedPoints(texts)) {
    const optimizer = formatSelection(point);
    const { innerLoop } = registry.find('optimizer', point.name).manifest;
    if (innerLoop === undefined) {
      steps.set(optimizer, { optimizer });
      continue;
    }
    const { budget, exact, iteration } = innerLoop;
    if (budget in point.hyperparameters) {
      throw new GaussmarkError(`'${optimizer}' sets the number of ${iteration.many}`, {
        expected: `no number of ${iteration.many} in --optimizer: steps are timed with several`,
        remedy: `give these numbers with --inner ${String(point.hyperparameters[budget])}`,
      });
    }
    for (const n of innerIterations) {
      const hyperparameters = { ...exact, ...point.hyperparameters, [budget]: n };
      steps.set(formatSelection({ name: point.name, hyperparameters }), { optimizer, innerIterations: n });
    }
  }
  return steps;
}
