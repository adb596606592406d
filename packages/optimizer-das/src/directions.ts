// The points of a unit window: random ones, pairs, or those on the axes.

import {
  cast,
  concat,
  equal,
  type FloatDType,
  iota,
  mul,
  neg,
  reshape,
  slice,
  type Tensor,
} from '@gaussmark/autodiff';
import { type Key, normal } from '@gaussmark/random/program';

export type Sampling = 'antithetic' | 'normal' | 'axes';

/**
 * z, (count, size): with mean 0 and second moment I, in expectation; those of `axes` exactly, and the third moments of pairs are 0.
 *
 * @param key asked for only where numbers are drawn
 */
export function directions(
  sampling: Sampling,
  { count, size, dtype }: { readonly count: number; readonly size: number; readonly dtype: FloatDType },
  key: () => Key,
): Tensor {
  switch (sampling) {
    case 'normal':
      return normal(key(), [count, size], dtype);
    case 'antithetic': {
      const half = normal(key(), [Math.ceil(count / 2), size], dtype);
      return slice(concat([half, neg(half)]), [0, 0], [count, size]);
    }
    case 'axes': {
      const axes = mul(Math.sqrt(size), cast(equal(reshape(iota(size), [size, 1]), iota(size)), dtype));
      return concat([axes, neg(axes)]);
    }
    default:
      return sampling satisfies never;
  }
}
