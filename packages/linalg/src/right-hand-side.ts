// Right-hand sides of linear systems: columns, or one vector.

import { broadcastShapes, formatType, reshape, type Tensor } from '@gaussmark/autodiff';
import { batchOf, demandMatrix, rowsOf } from './matrices.js';

/**
 * Calls `solve` with b as columns [..., n, k], and returns the solution in the form of b.
 *
 * @param what names the routine in errors
 * @throws TypeError if b does not fit A: another dtype, another number of rows, leading axes that do not broadcast
 */
export function withColumns(what: string, A: Tensor, b: Tensor, solve: (columns: Tensor) => Tensor): Tensor {
  const isVector = b?.shape?.length === 1;
  const columns = isVector ? reshape(b, [-1, 1]) : b;
  demandMatrix(`${what}: b`, columns);
  const fits =
    columns.dtype === A.dtype &&
    rowsOf(columns) === rowsOf(A) &&
    broadcastShapes(batchOf(A), batchOf(columns)) !== undefined;
  if (!fits) {
    const n = rowsOf(A);
    throw new TypeError(
      `${what}: for A ${formatType(A.type)}, expected b ${A.dtype}[..., ${n}, k] or [${n}] with leading axes that broadcast, ` +
        `got ${formatType(b.type)}`,
    );
  }
  const x = solve(columns);
  // The solutions of a batch of matrices for one vector are a batch of vectors.
  return isVector ? reshape(x, x.shape.slice(0, -1)) : x;
}
