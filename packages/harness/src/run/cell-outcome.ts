// The outcome of a planned cell.

import type { Cell, CellResult } from '@gaussmark/cell';
import type { Conditions } from './run-conditions.js';

/** How a cell ended; `cancelled` if the user stopped it, or before it started. */
export interface CellOutcome {
  readonly cell: Cell;
  readonly result: Omit<CellResult, 'status'> & { readonly status: CellResult['status'] | 'cancelled' };
  /** Absent if the cell did not start. */
  readonly conditions?: Conditions;
  /** Wall-clock seconds from the start of its process to its end; absent if the cell did not start. */
  readonly wallSeconds?: number;
}
