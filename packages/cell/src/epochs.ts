// Epochs in steps.

import type { Cell } from './cell.js';

/**
 * Steps until an optimizer has seen as many examples as so many training sets have. With two mini-batches per step, that need not be a
 * whole number, and the last step completes it.
 *
 * @param stepsPerPass mini-batches in the training set
 */
export function stepsOfEpochs(epochs: number, stepsPerPass: number, batches: number): number {
  return Math.ceil((epochs * stepsPerPass) / batches);
}

/** Steps until a budget in steps or epochs ends the run; null if only time or work does. */
export function plannedSteps(
  { epochs, steps }: Cell['budget'],
  stepsPerPass: number,
  batches = 1,
): number | null {
  const limits = [steps, epochs === undefined ? undefined : stepsOfEpochs(epochs, stepsPerPass, batches)];
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? null : Math.min(...known);
}
