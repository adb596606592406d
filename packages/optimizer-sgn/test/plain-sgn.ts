// An SGN step in plain float64 loops over the explicit Gauss-Newton matrix, following the paper line by line.

import { dot, maxAbs, plus, times, type Vector } from '../../optim/test/plain-linear-algebra.js';
import type { SgnHyperparameters } from '../src/sgn.js';
import { type Network, type PlainBatch, plainGaussNewton, plainLoss } from './plain-network.js';

export interface PlainState {
  readonly t: number;
  /** rho of the next step. */
  readonly rho: number;
  readonly m: Vector;
}

export function plainStep(
  network: Network,
  batch: PlainBatch,
  h: SgnHyperparameters,
  plannedSteps: number,
  theta: Vector,
  state: PlainState,
) {
  const t = state.t + 1;
  const lossAt = (alpha: number, D: Vector) => plainLoss(network, batch, plus(theta, alpha, D));
  const { loss: l0, gradient: g, matrix: B } = plainGaussNewton(network, batch, theta);

  const scheduled = !h.trustRegion && h.dampingSchedule !== 'constant';
  const rho = scheduled ? scheduledDamping(h, plannedSteps, t) : state.rho;

  const beta = h.momentum;
  const m = g.map((x, i) => beta * state.m[i]! + (1 - beta) * x);
  const mhat = m.map((x) => x / (1 - beta ** t));
  const P = mhat.map((x) => (h.preconditioned ? 1 / (x * x + rho) ** h.preconditionerExponent : 1));
  const precondition = (r: Vector) => r.map((x, i) => P[i]! * x);

  let D: number[] = theta.map(() => 0);
  let r = [...mhat];
  let y = precondition(r);
  let p = y.map((x) => -x);
  let k = 0;
  const n = t >= h.warmupSteps ? h.cgIterations : h.warmupCgIterations;
  do {
    const Bp = times(B, p);
    const a = dot(r, y) / (dot(p, Bp) + rho * dot(p, p));
    D = plus(D, a, p);
    const next = plus(r, a, plus(Bp, rho, p));
    const nextY = precondition(next);
    const b = dot(next, nextY) / dot(r, y);
    p = plus(
      nextY.map((x) => -x),
      b,
      p,
    );
    r = next;
    y = nextY;
    k += 1;
  } while (k < n && maxAbs(r) > h.cgTolerance);

  let alpha = h.stepSize;
  let l1 = lossAt(alpha, D);
  let nextRho = scheduled ? scheduledDamping(h, plannedSteps, t + 1) : rho;
  let gainRatio: number | undefined;
  if (h.trustRegion) {
    gainRatio = (l1 - l0) / (0.5 * dot(plus(r, 1, g), D));
    if (gainRatio < 1 / 4) nextRho = (3 / 2) * rho;
    else if (gainRatio > 3 / 4) nextRho = Math.max((2 / 3) * rho, h.minDamping);
  }
  let lineSearchSteps = 0;
  if (h.lineSearch) {
    const bound = l0 + alpha * h.sufficientDecrease * dot(mhat, D);
    while (l1 > bound && lineSearchSteps < h.maxLineSearchSteps) {
      alpha *= h.backtrackingFactor;
      l1 = lossAt(alpha, D);
      lineSearchSteps += 1;
    }
  }
  return {
    theta: plus(theta, alpha, D),
    state: { t, rho: nextRho, m },
    metrics: {
      loss: l0,
      cgIterations: k,
      cgResidual: maxAbs(r),
      damping: rho,
      stepSize: alpha,
      lineSearchSteps,
      gainRatio,
      lossAfter: l1,
    },
  };
}

function scheduledDamping(h: SgnHyperparameters, plannedSteps: number, t: number): number {
  const K = h.scheduleSteps ?? plannedSteps;
  if (t > K) return h.minDamping;
  const rho =
    h.dampingSchedule === 'linear'
      ? h.damping + ((h.minDamping - h.damping) * (t - 1)) / (K - 1)
      : h.damping * Math.cos((Math.PI * t) / (2 * K));
  return Math.max(rho, h.minDamping);
}
