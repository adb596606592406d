// Why conjugate gradients stopped, as codes: an optimizer reports one in its metric `cgStopReason`.

import { lock } from '@gaussmark/autodiff';

export const CG_STOP = lock({
  /** max|r| reached the tolerance. */
  converged: 0,
  /** All allowed iterations were used. */
  budget: 1,
  /** p'(A + damping I)p was zero, negative or rounding noise: there is no step along p. */
  curvature: 2,
  /** A value overflowed or became NaN; the solution is useless. */
  nonFinite: 3,
  /** r'y dropped to zero or rounding noise: the solution is exact to rounding, though max|r| is above the tolerance. */
  exact: 4,
} as const);

export type CgStopReason = keyof typeof CG_STOP;

const REASONS = new Map<number, CgStopReason>(
  Object.entries(CG_STOP).map(([reason, code]) => [code, reason as CgStopReason]),
);

/** The reason that a code stands for; `undefined` for any other number. */
export function cgStopReason(code: number): CgStopReason | undefined {
  return REASONS.get(code);
}
