// Activations: named elementwise functions between the layers of a network.

import { add, exp, log, maximum, mul, neg, relu, sigmoid, type Tensor, tanh } from '@gaussmark/autodiff';

const ACTIVATIONS = {
  sigmoid,
  tanh,
  relu,
  /** x sigmoid(x). Elfwing et al., arXiv 1702.03118. */
  silu: (x) => mul(x, sigmoid(x)),
  /** The tanh approximation of x Phi(x): x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). arXiv 1606.08415. */
  gelu: (x) => {
    const cubic = add(x, mul(0.044715, mul(x, mul(x, x))));
    return mul(mul(0.5, x), add(1, tanh(mul(Math.sqrt(2 / Math.PI), cubic))));
  },
  /** ln(1 + e^x), as max(x, 0) + ln(1 + e^-|x|), which does not overflow. */
  softplus: (x) => {
    const magnitude = maximum(x, neg(x));
    return add(relu(x), log(add(1, exp(neg(magnitude)))));
  },
} as const satisfies Readonly<Record<string, (x: Tensor) => Tensor>>;

export type Activation = keyof typeof ACTIVATIONS;

/** Monotone activations: the maximum of the results is the result for the maximum. */
const MONOTONE: ReadonlySet<Activation | 'linear'> = new Set([
  'sigmoid',
  'tanh',
  'relu',
  'softplus',
  'linear',
]);

/** Whether an activation commutes with a maximum. */
export const isMonotone = (name: Activation | 'linear'): boolean => MONOTONE.has(name);

export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as readonly Activation[];

/** The activation with this name; `linear` is the identity. */
export function activationOf(name: Activation | 'linear'): (x: Tensor) => Tensor {
  return name === 'linear' ? (x) => x : ACTIVATIONS[name];
}
