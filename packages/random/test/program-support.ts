// Runs draws on the reference evaluator; the normal distribution.

import { type Tensor, type TensorData, trace, tree } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';

/** The values of tensors that a function makes of nothing. */
export function drawn(make: () => Tensor | readonly Tensor[]): TensorData[] {
  return evaluate(trace(() => tree.leaves<Tensor>(make())).program, []).map(({ data }) => data);
}

export const drawn1 = (make: () => Tensor): number[] => [...drawn(make)[0]!];

/** P(X > x) for x >= 0: the series of the distribution function, and beyond 3 Laplace's continued fraction. */
export function normalTail(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x > 3) {
    let fraction = x;
    for (let k = 200; k > 0; k--) fraction = x + k / fraction;
    return density / fraction;
  }
  let [term, sum] = [x, x];
  for (let k = 1; k < 100; k++) {
    term *= (x * x) / (2 * k + 1);
    sum += term;
  }
  return 0.5 - density * sum;
}
