// The account of a run: time and work spent, against its budgets.

import type { Budget, CellResult } from './cell.js';
import { StepTimes } from './step-times.js';

/** How far the last step may exceed a budget in seconds or work, as a share of the budget. */
const OVERSHOOT = 0.01;

/** The cost of a step. */
export interface StepTaken {
  readonly seconds: number;
  /** Gradient-equivalents. */
  readonly work: number;
  /** Undefined without an inner loop. */
  readonly innerIterations: number | undefined;
}

export class BudgetAccount {
  /** The training clock: seconds of native steps and of the initial state. */
  seconds = 0;
  /** Gradient-equivalents. */
  work = 0;
  /** Of all steps; undefined without an inner loop. */
  innerIterations: number | undefined;
  readonly #times = new StepTimes();

  constructor(private readonly budget: Pick<Budget, 'seconds' | 'gradientEquivalents'>) {}

  /** Steps within the budget. */
  get count(): number {
    return this.#times.count;
  }

  /** Charges the work before the first step. */
  begin({ seconds, work }: Pick<StepTaken, 'seconds' | 'work'>): void {
    this.seconds += seconds;
    this.work += work;
  }

  add({ seconds, work, innerIterations }: StepTaken): void {
    this.seconds += seconds;
    this.work += work;
    this.#times.add(seconds);
    if (innerIterations !== undefined) this.innerIterations = (this.innerIterations ?? 0) + innerIterations;
  }

  /**
   * The budget that a step would exceed by too much. Such a step does not count, or one giant step would be free.
   */
  exceededBy({ seconds, work }: StepTaken): string | undefined {
    return this.#over((spent, limit) => spent > (1 + OVERSHOOT) * limit, seconds, work);
  }

  /** The exhausted budget. */
  spent(): string | undefined {
    return this.#over((spent, limit) => spent >= limit);
  }

  #over(is: (spent: number, limit: number) => boolean, seconds = 0, work = 0): string | undefined {
    const { seconds: time, gradientEquivalents } = this.budget;
    if (time !== undefined && is(this.seconds + seconds, time)) return `${time} seconds of training`;
    if (gradientEquivalents !== undefined && is(this.work + work, gradientEquivalents))
      return `${gradientEquivalents} gradient-equivalents`;
    return undefined;
  }

  /** The share of the budgets spent, 0 without a budget. */
  fraction(): number {
    const { seconds, gradientEquivalents } = this.budget;
    return Math.max(
      seconds === undefined ? 0 : this.seconds / seconds,
      gradientEquivalents === undefined ? 0 : this.work / gradientEquivalents,
    );
  }

  steps(): CellResult['steps'] {
    const [secondsP10, secondsMedian, secondsP90] = this.#times.quantiles([0.1, 0.5, 0.9]);
    return {
      count: this.count,
      secondsMedian: secondsMedian!,
      secondsTotal: this.seconds,
      secondsP10: secondsP10!,
      secondsP90: secondsP90!,
    };
  }
}
