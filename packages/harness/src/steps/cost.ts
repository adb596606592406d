// What programs cost with their loops: operations and bytes of as many iterations as were done.

import { type Cost, type LoopCost, type ProgramCost, programCost } from '@gaussmark/autodiff';
import type { StepProgram } from '../cell/programs.js';
import { metricOf } from '../cell/work.js';

/** One iteration of a loop, with one iteration of each loop inside it. */
export function iterationCost({ perIteration }: LoopCost): Cost {
  return totalCost(perIteration, () => 1);
}

/** The cost of a program whose loops go round so often. */
export function totalCost(cost: ProgramCost, iterationsOf: (loop: string) => number): Cost {
  let { flops, bytes } = cost;
  for (const loop of cost.loops) {
    const one = iterationCost(loop);
    const iterations = iterationsOf(loop.name);
    flops += iterations * one.flops;
    bytes += iterations * one.bytes;
  }
  return { flops, bytes };
}

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
