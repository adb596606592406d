// L-BFGS: the product with an inverse Hessian that is known from the last steps only.

import {
  add,
  concat,
  demandOptions,
  div,
  equal,
  FLOAT_LIMITS,
  type FloatDType,
  less,
  mul,
  reshape,
  scan,
  select,
  slice,
  sqrt,
  sub,
  sum,
  type Tensor,
  type Tree,
  vector,
  zeros,
} from '@gaussmark/autodiff';
import { demandCount } from './demands.js';

/** The last m pairs (s, y), the newest last; rho is 0 where there is none yet. */
export type LbfgsState = {
  /** Changes of the parameters, packed: (m, n). */
  readonly s: Tensor;
  /** Changes of the gradient, packed: (m, n). */
  readonly y: Tensor;
  /** 1 / s'y: (m). */
  readonly rho: Tensor;
};

export interface Lbfgs {
  /** No pairs. */
  init(params: Tree<Tensor>): LbfgsState;
  /** H g, shaped like g, with H the inverse Hessian of the pairs; g itself without pairs. Uphill, like g. */
  direction<T extends Tree<Tensor>>(gradient: T, state: LbfgsState): T;
  /**
   * The state with one more pair, without the oldest; the same state if s'y <= epsilon |s| |y|, so that H stays positive definite.
   *
   * @param step s, the change of the parameters
   * @param change y, the change of the gradient along s, on one and the same mini-batch
   */
  remember(state: LbfgsState, step: Tree<Tensor>, change: Tree<Tensor>): LbfgsState;
}

/**
 * Limited-memory BFGS, by the two-loop recursion:
 *
 * ```
 * q = g ;       a_i = rho_i s_i'q ; q = q - a_i y_i               newest to oldest
 * r = gamma q ; r = r + (a_i - rho_i y_i'r) s_i                   oldest to newest, with gamma = s'y / y'y of the newest
 * ```
 *
 * Gradients of two mini-batches differ by noise that has nothing to do with curvature: evaluate both on one mini-batch.
 *
 * @param options.memory m, the number of pairs, at least 1. Default 10
 * @throws RangeError if `memory` is not a whole number of at least 1
 * @example
 * const memory = lbfgs({ memory: 10 });
 * let pairs = memory.init(params); // part of the state
 * const moved = vector.addScaled(params, -1, memory.direction(grad, pairs));
 * const after = problem.valueAndGrad(moved).grad;
 * pairs = memory.remember(pairs, vector.sub(moved, params), vector.sub(after, grad));
 * const gradient = { w: iota(2, 'float64') };
 * memory.direction(gradient, memory.init(gradient)); // = { w: [0, 1] }
 * @see Nocedal and Wright, Numerical Optimization, 2006, algorithm 7.4
 */
export function lbfgs(options: { readonly memory?: number } = {}): Lbfgs {
  demandOptions('lbfgs', options, ['memory']);
  const { memory = 10 } = options;
  demandCount('lbfgs', 'memory', memory);
  return {
    init(params) {
      const { shape, dtype } = vector.pack(params);
      const none = zeros([memory, shape[0]!], dtype);
      return { s: none, y: none, rho: zeros([memory], dtype) };
    },

    direction(gradient, { s, y, rho }) {
      const backward = scan(
        (q: Tensor, pair: LbfgsState) => {
          const a = mul(pair.rho, dot(pair.s, q));
          return { carry: sub(q, mul(a, pair.y)), y: a };
        },
        vector.pack(gradient),
        { s, y, rho },
        { reverse: true, name: 'lbfgs-backward' },
      );
      const forward = scan(
        (r: Tensor, pair: LbfgsState & { readonly a: Tensor }) => ({
          carry: add(r, mul(sub(pair.a, mul(pair.rho, dot(pair.y, r))), pair.s)),
          y: [],
        }),
        mul(scaleOf(y, rho), backward.carry),
        { s, y, rho, a: backward.ys },
        { name: 'lbfgs-forward' },
      );
      return vector.unpack(forward.carry, gradient);
    },

    remember({ s, y, rho }, step, change) {
      const [newS, newY] = [vector.pack(step), vector.pack(change)];
      const { epsilon } = FLOAT_LIMITS[newS.dtype as FloatDType];
      const curvature = dot(newS, newY);
      const usable = less(mul(epsilon, mul(norm(newS), norm(newY))), curvature);
      const shifted = (old: Tensor, next: Tensor) => {
        const row = reshape(next, [1, ...old.shape.slice(1)]);
        const kept =
          memory === 1
            ? row
            : concat([
                slice(
                  old,
                  old.shape.map((_, i) => (i === 0 ? 1 : 0)),
                  old.shape,
                ),
                row,
              ]);
        return select(usable, kept, old);
      };
      return { s: shifted(s, newS), y: shifted(y, newY), rho: shifted(rho, div(1, curvature)) };
    },
  };
}

/** gamma = s'y / y'y of the newest pair; 1 without pairs. */
function scaleOf(y: Tensor, rho: Tensor): Tensor {
  const [m, n] = y.shape as readonly [number, number];
  const newest = reshape(slice(y, [m - 1, 0], [m, n]), [n]);
  const newestRho = reshape(slice(rho, [m - 1], [m]), []);
  return select(equal(newestRho, 0), 1, div(1, mul(newestRho, dot(newest, newest))));
}

const dot = (a: Tensor, b: Tensor): Tensor => sum(mul(a, b));
const norm = (a: Tensor): Tensor => sqrt(dot(a, a));
