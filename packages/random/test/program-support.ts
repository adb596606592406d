// Runs draws on the reference evaluator.

import { type Tensor, type TensorData, trace, tree } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';

/** The values of tensors that a function makes of nothing. */
export function drawn(make: () => Tensor | readonly Tensor[]): TensorData[] {
  return evaluate(trace(() => tree.leaves<Tensor>(make())).program, []).map(({ data }) => data);
}

export const drawn1 = (make: () => Tensor): number[] => [...drawn(make)[0]!];
