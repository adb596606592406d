// The distribution of a target given the network's outputs: draws from it, and a factor of the loss's Hessian in the outputs.

import {
  add,
  div,
  FLOAT_LIMITS,
  type FloatDType,
  maximum,
  mul,
  sizeOf,
  softmax,
  sqrt,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '@gaussmark/autodiff';
import { categorical, type Key, normal } from '@gaussmark/random/program';
import type { LinearizedProblem } from './contract.js';
import type { Distribution, Loss } from './losses.js';

/** S u, S' u, and s with S s = u, where S S' is the Hessian of the mean loss in the outputs. */
export interface HessianFactor {
  product(u: Tensor): Tensor;
  transposed(u: Tensor): Tensor;
  solve(u: Tensor): ReturnType<LinearizedProblem['outputHessianFactorSolve']>;
}

/** @throws TypeError if the loss has no distribution */
export function hessianFactor(loss: Loss, outputs: Tensor): HessianFactor {
  const distribution = demandDistribution('outputHessianFactor', loss);
  switch (distribution.kind) {
    case 'normal': {
      // H = I / (variance terms)
      const scale = 1 / Math.sqrt(distribution.variance * sizeOf(outputs.shape));
      const scaled = (u: Tensor) => mul(u, scale);
      return {
        product: scaled,
        transposed: scaled,
        solve: (u) => ({ solution: div(u, scale), remainder: null }),
      };
    }
    case 'categorical': {
      // H = (diag(p) - p p') / terms for each term, and S = (diag(r) - p r') / sqrt(terms) with r = sqrt(p), since r'r = 1.
      const p = softmax(outputs);
      const r = sqrt(p);
      const scale = 1 / Math.sqrt(sizeOf(outputs.shape.slice(0, -1)));
      const dot = (a: Tensor, b: Tensor) => sum(mul(a, b), { axes: [-1], keepDims: true });
      const product = (u: Tensor) => mul(sub(mul(r, u), mul(p, dot(r, u))), scale);
      return {
        product,
        transposed: (u) => mul(mul(r, sub(u, dot(p, u))), scale),
        // The range of S is the u that sum to 0: then r'(u / r) = 0, and S u / r = u scale. Small r would overflow.
        solve(u) {
          const { epsilon } = FLOAT_LIMITS[outputs.dtype as FloatDType];
          const solution = div(u, mul(maximum(r, epsilon), scale));
          return { solution, remainder: sub(u, product(solution)) };
        },
      };
    }
    default:
      return distribution satisfies never;
  }
}

/** Targets for outputs, drawn from the loss's distribution. @throws TypeError if it has none */
export function sampleTargets(loss: Loss, outputs: Tensor, key: Key): Tensor {
  const distribution = demandDistribution('sampleTargets', loss);
  const f = stopGradient(outputs);
  switch (distribution.kind) {
    case 'normal': {
      const dtype = f.dtype as FloatDType;
      return add(f, mul(normal(key, f.shape, dtype), Math.sqrt(distribution.variance)));
    }
    case 'categorical':
      return categorical(key, f);
    default:
      return distribution satisfies never;
  }
}

/** @throws TypeError if the loss has no distribution */
function demandDistribution(what: string, { distribution }: Loss): Distribution {
  if (distribution !== undefined) return distribution;
  throw new TypeError(
    `${what}: the loss is not the negative log-likelihood of a distribution; use squaredError or softmaxCrossEntropy`,
  );
}
