// A model setting as a number: the loss after a step with the gradient and a Gauss-Newton product.

import { type TensorType, type TensorValue, trace, tree, vector } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { exampleTypes, type Subject } from '@gaussmark/cell';
import {
  bindProblem,
  FLOAT_DTYPES,
  type HyperparameterValues,
  type Loss,
  losses,
  lossFor,
  type ManifestOf,
  type ModelPlugin,
  type Params,
} from '@gaussmark/core';
import type { Observed } from './outcome.js';
import { batchesOf, dataOf, numbers, type TinyData } from './tiny-problem.js';

/** For sums in another order. */
const TOLERANCE = { float32: 1e-4, float64: 1e-9 } as const;
/** Large enough to show, small enough to stay where the network is smooth. */
const STEP = 0.05;
const SEED = 1;
/** Few examples, as they multiply the cost. */
const EXAMPLES_OF_A_MODEL = 2;

/**
 * Why a model does not fit data; undefined if it does.
 *
 * @internal
 */
export function incompatibility(
  plugin: ModelPlugin,
  values: HyperparameterValues,
  { spec }: TinyData,
): string | undefined {
  const model = plugin.create(values, spec);
  return 'incompatible' in model ? model.incompatible : undefined;
}

/**
 * The loss at theta - STEP (g + G r). It depends on the initial parameters theta, the network's outputs, its gradient g and its
 * Gauss-Newton product with a fixed vector r, so a change of any shows.
 *
 * @internal
 */
export function observeModel(
  plugin: ModelPlugin,
  { capabilities = {} }: ManifestOf<'model'>,
  values: HyperparameterValues,
  data: TinyData,
  loss: Loss = losses[lossFor(data.spec.task)],
): Observed {
  const { spec } = data;
  const model = plugin.create(values, spec);
  if ('incompatible' in model) throw new Error(model.incompatible);
  const { dtypes = FLOAT_DTYPES } = capabilities;
  const dtype = dtypes.includes('float64') ? 'float64' : 'float32';
  const init = model.init(SEED);
  const types = tree.map(({ type }: TensorValue): TensorType => ({ dtype, shape: type.shape }), init);
  const subject: Subject = { spec, model, loss, dtype, params: types };
  const { program } = trace(
    (params: Params, direction: Params, batch) => {
      const problem = bindProblem(model, subject.loss, batch);
      const { grad, ggnProduct } = problem.linearize(params);
      const step = vector.add(grad, ggnProduct(direction));
      return problem.loss(vector.addScaled(params, -STEP, step));
    },
    types,
    types,
    exampleTypes(subject, EXAMPLES_OF_A_MODEL),
  );
  const leaves = tree.leaves<TensorValue>(init).map(({ type, data: plain }): TensorValue => {
    return { type: { dtype, shape: type.shape }, data: dataOf(Float64Array.from(plain), dtype) };
  });
  const directions = leaves.map(({ type, data: { length } }, leaf): TensorValue => {
    return { type, data: dataOf(numbers(length, 200 + leaf), dtype) };
  });
  const after = evaluate(program, [
    ...leaves,
    ...directions,
    ...batchesOf(data, dtype, EXAMPLES_OF_A_MODEL)[0]!,
  ])[0]!.data[0]!;
  return { value: Number.isFinite(after) ? after : null, tolerance: TOLERANCE[dtype] };
}
