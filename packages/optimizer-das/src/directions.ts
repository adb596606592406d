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

/**
 * By how much to multiply the moments of a fitness centred by the mean of its own samples, so that they have the expectations of one that is
 * not centred. The samples' mean contains z itself, and of a pair -z, too: with B samples, the mean of z y is 1 - 1/B of what it should be, or,
 * for pairs, right; that of z z' y is 1 - 1/B, or 1 - 2/B. With an odd number, the last sample has no partner.
 *
 * @param count B; at least 3 for pairs, else 2
 */
export function centringCorrection(
  sampling: Sampling,
  count: number,
): { readonly slope: number; readonly curvature: number } {
  const corrected = (own: number) => 1 / (1 - own / count ** 2);
  switch (sampling) {
    case 'normal':
      return { slope: corrected(count), curvature: corrected(count) };
    case 'antithetic': {
      const single = count % 2;
      return { slope: corrected(single), curvature: corrected(2 * count - single) };
    }
    case 'axes':
      // Their moments are exact.
      return { slope: 1, curvature: 1 };
    default:
      return sampling satisfies never;
  }
}
