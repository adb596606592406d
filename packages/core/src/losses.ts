// The losses: means over a batch, as functions of the network's outputs and the targets.

import {
  cast,
  div,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  square,
  sub,
  sum,
  type Tensor,
} from '@gaussmark/autodiff';
import type { Task } from './contracts/dataset.js';
import type { LossName } from './vocabulary.js';

export interface Loss {
  /** The task whose targets it takes. */
  readonly task: Task;
  /** Mean loss of a batch. `outputs` (M, ...), `targets` (M, ...); a float scalar. Traced. */
  evaluate(outputs: Tensor, targets: Tensor): Tensor;
}

export const losses = {
  /** mean((f - y)^2) over examples and outputs, without a factor 1/2. */
  squaredError: {
    task: 'regression',
    evaluate: (outputs, targets) => mean(square(sub(outputs, cast(targets, outputs.dtype)))),
  },
  /** -mean(log softmax(f)[y]); `outputs` are logits (M, classes), `targets` int32 class indices (M). */
  softmaxCrossEntropy: {
    task: 'classification',
    evaluate: (outputs, targets) => {
      const [examples, classes] = outputs.shape as [number, number];
      const picked = mul(oneHot(targets, classes, outputs.dtype), logSoftmax(outputs));
      return neg(div(sum(picked), examples));
    },
  },
} as const satisfies Readonly<Record<LossName, Loss>>;
