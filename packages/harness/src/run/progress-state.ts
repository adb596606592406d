// The state of a progress display: a fold over the events of a running plan.

import type { Cell, CurvePoint } from '@gaussmark/cell';
import type { CellOutcome } from './cell-outcome.js';
import { TimeEstimate } from './estimate.js';
import type { PlanEvent } from './run-plan.js';

export interface CurrentCell {
  readonly cell: Cell;
  readonly phase: 'start' | 'load' | 'compile' | 'train';
  /** Of the budget, from 0 to 1. */
  readonly fraction: number;
  readonly point: CurvePoint | undefined;
}

export class ProgressState {
  readonly outcomes: CellOutcome[] = [];
  readonly #current = new Map<number, CurrentCell>();
  readonly #estimate: TimeEstimate;
  readonly #begin: number;

  constructor(
    readonly cells: readonly Cell[],
    jobs = 1,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {
    this.#estimate = new TimeEstimate(cells, jobs);
    this.#begin = now();
  }

  /** The running cells, oldest first. */
  get current(): readonly CurrentCell[] {
    return [...this.#current.values()];
  }

  get elapsed(): number {
    return this.now() - this.#begin;
  }

  /** Seconds left; null while unknown. */
  get left(): number | null {
    return this.#estimate.left(this.now());
  }

  update(event: PlanEvent): void {
    const { index } = event;
    switch (event.type) {
      case 'start':
        this.#current.set(index, { cell: event.cell, phase: 'start', fraction: 0, point: undefined });
        this.#estimate.start(index, this.now());
        break;
      case 'cell':
        this.updateCell(index, event.event);
        break;
      case 'end':
        this.outcomes.push(event.outcome);
        this.#current.delete(index);
        this.#estimate.end(index, this.now());
        break;
      default:
        event satisfies never;
    }
  }

  private updateCell(index: number, event: Extract<PlanEvent, { type: 'cell' }>['event']): void {
    const current = this.#current.get(index);
    if (current === undefined) return;
    switch (event.type) {
      case 'phase':
        this.#current.set(index, { ...current, phase: event.phase });
        if (event.phase === 'train') this.#estimate.trains(index, this.now());
        break;
      case 'progress':
        this.#current.set(index, { ...current, fraction: event.fraction });
        this.#estimate.progress(index, event.fraction);
        break;
      case 'point':
        this.#current.set(index, { ...current, point: event.point });
        break;
      default:
        event satisfies never;
    }
  }
}
