// Shampoo: gradients preconditioned along every axis by an inverse root of the sum of their outer products.
// V. Gupta, T. Koren, Y. Singer, 2018, arXiv 1802.09568; the letters are the paper's. Grafting: N. Agarwal et al., arXiv 2002.11803.

import {
  add,
  cast,
  cond,
  div,
  equal,
  type FloatDType,
  finite,
  less,
  lessEqual,
  mul,
  neg,
  or,
  reshape,
  scalar,
  select,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tree,
  vector,
  zeros,
} from '@gaussmark/autodiff';
import { GaussmarkError, type Optimizer, type OptimizerPlugin, type Params } from '@gaussmark/core';
import { identity, inverseRoot } from '@gaussmark/linalg';
import {
  addDecayedWeights,
  correctBias,
  type LearningRateOptions,
  scheduledLearningRate,
  updateMoment,
} from '@gaussmark/optim';
import { alongAxis, gram, joinBlocks, normOf, splitBlocks, squeezedShape } from './factors.js';

const PLUGIN = "optimizer 'shampoo'";

/** Described in manifests/shampoo.json, with bounds and defaults. */
export interface ShampooHyperparameters extends LearningRateOptions {
  /** Of the mean of the gradients that is preconditioned. */
  readonly beta1: number;
  /** Of the factors; 1 sums them. */
  readonly beta2: number;
  /** Added to the diagonal of a factor, relative to its trace. */
  readonly epsilon: number;
  readonly root: 'original' | 'half';
  /** k */
  readonly refreshEvery: number;
  /** The first preconditioned step, from 1; `null` for `refreshEvery` with grafting, and 1 without. */
  readonly startStep: number | null;
  /** The longest side of a block. */
  readonly blockSize: number;
  readonly grafting: 'adam' | 'sgd' | 'none';
  readonly graftingBeta2: number;
  readonly graftingEpsilon: number;
  /** w */
  readonly weightDecay: number;
}

export type ShampooState = {
  /** L, R, ...: for every block of every parameter, one (n, n) for each axis. */
  readonly factors: readonly (readonly Tensor[])[];
  /** Their inverse roots as of the last refresh, the identity before. */
  readonly roots: readonly (readonly Tensor[])[];
  /** m, shaped like the parameters; only with beta1 > 0. */
  readonly firstMoment?: Params;
  /** v of Adam, shaped like the parameters; only with grafting=adam. */
  readonly secondMoment?: Params;
};

/**
 * One step on a mini-batch. For a parameter with k axes longer than 1 and gradient G, and for each axis i, with G_i unfolded along it:
 *
 * ```
 * L_i = L_i + G_i G_i'                               beta2 = 1; below, L_i = beta2 L_i + (1 - beta2) G_i G_i', bias-corrected
 * P_i = (L_i + epsilon tr(L_i) I)^(-1/2k)            every `refreshEvery` steps; root=half: -1/k
 * m = beta1 m + (1 - beta1) G                        bias-corrected
 * u = m times P_i along every axis i                 of a matrix, P_1 m P_2
 * u = u |a| / |u|                                    grafting: a is the step of Adam or SGD with the same m
 * theta = theta - lr (u + w theta)
 * ```
 *
 * A parameter with an axis longer than `blockSize` is cut into blocks, each with factors and a grafted length of its own. Before
 * `startStep`, a is taken instead of u.
 *
 * Metrics: `loss` (before the update), `learningRate`, `graftingRatio` (|a| / |u|, over all blocks; only with grafting).
 *
 * The README numbers the differences from facebookresearch/optimizers (f606606).
 *
 * @throws GaussmarkError on creation, for a `startStep` above 1 without grafting
 */
const shampoo: OptimizerPlugin<ShampooHyperparameters, ShampooState> = {
  create(options, run): Optimizer<ShampooState> {
    const { beta1, beta2, refreshEvery, blockSize, grafting, graftingBeta2 } = options;
    const startStep = options.startStep ?? (grafting === 'none' ? 1 : refreshEvery);
    demandGrafting(grafting, options.startStep);
    const rateAt = scheduledLearningRate(options, run);
    const decay = addDecayedWeights(options.weightDecay);
    const blocksOf = (params: Params) =>
      tree
        .leaves<Tensor>(params)
        .flatMap((leaf) => splitBlocks(reshape(leaf, squeezedShape(leaf.shape)), blockSize));

    return {
      init(params) {
        const blocks = blocksOf(params);
        return {
          factors: blocks.map(({ shape, dtype }) => shape.map((n) => zeros([n, n], dtype))),
          roots: blocks.map(({ shape, dtype }) => shape.map((n) => identity(n, dtype))),
          ...(beta1 > 0 ? { firstMoment: vector.zerosLike(params) } : {}),
          ...(grafting === 'adam' ? { secondMoment: vector.zerosLike(params) } : {}),
        };
      },

      step(problem, params, state, context) {
        const { loss, grad } = problem.valueAndGrad(params);
        const rate = rateAt(context);
        const t = add(cast(context.step, loss.dtype as FloatDType), 1);
        const factors = blocksOf(grad).map((G, b) =>
          G.shape.map((_, axis) => accumulated(state.factors[b]![axis]!, gram(G, axis), beta2)),
        );
        const refreshed = () =>
          factors.map((own, b) =>
            own.map((L, axis) => rootOf(L, own.length, state.roots[b]![axis]!, t, options)),
          );
        const roots =
          refreshEvery === 1 && startStep === 1
            ? refreshed()
            : cond(isDue(context.step, startStep, refreshEvery), refreshed, () => state.roots);

        const firstMoment = state.firstMoment && updateMoment(state.firstMoment, beta1, grad);
        const mean = firstMoment === undefined ? grad : correctBias(firstMoment, beta1, t);
        const secondMoment =
          state.secondMoment &&
          updateMoment(state.secondMoment, graftingBeta2, tree.map(square, grad) as Params);
        const grafted =
          secondMoment === undefined
            ? mean
            : tree.map(
                (m: Tensor, v: Tensor) => div(m, add(sqrt(v), options.graftingEpsilon)),
                mean,
                correctBias(secondMoment, graftingBeta2, t),
              );

        const lengths = blocksOf(grafted as Params);
        const preconditioned = blocksOf(mean).map((m, b) =>
          roots[b]!.reduce((u, P, axis) => alongAxis(P, u, axis), m),
        );
        const directions = preconditioned.map((u, b) => {
          const a = lengths[b]!;
          if (grafting === 'none') return u;
          const scaled = mul(ratioOf(normOf(a), normOf(u)), u);
          return startStep === 1 ? scaled : select(lessEqual(startStep, t), scaled, a);
        });
        const direction = joined(directions, params, blockSize);
        const { updates } = decay.update(direction, {}, params);
        return {
          params: vector.addScaled(params, neg(rate), updates),
          state: {
            factors,
            roots,
            ...(firstMoment && { firstMoment }),
            ...(secondMoment && { secondMoment }),
          },
          metrics: {
            loss,
            learningRate: rate,
            ...(grafting === 'none'
              ? {}
              : { graftingRatio: ratioOf(totalNorm(lengths), totalNorm(preconditioned)) }),
          },
        };
      },
    };
  },
};

export default shampoo;

function accumulated(L: Tensor, product: Tensor, beta2: number): Tensor {
  return beta2 === 1 ? add(L, product) : updateMoment(L, beta2, product);
}

/** (L + epsilon tr(L) I)^(-1/p), or the last root where that is not finite. */
function rootOf(
  L: Tensor,
  axes: number,
  last: Tensor,
  t: Tensor,
  { beta2, epsilon, root }: ShampooHyperparameters,
): Tensor {
  const I = identity(L.shape[0]!, L.dtype);
  const mean = beta2 === 1 ? L : correctBias(L, beta2, t);
  const trace = sum(mul(mean, I));
  const P = inverseRoot(add(mean, mul(mul(epsilon, trace), I)), root === 'original' ? 2 * axes : axes);
  return select(finite(sum(P)), P, last);
}

/** Whether this is step startStep, startStep + k, ...; steps count from 1. */
function isDue(taken: Tensor, startStep: number, k: number): Tensor {
  const since = sub(taken, startStep - 1);
  return k === 1
    ? lessEqual(0, since)
    : equal(select(less(since, 0), scalar(-1, 'int32'), sub(since, mul(div(since, k), k))), 0);
}

/** a / u, and 1 where u is 0. */
function ratioOf(a: Tensor, u: Tensor): Tensor {
  const none = or(equal(u, 0), equal(a, u));
  return select(none, 1, div(a, select(none, 1, u)));
}

const totalNorm = (blocks: readonly Tensor[]): Tensor => {
  const squares = blocks.map((x) => sum(square(x)));
  return sqrt(squares.reduce(add));
};

/** Blocks as a tree like the parameters. */
function joined(blocks: readonly Tensor[], params: Params, size: number): Params {
  let next = 0;
  return tree.map(({ shape }: Tensor) => {
    const squeezed = squeezedShape(shape);
    const count = squeezed.reduce((product, n) => product * Math.ceil(n / size), 1);
    next += count;
    return reshape(joinBlocks(blocks.slice(next - count, next), squeezed, size), shape);
  }, params) as Params;
}

function demandGrafting(grafting: string, startStep: number | null): void {
  if (grafting !== 'none' || startStep === null || startStep === 1) return;
  throw new GaussmarkError(`${PLUGIN}: without grafting there is no step to take before startStep`, {
    plugin: PLUGIN,
    pointer: '/startStep',
    expected: '1 or null with grafting=none',
    got: String(startStep),
    remedy: 'set startStep=1, or grafting=adam',
  });
}
