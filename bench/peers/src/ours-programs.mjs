// The programs of our side: what the harness compiles for a step, with the mini-batch as an input.

import { autodiff, core, evaluate } from './gaussmark.mjs';
import { REFRESHING } from './problems.mjs';

const { cast, concat, reshape, scalar, sizeOf, tensorValue, trace, tree } = autodiff;
const { bindProblem, initContext, stepContext } = core;

/**
 * The program of a step.
 *
 * - gradient: (params, batch) -> (gradient, loss)
 * - ggn: (params, direction, batch) -> the Gauss-Newton product
 * - an optimizer's step: (params, state, batch) -> (params, state, metrics); one that refreshes also takes the step's number, last
 *
 * @returns the program; `carried`, whether its outputs are its next inputs; `state` at the start; the names of `metrics`,
 *   the last output, if there is one; whether it takes a `direction`, and a `clock`
 */
export function programOf({ step, manifest, spec, model, loss, optimizer }) {
  const { dtype, batchSize } = manifest;
  const template = model.init(0);
  const params = tree.map((leaf) => ({ dtype, shape: leaf.type.shape }), template);
  const batch = {
    inputs: { dtype, shape: [batchSize, ...spec.input.shape] },
    targets: {
      dtype: spec.task === 'classification' ? 'int32' : dtype,
      shape: [batchSize, ...spec.target.shape],
    },
  };
  const shared = { dtype, state: [], metrics: [], carried: false, direction: false, clock: false };
  switch (step.kind) {
    case 'gradient': {
      const { program } = trace(
        (at, examples) => {
          const { grad, loss: value } = bindProblem(model, loss, examples).valueAndGrad(at);
          return [grad, value];
        },
        params,
        batch,
      );
      return { ...shared, program, metrics: ['loss'] };
    }
    case 'ggn': {
      const { program } = trace(
        (at, direction, examples) => bindProblem(model, loss, examples).linearize(at).ggnProduct(direction),
        params,
        params,
        batch,
      );
      return { ...shared, program, direction: true };
    }
    default:
      return {
        ...shared,
        ...optimizerStep({ step, model, loss, optimizer, params, batch, dtype }),
        carried: true,
      };
  }
}

function optimizerStep({ step, model, loss, optimizer, params, batch, dtype }) {
  const init = trace((at) => optimizer.init(at, initContext()), params);
  const outputs = init.program.outputs;
  const stateTypes = tree.unflatten(
    init.output,
    outputs.map((atom) => atom.type),
  );
  let metrics = [];
  // Without a schedule, every step may see the first one's share of the budget; without refreshes, its number too.
  const clock = step.kind in REFRESHING;
  const { program } = trace(
    (at, state, examples, number) => {
      const context = stepContext({ progress: scalar(0, dtype), ...(clock ? { step: number } : {}) });
      const result = optimizer.step(bindProblem(model, loss, examples), at, state, context);
      const { loss: value, ...rest } = result.metrics;
      metrics = ['loss', ...Object.keys(rest)];
      const packed = concat([value, ...Object.values(rest)].map((each) => reshape(cast(each, dtype), [1])));
      return [result.params, result.state, packed];
    },
    params,
    stateTypes,
    batch,
    ...(clock ? [{ dtype: 'int32', shape: [] }] : []),
  );
  const zeros = init.program.inputs.map(({ type }) =>
    tensorValue(type.dtype, type.shape, new Array(sizeOf(type.shape)).fill(0)),
  );
  const state = evaluate(init.program, zeros).map(({ type, data }) => ({ type, data }));
  return { program, metrics, clock, state };
}
