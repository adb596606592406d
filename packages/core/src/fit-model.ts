// The model of a problem: a plugin's network, seen through the dataset's residual if it has one.

import type { Shape, Tensor } from '@gaussmark/autodiff';
import type { DatasetSpec, Residual } from './contracts/dataset.js';
import type { Incompatible, Model, ModelPlugin } from './contracts/model.js';

/** The squared errors of a model's network, by name, (M) each. */
export type SquaredErrors = (params: never, inputs: Tensor) => Readonly<Record<string, Tensor>>;

/** A model on the data of a problem. */
export interface FittedModel {
  /** Its `apply` returns the outputs that the loss sees. */
  readonly model: Model;
  readonly squaredErrors?: SquaredErrors;
}

/**
 * The model of a problem: that of the plugin, seen through the dataset's residual if it has one.
 *
 * @returns why there is none, if the model does not fit
 * @throws RangeError while tracing, if the residual's outputs do not have the shape of the targets
 * @example
 * // The network's outputs, doubled by the residual.
 * const plugin = { create: () => ({ init: () => ({}), apply: (_: Params, x: Tensor) => x }) };
 * const spec = { task: 'regression', input: { shape: [1] }, target: { shape: [1] } } as const;
 * const residual = { network: spec, outputs: (network: NetworkFunction, x: Tensor) => mul(2, network(x)) };
 * const { model } = fitModel(plugin, {}, spec, residual);
 * model.apply({}, reshape(scalar(3, 'float64'), [1, 1])); // = [[6]]
 */
export function fitModel(
  plugin: ModelPlugin,
  hyperparameters: Readonly<Record<string, unknown>>,
  spec: DatasetSpec,
  residual: Residual | undefined,
): FittedModel | Incompatible {
  const network = plugin.create(hyperparameters, residual?.network ?? spec);
  if ('incompatible' in network) return network;
  if (residual === undefined) return { model: network };
  const at = (params: never) => (x: Tensor) => network.apply(params, x);
  const { squaredErrors } = residual;
  return {
    model: Object.create(network, {
      apply: {
        value: (params: never, inputs: Tensor) =>
          demandTargets(residual.outputs(at(params), inputs), [inputs.shape[0]!, ...spec.target.shape]),
      },
    }) as Model,
    ...(squaredErrors && {
      squaredErrors: (params: never, inputs: Tensor) => squaredErrors.call(residual, at(params), inputs),
    }),
  };
}

/** A loss would broadcast. */
function demandTargets(outputs: Tensor, shape: Shape): Tensor {
  if (outputs.shape.join() === shape.join()) return outputs;
  throw new RangeError(
    `the dataset's residual: expected outputs of the shape of the targets, [${shape.join(', ')}]; got [${outputs.shape.join(', ')}]`,
  );
}
