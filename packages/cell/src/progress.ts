// The share of its budget that a run has spent before each step.

import type { BudgetAccount } from './budget-account.js';
import type { Budget } from './cell.js';

export interface Progress {
  /**
   * The shares before each of the next `count` steps of a run that has taken `taken`: from 0 to 1, never decreasing. Called
   * once per native call, in order.
   */
  next(taken: number, count: number): readonly number[];
  /** Whether the shares before later steps do not depend on what earlier steps of the same call do. */
  readonly isKnownAhead: boolean;
}

/** The progress of a run of so many steps. */
export function progressOfSteps(planned: number): Progress {
  return {
    next: (taken, count) => Array.from({ length: count }, (_, i) => Math.min((taken + i) / planned, 1)),
    isKnownAhead: true,
  };
}

export interface BudgetProgressOptions {
  readonly budget: Pick<Budget, 'seconds' | 'gradientEquivalents'>;
  /** Steps until a budget in steps or epochs ends the run. */
  readonly plannedSteps: number | null;
  readonly account: Pick<BudgetAccount, 'seconds' | 'work'>;
  /** Gradient-equivalents of a full step; undefined if they depend on the values it meets. */
  readonly workOfStep: () => number | undefined;
}

/**
 * The progress of a run: the largest share of its budgets, from the account before each native call.
 *
 * Under budgets in steps, epochs and work, shares do not depend on how many steps share a call. For work this needs a step
 * whose work is known; any other runs one per call. Seconds are extrapolated within a call from the mean step of the call before.
 */
export class BudgetProgress implements Progress {
  readonly #steps: Progress | undefined;
  #last = 0;
  #before: { readonly taken: number; readonly seconds: number } | undefined;
  #secondsPerStep = 0;

  constructor(private readonly options: BudgetProgressOptions) {
    const { plannedSteps } = options;
    this.#steps = plannedSteps === null ? undefined : progressOfSteps(plannedSteps);
  }

  get isKnownAhead(): boolean {
    const { budget, workOfStep } = this.options;
    return budget.gradientEquivalents === undefined || workOfStep() !== undefined;
  }

  next(taken: number, count: number): readonly number[] {
    const { budget, account, workOfStep } = this.options;
    this.#measure(taken);
    const ofSteps = this.#steps?.next(taken, count);
    const perStep = (count > 1 ? workOfStep() : 0) ?? 0;
    let [seconds, work] = [account.seconds, account.work];
    return Array.from({ length: count }, (_, i) => {
      const share = Math.max(
        ofSteps?.[i] ?? 0,
        budget.seconds === undefined ? 0 : seconds / budget.seconds,
        budget.gradientEquivalents === undefined ? 0 : work / budget.gradientEquivalents,
      );
      seconds += this.#secondsPerStep;
      // Added one by one, as the account does, or the sum would round differently.
      work += perStep;
      this.#last = Math.min(Math.max(share, this.#last), 1);
      return this.#last;
    });
  }

  /** The mean seconds of a step since the call before. */
  #measure(taken: number): void {
    const { seconds } = this.options.account;
    const before = this.#before;
    if (before !== undefined && taken > before.taken)
      this.#secondsPerStep = (seconds - before.seconds) / (taken - before.taken);
    this.#before = { taken, seconds };
  }
}
