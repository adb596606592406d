// DAS, dynamic anisotropic smoothing: derivative-free search with a Gaussian window that adapts to the loss.
// S. Reifenstein, T. Leleu, Y. Yamamoto, 2024, arXiv 2405.01731.

import {
  add,
  div,
  FLOAT_LIMITS,
  type FloatDType,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  scalar,
  scan,
  sizeOf,
  sqrt,
  square,
  sub,
  type Tensor,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { GaussmarkError, type Optimizer, type OptimizerContext, type OptimizerPlugin } from '@gaussmark/core';
import { centringCorrection, directions, type Sampling } from './directions.js';
import { diagonalWindow, fullWindow, type Window } from './window.js';

const PLUGIN = "optimizer 'das'";

/** Described in manifest.json, with bounds and defaults. */
export interface DasHyperparameters {
  /** dt, in units of 1 / rms(fitness). */
  readonly timeStep: number;
  /** B */
  readonly samples: number;
  readonly initialWindow: number;
  readonly minWindow: number;
  readonly maxWindow: number;
  readonly covariance: 'auto' | 'full' | 'diagonal';
  readonly sampling: Sampling;
  readonly center: boolean;
}

export type DasState = {
  /** L: (D, D), or its diagonal (D). */
  readonly window: Tensor;
  /** The largest mean square of the fitness, forgotten slowly. Scalar. */
  readonly meanSquare: Tensor;
};

/** The largest D of a full window that `auto` chooses, and the largest at all. */
const LARGEST_AUTO = 1024;
const LARGEST_FULL = 4096;
/** The most numbers of all samples together: 1 GiB in float64. */
const MOST_NUMBERS = 2 ** 27;
/** Of the mean square of the fitness, per step. */
const FORGETTING = 0.99;
const EPSILON = 1e-10;

/**
 * One step, without derivatives: the fitness y = -loss at B points of the window, x + L z,
 *
 * ```
 * dx = L mean(z y),   dA = mean(z z' y) - mean(y) I,   dL = L dA / D
 * dt = timeStep / sqrt(max(mean y^2, 0.99 last)),   r = |L + dt dL| / |L|
 * L = L + r dt dL                                   then |L| / D within its bounds
 * x = x + min(1, 1 / |s|) L s,   s = r dt mean(z y)
 * ```
 *
 * With `center`, y = mean(loss) - loss, and the moments are multiplied by what centring takes from their expectations.
 *
 * In expectation over z ~ N(0, I), dx = L L' grad and dL = L (L' Hessian L) / D of the smoothed fitness: natural gradient ascent on the mean and
 * the window of a Gaussian. No step is longer than one radius of the window.
 *
 * Metrics: `sampledLoss` (the mean at the samples), `window` (|L| / D), `timeStep` (dt), `radius` (|s|, before it is cut to 1).
 *
 * @throws GaussmarkError on creation, if a full window or the samples would be too large
 */
const das: OptimizerPlugin<DasHyperparameters, DasState> = {
  create(options, context): Optimizer<DasState> {
    const size = parametersIn(context);
    const window = windowFor(size, options);
    if (options.minWindow > options.maxWindow) throw boundsError(options);
    const count = options.sampling === 'axes' ? 2 * size : options.samples;
    if (count * size > MOST_NUMBERS)
      throw sizeError(
        `${count} samples of ${size} parameters`,
        '/samples',
        `${Math.floor(MOST_NUMBERS / size)} at most`,
      );

    const correction = options.center
      ? centringCorrection(options.sampling, count)
      : { slope: 1, curvature: 1 };

    return {
      init(params) {
        const dtype = tree.leaves<Tensor>(params)[0]!.dtype as FloatDType;
        return { window: window.start(options.initialWindow, size, dtype), meanSquare: scalar(0, dtype) };
      },

      step(problem, params, { window: L, meanSquare }, run) {
        const dtype = L.dtype as FloatDType;
        const x = vector.pack(params);
        const z = directions(options.sampling, { count, size, dtype }, () => run.random('directions'));
        const { ys: losses } = scan(
          (none: readonly Tensor[], point: Tensor) => ({
            carry: none,
            y: problem.loss(vector.unpack(point, params)),
          }),
          [],
          add(x, window.spread(L, z)),
          { name: 'samples' },
        );
        const y = options.center ? sub(mean(losses), losses) : neg(losses);
        const moments = window.moments(z, y);
        const slope = scaled(correction.slope, moments.slope);
        const curvature = scaled(correction.curvature, moments.curvature);
        const kept = maximum(mean(square(y)), mul(FORGETTING, meanSquare));
        const dt = div(options.timeStep, sqrt(add(kept, EPSILON)));
        const change = mul(div(dt, size), window.times(L, curvature));
        const r = div(norm(add(L, change)), norm(L));
        const moved = add(L, mul(r, change));
        const spread = div(norm(moved), size);
        // An empty window stays empty.
        const bounded = minimum(maximum(spread, options.minWindow), options.maxWindow);
        const next = mul(moved, div(bounded, maximum(spread, FLOAT_LIMITS[dtype].smallestNormal)));
        const s = mul(mul(r, dt), slope);
        const radius = norm(s);
        const step = mul(minimum(1, div(1, maximum(radius, EPSILON))), window.applied(L, s));
        return {
          params: vector.unpack(add(x, step), params),
          state: { window: next, meanSquare: kept },
          metrics: { sampledLoss: mean(losses), window: bounded, timeStep: dt, radius },
        };
      },
    };
  },
};

export default das;

const scaled = (factor: number, x: Tensor): Tensor => (factor === 1 ? x : mul(factor, x));

const norm = (x: Tensor): Tensor => sqrt(vector.dot(x, x));

const parametersIn = ({ parameters }: OptimizerContext): number =>
  parameters.reduce((n, { shape }) => n + sizeOf(shape), 0);

function windowFor(size: number, { covariance }: DasHyperparameters): Window {
  if (covariance === 'diagonal' || (covariance === 'auto' && size > LARGEST_AUTO)) return diagonalWindow;
  if (size > LARGEST_FULL)
    throw sizeError(`a full window of ${size} parameters`, '/covariance', '"diagonal" or "auto"');
  return fullWindow;
}

function sizeError(what: string, pointer: string, expected: string): GaussmarkError {
  return new GaussmarkError(`${PLUGIN}: ${what} does not fit`, {
    plugin: PLUGIN,
    pointer,
    expected,
    got: what,
    remedy: 'use a smaller network, fewer samples or covariance=diagonal',
  });
}

function boundsError({ minWindow, maxWindow }: DasHyperparameters): GaussmarkError {
  return new GaussmarkError(`${PLUGIN}: minWindow is above maxWindow`, {
    plugin: PLUGIN,
    pointer: '/minWindow',
    expected: `a number of at most maxWindow, which is ${maxWindow}`,
    got: String(minWindow),
    remedy: 'lower minWindow',
  });
}
