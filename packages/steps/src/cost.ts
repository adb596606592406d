// What a step cost with its loops and branches, as they went.

import { type Cost, programCost } from '@gaussmark/autodiff';
import { defined } from '@gaussmark/core';
import { costOfRun, iterationCost, type StepProgram } from '@gaussmark/harness';

/** What a step with these counts cost, and one iteration of its inner loop if it has one. */
export function stepCost(
  { cost, sites, own }: Pick<StepProgram, 'cost' | 'sites' | 'own'>,
  counts: ArrayLike<number>,
  innerLoop: string | undefined,
): { readonly cost: Cost; readonly iterationCost?: Cost } {
  const loop = programCost(own).loops.find(({ name }) => name === innerLoop);
  return defined({ cost: costOfRun(cost, sites, counts), iterationCost: loop && iterationCost(loop) });
}
