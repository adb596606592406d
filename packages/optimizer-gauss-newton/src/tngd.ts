// TNGD, thermodynamic natural gradient descent: the damped Gauss-Newton system, solved by a simulated analog device.
// K. Donatella, S. Duffield, M. Aifer, D. Melanson, G. Crooks, P. J. Coles, 2024, arXiv 2405.13817.

import {
  add,
  div,
  type FloatDType,
  less,
  maximum,
  minimum,
  mul,
  neg,
  scalar,
  select,
  sqrt,
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
  /** Whether a time step that would make the simulation unstable is cut. */
  readonly stable: boolean;
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
 * SGD, a long one Gauss-Newton. Euler's steps are stable if dt < 2 / (largest eigenvalue + lambda). With stable=true, dt is at most 1 over the
 * largest curvature that x has met in the step, x'(B + lambda I)x / x'x. Where that still is too long, the stiffest direction grows until
 * it dominates x, which makes the curvature that of this direction, and the next time step takes it out again.
 *
 * Simulating the device costs a Gauss-Newton product for each of its time steps, which the run's time and work contain. `simulatedTime` is
 * what the device itself would have taken.
 *
 * Metrics: `loss` (before the update), `simulatedTime` (in units of tau, of all steps so far), `stiffness` (timeStep times the largest
 * curvature that x met, lambda included; above 2, stable=false is unstable).
 */
const tngd: OptimizerPlugin<TngdHyperparameters, TngdState> = {
  create(options): Optimizer<TngdState> {
    const { learningRate, damping, iterations, timeStep, noise, stable, start } = options;
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
          ({ x, turns, time, curvature }) => {
            const product = vector.addScaled(space.from(ggnProduct(space.to(x))), damping, x);
            const squared = vector.dot(x, x);
            const quotient = select(less(0, squared), div(vector.dot(x, product), squared), 0);
            const largest = maximum(curvature, quotient);
            const dt = stable ? minimum(timeStep, div(1, largest)) : scalar(timeStep, loss.dtype);
            const settled = vector.addScaled(x, neg(dt), vector.sub(product, g));
            return {
              x:
                key === undefined
                  ? settled
                  : vector.addScaled(
                      settled,
                      sqrt(mul(2 * noise, dt)),
                      drawLike(normal, fold(key, turns), settled),
                    ),
              turns: add(turns, 1),
              time: add(time, dt),
              curvature: largest,
            };
          },
          {
            x: first as Tree<Tensor>,
            turns: scalar(0, 'int32'),
            time: scalar(0, loss.dtype),
            curvature: scalar(0, loss.dtype),
          },
          { name: 'device' },
        );
        const x = space.to(device.x);
        const { updates, state: next } = rule.update(x, state.rule as never, params);
        const simulatedTime = add(state.simulatedTime, device.time);
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
