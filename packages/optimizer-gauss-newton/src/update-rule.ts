// What is done with a direction: a step along it, with momentum, or Adam's.

import { exponentialMean, type GradientTransformation, momentum, scaleByAdam } from '@gaussmark/optim';

export interface UpdateRuleHyperparameters {
  /** sgd: a step along the direction. adam: Adam's, with the direction for its gradient. */
  readonly rule: 'sgd' | 'adam';
  /** mu of the heavy ball, or Adam's beta1. */
  readonly momentum: number;
  /** Adam's; without effect on sgd. */
  readonly beta2: number;
}

/** The rule that a direction enters in place of the gradient. */
export function updateRule({ rule, momentum: mu, beta2 }: UpdateRuleHyperparameters): GradientTransformation {
  return (rule === 'adam' ? scaleByAdam({ beta1: mu, beta2 }) : momentum(mu)) as GradientTransformation;
}

/** The bias-corrected exponential mean of directions, as in somax 0.x; none for beta = 0. */
export function meanOfDirections(beta: number): GradientTransformation {
  // Without a mean, directions pass unchanged.
  return (beta === 0 ? momentum(0) : exponentialMean({ decay: beta })) as GradientTransformation;
}
