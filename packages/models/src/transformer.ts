// Character-level transformer: a decoder that predicts the next token at every position of a window.

import {
  add,
  embedding,
  iota,
  layerNorm,
  lessEqual,
  matmul,
  mul,
  reshape,
  select,
  softmax,
  type Tensor,
  transpose,
} from '@gaussmark/autodiff';
import { type AffineParams, dense, GaussmarkError, type ModelPlugin, type ValuesOf } from '@gaussmark/core';
import { type Activation, activationOf } from './activations.js';
import { type AffineValues, affineValues, denseWeight } from './affine.js';
import { constant, start, type WeightSource, weightSource } from './initialization.js';

export interface TransformerHyperparameters {
  /** Size of a token's representation between blocks. */
  readonly width: number;
  readonly blocks: number;
  /** Attention heads, which split the width evenly. */
  readonly heads: number;
  /** Width of a block's hidden dense layer, as a multiple of `width`. */
  readonly expansion: number;
  readonly activation: Activation;
  /** Seed of the initial weights; `null` for the run's seed. */
  readonly initializationSeed: number | null;
}

/** Scale and shift after a normalization, (width). */
type NormParams = { readonly scale: Tensor; readonly shift: Tensor };

type BlockParams = {
  readonly attentionNorm: NormParams;
  readonly query: AffineParams;
  readonly key: AffineParams;
  readonly value: AffineParams;
  /** Maps the concatenated heads back to the width. */
  readonly merge: AffineParams;
  readonly denseNorm: NormParams;
  readonly expand: AffineParams;
  readonly contract: AffineParams;
};

export type TransformerParams = {
  /** (vocabulary, width) */
  readonly tokens: Tensor;
  /** (positions, width) */
  readonly positions: Tensor;
  readonly blocks: readonly BlockParams[];
  readonly outputNorm: NormParams;
  readonly output: AffineParams;
};

/** A stand-in for minus infinity in scores: exp maps it to 0 in both float types, and no difference of scores is NaN. */
const MASKED = -1e9;

/**
 * h = tokens[x] + positions, then blocks
 *
 *     h <- h + merge(attention(n(h))) ;  h <- h + contract(a(expand(n(h))))
 *
 * then logits = output(n(h)), (M, T, classes), where position t depends only on tokens 0 ... t. n is a layer normalization over the
 * width with its own scale and shift; a is the activation. attention = softmax(q k' / sqrt(d) + mask) v for each head of size
 * d = width / heads.
 *
 * Weights start as N(0, 1 / fanIn); those of `merge` and `contract`, which add to h, are divided by sqrt(2 blocks), so that h does not
 * grow with depth; tokens and positions start as N(0, 1/2), so that h has variance 1. Biases start at 0.
 *
 * A. Vaswani et al., *Attention Is All You Need*, arXiv 1706.03762; pre-normalization and scaled residuals: A. Radford et al.,
 * *Language Models are Unsupervised Multitask Learners*, 2019. No dropout: the loss is a function of the batch.
 *
 * @throws GaussmarkError if the width is not divisible by the number of heads.
 */
const transformer: ModelPlugin<TransformerHyperparameters, TransformerParams> = {
  create(hyperparameters, data) {
    const { width, blocks, heads, expansion, activation, initializationSeed } = hyperparameters;
    if (width % heads !== 0) {
      const issue = { pointer: '/heads', expected: `a divisor of the width, ${width}`, got: String(heads) };
      throw new GaussmarkError("model 'transformer': invalid hyperparameter", {
        plugin: "model 'transformer'",
        issues: [issue],
      });
    }
    const { vocabulary, shape } = data.input;
    const { classes } = data;
    const [length] = shape;
    if (vocabulary === undefined) return { incompatible: 'a transformer needs tokens, the data has numbers' };
    if (length === undefined || shape.length !== 1)
      return {
        incompatible: `a transformer needs windows [T] of tokens, the data has [${shape.join(', ')}]`,
      };
    if (classes === undefined || data.target.shape.length !== 1 || data.target.shape[0] !== length) {
      const incompatible = `a transformer predicts a class at each of the ${length} positions`;
      return { incompatible: `${incompatible}, the data has targets [${data.target.shape.join(', ')}]` };
    }

    return {
      ...start(
        (draw) => {
          const table = (rows: number) => draw({ shape: [rows, width], fanIn: 2, fanOut: width });
          return {
            tokens: table(vocabulary),
            positions: table(length),
            blocks: Array.from({ length: blocks }, () => blockValues(draw, width, expansion * width, blocks)),
            outputNorm: normValues(draw, width),
            output: affineValues(draw, denseWeight(width, classes), classes),
          };
        },
        (seed) => weightSource('lecun', seed, initializationSeed),
      ),

      apply(own, x) {
        const activate = activationOf(activation);
        let h = add(embedding(own.tokens, x), own.positions);
        for (const block of own.blocks) {
          h = add(h, dense(attention(normalize(h, block.attentionNorm), block, heads), block.merge));
          const inner = activate(dense(normalize(h, block.denseNorm), block.expand));
          h = add(h, dense(inner, block.contract));
        }
        return dense(normalize(h, own.outputNorm), own.output);
      },
    };
  },
};

export default transformer;

/** (M, T, width) -> (M, T, width): concatenated heads. */
function attention(h: Tensor, { query, key, value }: BlockParams, heads: number): Tensor {
  const [batch, length, width] = h.shape as [number, number, number];
  const share = width / heads;
  // (M, T, width) -> (M, heads, T, share)
  const split = (x: Tensor) => transpose(reshape(x, [batch, length, heads, share]), [0, 2, 1, 3]);
  const scores = matmul(split(dense(h, query)), split(dense(h, key)), { transposeB: true });
  const past = lessEqual(iota(length), reshape(iota(length), [length, 1]));
  const weights = softmax(select(past, mul(scores, 1 / Math.sqrt(share)), MASKED));
  const mixed = matmul(weights, split(dense(h, value)));
  return reshape(transpose(mixed, [0, 2, 1, 3]), [batch, length, width]);
}

function normalize(h: Tensor, { scale, shift }: NormParams): Tensor {
  return add(mul(layerNorm(h), scale), shift);
}

function normValues(draw: WeightSource, width: number): ValuesOf<NormParams> {
  return { scale: draw(constant([width], 1)), shift: draw(constant([width], 0)) };
}

function blockValues(draw: WeightSource, width: number, hidden: number, blocks: number) {
  const layer = (inputs: number, outputs: number): AffineValues =>
    affineValues(draw, denseWeight(inputs, outputs), outputs);
  const residual = (inputs: number): AffineValues => {
    const { weight, bias } = layer(inputs, width);
    const data = Float64Array.from(weight.data, (value) => value / Math.sqrt(2 * blocks));
    return { weight: { type: weight.type, data }, bias };
  };
  return {
    attentionNorm: normValues(draw, width),
    query: layer(width, width),
    key: layer(width, width),
    value: layer(width, width),
    merge: residual(width),
    denseNorm: normValues(draw, width),
    expand: layer(width, hidden),
    contract: residual(hidden),
  };
}
