// Running a plan: one cell after the other, each in a process of its own, until all are done or the user stops.

import type { Cell, CellEvent, CellResult, CurvePoint, Surroundings } from './cell/cell.js';
import { runCellInProcess } from './cell/execute.js';

/** How a cell ended; `cancelled` if the user stopped it, or before it began. */
export interface CellOutcome {
  readonly cell: Cell;
  readonly result: Omit<CellResult, 'status'> & { readonly status: CellResult['status'] | 'cancelled' };
}

/** What a running plan tells. `index` counts cells from 0. */
export type PlanEvent =
  | { readonly type: 'start'; readonly index: number; readonly cell: Cell }
  | { readonly type: 'cell'; readonly index: number; readonly event: CellEvent }
  | { readonly type: 'end'; readonly index: number; readonly outcome: CellOutcome };

export interface RunOptions {
  readonly surroundings: Surroundings;
  /** Stops the running cell and cancels those to come. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: PlanEvent) => void;
  /** Called with everything that has ended, after each cell. */
  readonly save: (outcomes: readonly CellOutcome[]) => Promise<void>;
  /** Runs one cell; default: in a child process. */
  readonly execute?: typeof runCellInProcess;
}

/**
 * Runs cells in their order; timings are comparable since no two run at once. A cell that fails, crashes or diverges does
 * not keep the others from running.
 *
 * @returns one outcome per cell, in order
 */
export async function runPlan(cells: readonly Cell[], options: RunOptions): Promise<CellOutcome[]> {
  const { surroundings, signal, onEvent, save, execute = runCellInProcess } = options;
  const outcomes: CellOutcome[] = [];
  for (const [index, cell] of cells.entries()) {
    if (signal.aborted) {
      outcomes.push(cancelled(cell, 'stopped by the user before it began', []));
      continue;
    }
    onEvent({ type: 'start', index, cell });
    const points: CurvePoint[] = [];
    const outcome = await execute(
      cell,
      surroundings,
      (event) => {
        if (event.type === 'point') points.push(event.point);
        onEvent({ type: 'cell', index, event });
      },
      signal,
    ).then(
      (result): CellOutcome => ({ cell, result }),
      (error: unknown) => {
        if (!signal.aborted) throw error;
        return cancelled(cell, 'stopped by the user', points);
      },
    );
    outcomes.push(outcome);
    onEvent({ type: 'end', index, outcome });
    await save(outcomes);
  }
  return outcomes;
}

/** What is known of a cell that was stopped: its curve so far. */
function cancelled(cell: Cell, reason: string, curve: readonly CurvePoint[]): CellOutcome {
  const { iterations = 0, seconds = 0 } = curve.at(-1) ?? {};
  return {
    cell,
    result: {
      status: 'cancelled',
      reason,
      engineInfo: {},
      curve,
      steps: {
        count: iterations,
        secondsMedian: null,
        secondsTotal: seconds,
        secondsP10: null,
        secondsP90: null,
      },
      seconds: { load: 0, compile: 0, train: seconds, evaluate: 0, total: seconds },
    },
  };
}
