// The identity matrix, computed by the program so that it stays small.

import { cast, type DType, equal, iota, reshape, type Tensor } from '@gaussmark/autodiff';

/** (n, n) */
export function identity(n: number, dtype: DType): Tensor {
  return cast(equal(reshape(iota(n), [n, 1]), iota(n)), dtype);
}
