// Time left: from the runs that ended, those most alike first, and from how far the present one has come.

import { mean } from 'simple-statistics';
import type { Cell } from './cell/cell.js';

/** A running cell below this fraction says too little about its own length. */
const TELLING_FRACTION = 0.05;

interface Ended {
  readonly cell: Cell;
  readonly seconds: number;
}

/** Predicts how long a plan will still take. Times are seconds on a clock that the caller reads. */
export class TimeEstimate {
  readonly #ended: Ended[] = [];
  #started: number | undefined;
  #training: { readonly since: number; fraction: number } | undefined;

  constructor(private readonly cells: readonly Cell[]) {}

  start(now: number): void {
    this.#started = now;
    this.#training = undefined;
  }

  trains(now: number): void {
    this.#training = { since: now, fraction: 0 };
  }

  progress(fraction: number): void {
    if (this.#training !== undefined) this.#training.fraction = fraction;
  }

  end(cell: Cell, now: number): void {
    if (this.#started !== undefined) this.#ended.push({ cell, seconds: now - this.#started });
    this.#started = undefined;
  }

  /**
   * Seconds left, or `null` as long as nothing can be said: cells to come take as long as those of their problem and
   * optimizer did, else of their problem, else all.
   */
  left(now: number): number | null {
    const rest = this.cells.slice(this.#ended.length);
    const running = this.#started === undefined ? undefined : rest.shift();
    const projected = running === undefined ? undefined : this.projected(running, now);
    let total = 0;
    if (projected !== undefined) total += Math.max(0, projected - (now - this.#started!));
    for (const cell of rest) {
      const seconds = this.typical(cell) ?? projected;
      if (seconds === undefined) return null;
      total += seconds;
    }
    return running !== undefined && projected === undefined ? null : total;
  }

  private projected(cell: Cell, now: number): number | undefined {
    const training = this.#training;
    if (training === undefined || training.fraction < TELLING_FRACTION) return this.typical(cell);
    return training.since - this.#started! + (now - training.since) / training.fraction;
  }

  private typical(cell: Cell): number | undefined {
    const sameProblem = this.#ended.filter((ended) => ended.cell.problem.name === cell.problem.name);
    const same = sameProblem.filter((ended) => ended.cell.label === cell.label);
    const alike = [same, sameProblem, this.#ended].find((list) => list.length > 0);
    return alike === undefined ? undefined : mean(alike.map(({ seconds }) => seconds));
  }
}
