// Binds a model, a loss and a mini-batch into the problem that an optimizer's step sees.

import {
  demandOptions,
  formatType,
  grad,
  hessianProduct,
  linearize,
  sameType,
  sizeOf,
  type Tensor,
  valueAndGrad,
} from '@gaussmark/autodiff';
import { accumulate } from './accumulate.js';
import { rowsOf } from './batch.js';
import type { Batch, LinearizedProblem, Network, Params, Problem } from './contract.js';
import { layersOf } from './layer-gradients.js';
import type { Loss } from './losses.js';
import { hessianFactor, sampleTargets } from './output-distribution.js';
import { perExample } from './per-example.js';

/**
 * The mean loss of a model on a batch, with its derivatives. Call it inside a trace.
 *
 * @param second the independent mini-batch, if the optimizer declares one
 * @example
 * const { program } = trace(
 *   (params: Params, inputs: Tensor, targets: Tensor) =>
 *     bindProblem(model, losses.squaredError, { inputs, targets }).valueAndGrad(params).grad,
 *   paramTypes, inputType, targetType,
 * );
 * program.outputs.length; // = 2
 */
export function bindProblem(model: Network, loss: Loss, batch: Batch, second?: Batch): Problem {
  const { inputs, targets } = batch;
  const batchSize = inputs.shape[0]!;
  const outputs = (params: Params) => model.apply(params as never, inputs);
  const lossOf = (z: Tensor, y: Tensor = targets) => loss.evaluate(z, y);
  const lossAt = (params: Params) => lossOf(outputs(params));
  const on = (part: Batch, seen?: (params: Params) => void) =>
    bindProblem(seen === undefined ? model : watched(model, seen), loss, part);
  const examples = (start: number, stop: number) => on(rowsOf(batch, start, stop));
  const problem: Problem = {
    inputs,
    targets,
    batchSize,
    terms: sizeOf(targets.shape),
    loss: lossAt,
    valueAndGrad(params) {
      const { value, grad } = valueAndGrad(lossAt)(params);
      return { loss: value, grad };
    },
    linearize: (params) => linearizeProblem(outputs, loss, lossOf, params),
    hessianProduct: (params, v) => hessianProduct(lossAt, params, v),
    lossOf,
    sampleTargets: (z, key) => sampleTargets(loss, z, key),
    withTargets(others) {
      if (!sameType(others.type, targets.type)) {
        throw new TypeError(
          `withTargets: expected the targets' type, ${formatType(targets.type)}, got ${formatType(others.type)}`,
        );
      }
      return on({ inputs, targets: others });
    },
    examples,
    chunks(count) {
      if (!(Number.isInteger(count) && count >= 1 && count <= batchSize)) {
        throw new RangeError(
          `chunks: expected 1 to ${batchSize}, the examples of the mini-batch; got ${count}`,
        );
      }
      const start = (i: number) => Math.floor((i * batchSize) / count);
      return Array.from({ length: count }, (_, i) => examples(start(i), start(i + 1)));
    },
    accumulate(fn, options) {
      demandOptions('accumulate', options, ['chunk']);
      return accumulate(batch, (part) => fn(on(part)), options.chunk);
    },
    perExample: perExample(batch, on),
    layers: (params) => layersOf(model, lossOf, inputs, params),
    get second() {
      if (second !== undefined) return bindProblem(model, loss, second);
      throw new TypeError(
        'problem.second: there is no second mini-batch; add "capabilities": { "batches": 2 } to the manifest of the optimizer ' +
          '(of a sub-batch or with other targets, take problem.second first)',
      );
    },
  };
  // A copy { ...problem } reads every enumerable property, and would throw here.
  return Object.defineProperty(problem, 'second', { enumerable: false });
}

/** The same network, which tells the parameters it is evaluated at. */
function watched(model: Network, seen: (params: Params) => void): Network {
  return {
    apply(params: Params, x: Tensor) {
      seen(params);
      return model.apply(params as never, x);
    },
  };
}

// The network is linearized once. The loss is differentiated only with respect to the network's outputs: its gradient
// there gives g = J' grad, and linearizing that gradient gives its Hessian.
function linearizeProblem(
  outputsOf: (params: Params) => Tensor,
  loss: Loss,
  lossOf: (outputs: Tensor) => Tensor,
  params: Params,
): LinearizedProblem {
  const network = linearize(outputsOf, params);
  const { value, grad: outputGradient } = valueAndGrad((z: Tensor) => lossOf(z))(network.value);
  const gradient = linearize((z: Tensor) => valueAndGrad((at: Tensor) => lossOf(at))(z).grad, network.value);
  const factor = () => hessianFactor(loss, network.value);
  return {
    loss: value,
    grad: network.vjp(outputGradient),
    outputs: network.value,
    outputGradient,
    jvp: network.jvp,
    vjp: network.vjp,
    outputHessianProduct: gradient.jvp,
    outputHessianFactor: (u) => factor().product(u),
    outputHessianFactorTranspose: (u) => factor().transposed(u),
    outputHessianFactorSolve: (u) => factor().solve(u),
    ggnProduct: (v) => network.vjp(gradient.jvp(network.jvp(v))),
    // Equal operations are shared, so this repeats neither the forward pass nor, for another v, what the products have in common.
    hessianProduct: (v) =>
      linearize(
        grad((at: Params) => lossOf(outputsOf(at))),
        params,
      ).jvp(v),
  };
}
