// Losses: means over a batch, as functions of the network's outputs and the targets.

import {
  cast,
  div,
  lock,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  type Shape,
  sameShape,
  sizeOf,
  square,
  sub,
  sum,
  type Tensor,
} from '@gaussmark/autodiff';

export interface Loss {
  /** The task whose targets it accepts. */
  readonly task: 'regression' | 'classification';
  /** Mean loss of a batch. `outputs` (M, ...), `targets` (M, ...); a float scalar. Traced. */
  evaluate(outputs: Tensor, targets: Tensor): Tensor;
  /**
   * The distribution of a target given the outputs, if the loss has one: the loss is then the mean, over all elements of the targets,
   * of -log p(y | f), up to a constant.
   */
  readonly distribution?: Distribution;
}

/**
 * - `normal`: y ~ N(f, variance), independently for each output.
 * - `categorical`: y = k with probability softmax(f)_k, over the last axis of the outputs.
 */
export type Distribution =
  | { readonly kind: 'normal'; readonly variance: number }
  | { readonly kind: 'categorical' };

export const losses = lock({
  /** mean((f - y)^2) over examples and outputs, without the factor 1/2. */
  squaredError: {
    task: 'regression',
    evaluate: (outputs, targets) => mean(square(sub(outputs, cast(targets, outputs.dtype)))),
    // (f - y)^2 = -log N(y; f, 1/2) + constant
    distribution: { kind: 'normal', variance: 1 / 2 },
  },
  /**
   * -mean(log softmax(f)[y]) over examples and, for sequences, positions. `outputs` are logits
   * (M, ...target.shape, classes), `targets` are int32 class indices (M, ...target.shape).
   */
  softmaxCrossEntropy: {
    task: 'classification',
    evaluate: (outputs, targets) => {
      const classes = outputs.shape.at(-1) ?? 0;
      demandLogits(outputs.shape, [...targets.shape, classes]);
      const picked = mul(oneHot(targets, classes, outputs.dtype), logSoftmax(outputs));
      return neg(div(sum(picked), sizeOf(targets.shape)));
    },
    distribution: { kind: 'categorical' },
  },
} as const satisfies Readonly<Record<string, Loss>>);

/** Products broadcast: logits of a wrong shape would silently give a meaningless number. */
function demandLogits(shape: Shape, expected: Shape): void {
  if (sameShape(shape, expected)) return;
  throw new RangeError(
    `logits must have the shape of the targets plus a class axis, [${expected.join(', ')}]; got [${shape.join(', ')}]`,
  );
}
