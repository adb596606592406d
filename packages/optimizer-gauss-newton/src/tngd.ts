// TNGD, thermodynamic natural gradient descent: the damped Gauss-Newton system, solved by a simulated analog device.
// K. Donatella, S. Duffield, M. Aifer, D. Melanson, G. Crooks, P. J. Coles, 2024, arXiv 2405.13817.

import {
  add,
  cast,
  div,
  type FloatDType,
  less,
  maximum,
  mul,
  scalar,
  select,
  type Tensor,
  type Tree,
  tree,
  vector,
  whileLoop,
} from '@gaussmark/autodiff';
import { defined, type Optimizer, type OptimizerPlugin, type Params } from '@gaussmark/core';
import { solverSpace } from '@gaussmark/optim';
import { drawLike, fold, normal } from '@gaussmark/random/program';
import { type UpdateRuleHyperparameters, updateRule } from './update-rule.js';

/** Described in manifests/tngd.json, with bounds and defaults. */
export interface TngdHyperparameters extends UpdateRuleHyperparameters {
  readonly learningRate: number;
  /** lambda. */
  readonly damping: number;
  /** Euler steps of the device per step: t = iterations * timeStep. */
  readonly iterations: number;
  /** delta t, in units of the device's time constant tau. */
  readonly timeStep: number;
  /** kappa_0. */
  readonly noise: number;
  readonly start: 'gradient' | 'previous';
}

export type TngdState = {
  /** Simulated time so far, in units of tau. Scalar. */
  readonly simulatedTime: Tensor;
  /** Where the device stopped; only with start=previous. */
  readonly device?: Params;
  readonly rule: Tree<Tensor>;
};

/**
 * One step on a mini-batch:
 *
 * ```
 * x = g                                                                start=gradient
 * x = x - dt ((B + lambda I) x - g) + sqrt(2 kappa dt) xi              iterations times, xi ~ N(0, I)
 * theta = theta - eta x                                                rule=sgd
 * ```
 *
 * The device's voltages x settle, within a few time constants, at the damped Gauss-Newton direction (B + lambda I)^-1 g: no time gives
 * SGD, a long one Gauss-Newton. Euler's steps are stable if dt < 2 / (largest eigenvalue + lambda).
 *
 * Simulating the device costs a Gauss-Newton product for each of its time steps, which the run's time and work contain. `simulatedTime` is
 * what the device itself would have taken.
 *
 * Metrics: `loss` (before the update), `simulatedTime` (in units of tau, of all steps so far), `stiffness` (dt times the largest curvature
 * that x met, lambda included; above 2, the simulation is unstable).
 */
const tngd: OptimizerPlugin<TngdHyperparameters, TngdState> = {
  create(options): Optimizer<TngdState> {
    const { learningRate, damping, iterations, timeStep, noise, start } = options;
    const rule = updateRule(options);

    return {
      init: (params) =>
        defined({
          simulatedTime: scalar(0, tree.leaves<Tensor>(params)[0]!.dtype as FloatDType),
          // Before the first step, there is no gradient to start from; 0 is recognized by the time.
          device: start === 'previous' ? vector.zerosLike(params) : undefined,
          rule: rule.init(params),
        }),

      step(problem, params, state, context) {
        const { loss, grad, ggnProduct } = problem.linearize(params);
        const space = solverSpace(params);
        const g = space.from(grad);
        const key = noise > 0 ? context.random('noise') : undefined;
        const first =
          state.device === undefined
            ? g
            : tree.map(
                (kept: Tensor, own: Tensor) => select(less(0, state.simulatedTime), kept, own),
                space.from(state.device),
                g,
              );
        const device = whileLoop(
          ({ turns }) => less(turns, iterations),
          ({ x, turns, curvature }) => {
            const product = vector.addScaled(space.from(ggnProduct(space.to(x))), damping, x);
            const settled = vector.addScaled(x, -timeStep, vector.sub(product, g));
            const squared = vector.dot(x, x);
            const quotient = select(less(0, squared), div(vector.dot(x, product), squared), 0);
            return {
              x:
                key === undefined
                  ? settled
                  : vector.addScaled(
                      settled,
                      Math.sqrt(2 * noise * timeStep),
                      drawLike(normal, fold(key, turns), settled),
                    ),
              turns: add(turns, 1),
              curvature: maximum(curvature, quotient),
            };
          },
          { x: first as Tree<Tensor>, turns: scalar(0, 'int32'), curvature: scalar(0, loss.dtype) },
          { name: 'device' },
        );
        const x = space.to(device.x);
        const { updates, state: next } = rule.update(x, state.rule as never, params);
        const simulatedTime = add(state.simulatedTime, mul(timeStep, cast(device.turns, loss.dtype)));
        return {
          params: vector.addScaled(params, -learningRate, updates as Params),
          state: defined({ simulatedTime, device: state.device && x, rule: next }),
          metrics: { loss, simulatedTime, stiffness: mul(timeStep, device.curvature) },
        };
      },
    };
  },
};

export default tngd;
