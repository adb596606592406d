// Contexts of optimizers and of their steps, with defaults for tests of a plugin.

import { demandOptions, scalar } from '@gaussmark/autodiff';
import { stepKey } from '@gaussmark/random/program';
import type { InitContext, OptimizerContext, StepContext } from './contracts/optimizer.js';

/**
 * The context of a run. By default: of unknown length, on one example, with seed 0, of a model without parameters; {@link parametersOf}
 * describes those of a model.
 *
 * @throws TypeError for an unknown field
 * @example
 * const optimizer = plugin.create(hyperparameters, optimizerContext({ plannedSteps: 100 }));
 * optimizerContext({ plannedSteps: 100 }).stepsPerEpoch; // = 1
 */
export function optimizerContext(known: Partial<OptimizerContext> = {}): OptimizerContext {
  const defaults: OptimizerContext = {
    plannedSteps: null,
    stepsPerEpoch: 1,
    trainingSize: 1,
    batchSize: 1,
    seed: 0,
    parameters: [],
  };
  demandOptions('optimizerContext', known, Object.keys(defaults) as (keyof OptimizerContext)[]);
  return { ...defaults, ...known };
}

/**
 * The context of an initial state.
 *
 * @param seed of the run
 * @example
 * trace((p) => optimizer.init(p, initContext()), paramTypes);
 * initContext(7).random('start'); // = int32[2]
 */
export function initContext(seed = 0): InitContext {
  return { random: (label) => stepKey(seed, label, scalar(-1, 'int32')) };
}

/**
 * The context of a step. By default: the first step of a run in float64 with seed 0.
 *
 * @example
 * trace((p, s, x, y) => {
 *   const problem = bindProblem(model, losses.squaredError, { inputs: x, targets: y });
 *   return optimizer.step(problem, p, s, stepContext({ progress: scalar(0.5, 'float64') }));
 * }, ...types);
 * stepContext({ seed: 7 }).step; // = 0
 */
export function stepContext(
  known: Partial<Pick<StepContext, 'progress' | 'step'>> & { readonly seed?: number } = {},
): StepContext {
  demandOptions('stepContext', known, ['progress', 'step', 'seed']);
  const { progress = scalar(0, 'float64'), step = scalar(0, 'int32'), seed = 0 } = known;
  return { progress, step, random: (label) => stepKey(seed, label, step) };
}
