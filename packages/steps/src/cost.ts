// What a step cost with its loops and branches, as they went.

import { type Cost, programCost } from '@gaussmark/autodiff';
import { defined } from '@gaussmark/core';
import { CG_LOOP, costOfRun, iterationCost, type StepProgram } from '@gaussmark/harness';

/** What a step with these counts cost, and one iteration of its loop `cg` if it has one. */
export function stepCost(
  { cost, sites, own }: Pick<StepProgram, 'cost' | 'sites' | 'own'>,
  counts: ArrayLike<number>,
): { readonly cost: Cost; readonly cgCost?: Cost } {
  const cg = programCost(own).loops.find(({ name }) => name === CG_LOOP);
  return defined({ cost: costOfRun(cost, sites, counts), cgCost: cg && iterationCost(cg) });
}
