// What a step cost with its loops: operations and bytes of as many iterations as were done.

import { type Cost, programCost } from '@gaussmark/autodiff';
import type { StepProgram } from '../cell/programs.js';
import { iterationCost, metricOf, totalCost } from '../cell/work.js';

/**
 * What a step cost, and one iteration of its loop `cg` if it has one. A loop went round as often as the metric of its name
 * says (`cg`: `cgIterations`; `line-search`: `lineSearchSteps`), once if there is no such metric.
 */
export function stepCost(
  { program, metrics }: StepProgram,
  values: ArrayLike<number>,
): { readonly cost: Cost; readonly cgCost?: Cost } {
  const cost = programCost(program);
  const cg = cost.loops.find(({ name }) => name === 'cg');
  return {
    cost: totalCost(cost, (loop) => values[metricOf(loop, metrics)] ?? 1),
    ...(cg === undefined ? {} : { cgCost: iterationCost(cg) }),
  };
}
