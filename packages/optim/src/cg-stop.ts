// Why conjugate gradients stopped, as codes: the values of `stopReason`.

import { lock } from '@gaussmark/autodiff';

export const CG_STOP = lock({
  /** max|r| reached the tolerance. */
  converged: 0,
  /** All allowed iterations were used. */
  budget: 1,
  /** p'(A + damping I)p was zero, negative or rounding noise: there is no step along p. */
  curvature: 2,
  /** A value overflowed or became NaN; the solution is invalid. */
  nonFinite: 3,
  /** r'y dropped to zero or rounding noise: the solution is exact to rounding, although max|r| is above the tolerance. */
  exact: 4,
  /** The quadratic model stopped falling: the option `progress`. */
  progress: 5,
} as const);

export type CgStopReason = keyof typeof CG_STOP;
