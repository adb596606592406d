// Binds a model, a loss and a mini-batch into the problem that an optimizer's step sees.

import { linearize, type Tensor, valueAndGrad } from '@gaussmark/autodiff';
import type { Model } from './contracts/model.js';
import type { LinearizedProblem, Params, Problem } from './contracts/optimizer.js';
import type { Loss } from './losses.js';

export interface Batch {
  /** (M, ...input.shape) */
  readonly inputs: Tensor;
  /** (M, ...target.shape) */
  readonly targets: Tensor;
}

/** The mean loss of a model on a batch, with its derivatives. Call it inside a trace. */
export function bindProblem(model: Pick<Model, 'apply'>, loss: Loss, batch: Batch): Problem {
  const outputs = (params: Params) => model.apply(params, batch.inputs);
  const lossOf = (z: Tensor) => loss.evaluate(z, batch.targets);
  const lossAt = (params: Params) => lossOf(outputs(params));
  return {
    loss: lossAt,
    valueAndGrad(params) {
      const { value: loss, grad } = valueAndGrad(lossAt)(params);
      return { loss, grad };
    },
    linearize: (params) => linearizeProblem(outputs, lossOf, params),
  };
}

// The network is linearized once. The loss is differentiated only with respect to the network's outputs: its gradient
// there gives g = J' grad, and linearizing that gradient gives its Hessian.
function linearizeProblem(
  outputsOf: (params: Params) => Tensor,
  lossOf: (outputs: Tensor) => Tensor,
  params: Params,
): LinearizedProblem {
  const network = linearize(outputsOf, params);
  const { value: loss, grad } = valueAndGrad(lossOf)(network.value);
  const gradient = linearize((z: Tensor) => valueAndGrad(lossOf)(z).grad, network.value);
  return {
    loss,
    grad: network.vjp(grad),
    outputs: network.value,
    jvp: network.jvp,
    vjp: network.vjp,
    outputHessianProduct: gradient.jvp,
    ggnProduct: (v) => network.vjp(gradient.jvp(network.jvp(v))),
  };
}
