// What a progress display knows: a fold over the events of a running plan.

import type { Cell, CurvePoint } from '../cell/cell.js';
import { TimeEstimate } from '../estimate.js';
import type { CellOutcome, PlanEvent } from '../run-plan.js';

export interface CurrentCell {
  readonly cell: Cell;
  readonly phase: 'start' | 'load' | 'compile' | 'train';
  /** Of the budget, 0 to 1. */
  readonly fraction: number;
  readonly point: CurvePoint | undefined;
}

export class ProgressState {
  readonly outcomes: CellOutcome[] = [];
  current: CurrentCell | undefined;
  readonly #estimate: TimeEstimate;
  readonly #begin: number;

  constructor(
    readonly cells: readonly Cell[],
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.#estimate = new TimeEstimate(cells);
    this.#begin = now();
  }

  get elapsed(): number {
    return this.now() - this.#begin;
  }

  /** Seconds left; null as long as it cannot be said. */
  get left(): number | null {
    return this.#estimate.left(this.now());
  }

  update(event: PlanEvent): void {
    switch (event.type) {
      case 'start':
        this.current = { cell: event.cell, phase: 'start', fraction: 0, point: undefined };
        this.#estimate.start(this.now());
        break;
      case 'cell':
        this.updateCell(event.event);
        break;
      case 'end':
        this.outcomes.push(event.outcome);
        this.current = undefined;
        this.#estimate.end(event.outcome.cell, this.now());
        break;
      default:
        event satisfies never;
    }
  }

  private updateCell(event: Extract<PlanEvent, { type: 'cell' }>['event']): void {
    if (this.current === undefined) return;
    switch (event.type) {
      case 'phase':
        this.current = { ...this.current, phase: event.phase };
        if (event.phase === 'train') this.#estimate.trains(this.now());
        break;
      case 'progress':
        this.current = { ...this.current, fraction: event.fraction };
        this.#estimate.progress(event.fraction);
        break;
      case 'point':
        this.current = { ...this.current, point: event.point };
        break;
      default:
        event satisfies never;
    }
  }
}
