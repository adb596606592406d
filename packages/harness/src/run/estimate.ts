// Estimates remaining time from similar finished runs and from the progress of running ones.

import type { Cell } from '@gaussmark/cell';

/** Below this fraction, a running cell says too little about its duration. */
const TELLING_FRACTION = 0.05;

type Alike = Pick<Cell, 'label'> & { readonly problem: Pick<Cell['problem'], 'name'> };

/** Durations of runs, by problem and optimizer. */
export class Durations {
  readonly #means = new Map<string, { sum: number; count: number }>();

  add(cell: Alike, seconds: number): void {
    for (const key of keysOf(cell)) {
      const { sum, count } = this.#means.get(key) ?? { sum: 0, count: 0 };
      this.#means.set(key, { sum: sum + seconds, count: count + 1 });
    }
  }

  /** The mean over runs of its problem and optimizer, else of its problem, else of all; `undefined` without any. */
  typical(cell: Alike): number | undefined {
    const known = keysOf(cell)
      .map((key) => this.#means.get(key))
      .find((mean) => mean !== undefined);
    return known === undefined ? undefined : known.sum / known.count;
  }
}

/** From the most similar to all. */
function keysOf({ problem, label }: Alike): readonly string[] {
  return [JSON.stringify([problem.name, label]), JSON.stringify([problem.name]), ''];
}

interface Running {
  readonly started: number;
  training?: { readonly since: number; fraction: number };
}

/** Predicts the remaining time of a plan. Cells are identified by index; times are seconds on the caller's clock. */
export class TimeEstimate {
  readonly #durations = new Durations();
  readonly #running = new Map<number, Running>();
  /** Cells that have not started; those with the same problem and optimizer are interchangeable. */
  readonly #waiting = new Map<string, { readonly cell: Cell; count: number }>();

  constructor(
    private readonly cells: readonly Cell[],
    private readonly jobs = 1,
  ) {
    for (const cell of cells) {
      const [key] = keysOf(cell);
      const group = this.#waiting.get(key!) ?? { cell, count: 0 };
      group.count += 1;
      this.#waiting.set(key!, group);
    }
  }

  start(index: number, now: number): void {
    this.#running.set(index, { started: now });
    const [key] = keysOf(this.cells[index]!);
    this.#waiting.get(key!)!.count -= 1;
  }

  trains(index: number, now: number): void {
    const running = this.#running.get(index);
    if (running !== undefined) running.training = { since: now, fraction: 0 };
  }

  progress(index: number, fraction: number): void {
    const training = this.#running.get(index)?.training;
    if (training !== undefined) training.fraction = fraction;
  }

  end(index: number, now: number): void {
    const running = this.#running.get(index);
    if (running !== undefined) this.#durations.add(this.cells[index]!, now - running.started);
    this.#running.delete(index);
  }

  /**
   * Seconds left, or `null` if unknown. Assumes that a cell takes as long as those of its problem and optimizer did, else of its
   * problem, else of all, else as long as the running one.
   */
  left(now: number): number | null {
    let total = 0;
    let known = true;
    let projection: number | undefined;
    for (const [index, running] of this.#running) {
      const projected = this.projected(this.cells[index]!, running, now);
      projection ??= projected;
      if (projected === undefined) known = false;
      else total += Math.max(0, projected - (now - running.started));
    }
    for (const { cell, count } of this.#waiting.values()) {
      if (count === 0) continue;
      const seconds = this.#durations.typical(cell) ?? projection;
      if (seconds === undefined) known = false;
      else total += count * seconds;
    }
    return known ? total / this.jobs : null;
  }

  private projected(cell: Cell, { started, training }: Running, now: number): number | undefined {
    if (training === undefined || training.fraction < TELLING_FRACTION) return this.#durations.typical(cell);
    return training.since - started + (now - training.since) / training.fraction;
  }
}
