// The cost of a step, with its actual loop and branch counts.

import { type Cost, programCost } from '@gaussmark/autodiff';
import { costOfRun, iterationCost, type StepProgram } from '@gaussmark/cell';
import { defined } from '@gaussmark/core';

/** The cost of a step with these counts, and of one iteration of its inner loop if it has one. */
export function stepCost(
  { cost, sites, own }: Pick<StepProgram, 'cost' | 'sites' | 'own'>,
  counts: ArrayLike<number>,
  innerLoop: string | undefined,
): { readonly cost: Cost; readonly iterationCost?: Cost } {
  const loop = programCost(own).loops.find(({ name }) => name === innerLoop);
  return defined({ cost: costOfRun(cost, sites, counts), iterationCost: loop && iterationCost(loop) });
}
