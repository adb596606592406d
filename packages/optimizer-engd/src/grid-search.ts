// The line search of ENGD: the best step size of a geometric grid.

import {
  argMax,
  constant,
  type DType,
  finite,
  neg,
  reshape,
  scan,
  select,
  type Tensor,
  take,
  tensorValue,
} from '@gaussmark/autodiff';

export interface Grid {
  /** The first step size; the others are halves, quarters, ... of it. */
  readonly largest: number;
  readonly size: number;
}

/**
 * The step size with the smallest loss. Losses that are not finite do not count; if none is finite, the largest step size is chosen, whose
 * loss ends the run.
 *
 * @param lossAt of a scalar step size
 * @returns scalars
 */
export function gridSearch(
  lossAt: (stepSize: Tensor) => Tensor,
  { largest, size }: Grid,
  dtype: DType,
): { readonly stepSize: Tensor; readonly loss: Tensor } {
  const stepSizes = constant(
    tensorValue(
      dtype,
      [size],
      Array.from({ length: size }, (_, k) => largest * 0.5 ** k),
    ),
  );
  const { ys: losses } = scan(
    (none: readonly Tensor[], stepSize: Tensor) => ({ carry: none, y: lossAt(stepSize) }),
    [],
    stepSizes,
    { name: 'grid-search' },
  );
  const best = reshape(argMax(select(finite(losses), neg(losses), Number.NEGATIVE_INFINITY)), [1]);
  return { stepSize: reshape(take(stepSizes, best), []), loss: reshape(take(losses, best), []) };
}
