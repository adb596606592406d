// Residual network for small images: stages of residual blocks of two 3x3 convolutions.

import {
  add,
  type Conv2dOptions,
  layerNorm,
  mean,
  mul,
  reshape,
  sizeOf,
  type Tensor,
} from '@gaussmark/autodiff';
import {
  type AffineParams,
  convolution,
  convolve,
  dense,
  type ModelPlugin,
  perChannel,
  type ValuesOf,
} from '@gaussmark/core';
import { type Activation, activationOf } from './activations.js';
import { affineValues, convWeight, denseWeight } from './affine.js';
import { imageShape, outputShape } from './data-shapes.js';
import {
  constant,
  type ScaledInitialization,
  start,
  type WeightSource,
  weightSource,
} from './initialization.js';

export interface ResnetHyperparameters {
  /** Channels of each stage; every stage after the first halves the image. */
  readonly widths: readonly number[];
  /** Blocks per stage. */
  readonly blocks: number;
  readonly normalization: 'layer' | 'none';
  readonly activation: Activation;
  readonly initialization: ScaledInitialization;
  /** Seed of the initial weights; `null` for the run's seed. */
  readonly initializationSeed: number | null;
}

/** A convolution with a bias, or normalized, with a scale and a shift per channel. */
type UnitParams = AffineParams | { readonly weight: Tensor; readonly scale: Tensor; readonly shift: Tensor };

type BlockParams = {
  readonly first: UnitParams;
  readonly second: UnitParams;
  /** A 1x1 convolution, if the block changes the shape of the image. */
  readonly shortcut?: AffineParams;
};

export type ResnetParams = {
  readonly stem: UnitParams;
  readonly stages: readonly (readonly BlockParams[])[];
  readonly output: AffineParams;
};

/**
 * h = a(n(conv3x3(x))), then blocks h <- a(shortcut(h) + n(conv3x3(a(n(conv3x3(h)))))), then the mean over the image's positions and
 * a dense layer; a is the activation, n the normalization. The first block of each stage after the first has stride 2. A shortcut is
 * the identity, or a 1x1 convolution if shapes differ. Biases and shifts start at zero, scales at one.
 *
 * K. He et al., *Deep Residual Learning for Image Recognition*, arXiv 1512.03385, section 4.2 (with batch normalization; with
 * [16, 32, 64] and n blocks, 6 n + 2 layers).
 *
 * **Why not batch normalization.** It makes the outputs for an example depend on the rest of its mini-batch. The loss is then not a
 * mean over independent examples, nor the Gauss-Newton matrix a sum (1/M) sum_i J_i' H_i J_i: gradient and curvature of a batch do
 * not estimate those of the data. Evaluation also needs running averages, which are neither parameters nor optimizer state. Layer
 * normalization (over all channels and positions of one example, arXiv 1607.06450) has none of these problems. With `none`, the
 * second convolution of each block starts at zero, so that the network starts as its shortcuts and does not explode with depth
 * (arXiv 1901.09321).
 */
const resnet: ModelPlugin<ResnetHyperparameters, ResnetParams> = {
  create(hyperparameters, data) {
    const { widths, blocks, normalization, activation, initialization, initializationSeed } = hyperparameters;
    const image = imageShape(data);
    if ('incompatible' in image) return image;
    const outputs = outputShape(data);
    if ('incompatible' in outputs) return outputs;
    const activate = activationOf(activation);
    const stem = widths[0]!;

    return {
      ...start(
        (draw) => {
          const normalized = normalization === 'layer';
          const stemValues = unitValues(draw, image.shape[0], stem, normalized);
          const stages = widths.map((width, stage) =>
            Array.from({ length: blocks }, (_, block) => {
              const channels = block > 0 ? width : (widths[stage - 1] ?? stem);
              return blockValues(draw, channels, width, normalized);
            }),
          );
          const last = widths.at(-1)!;
          const units = sizeOf(outputs.shape);
          return {
            stem: stemValues,
            stages,
            output: affineValues(draw, denseWeight(last, units), units),
          };
        },
        (seed) => weightSource(initialization, seed, initializationSeed),
      ),

      apply({ stem, stages, output }, x) {
        const batch = x.shape[0]!;
        let h = activate(unit(x, stem));
        for (const [stage, ownBlocks] of stages.entries()) {
          for (const [block, own] of ownBlocks.entries()) {
            const strides = stage > 0 && block === 0 ? 2 : 1;
            const branch = unit(activate(unit(h, own.first, { strides })), own.second);
            const shortcut = own.shortcut === undefined ? h : convolve(h, own.shortcut, { strides });
            h = activate(add(shortcut, branch));
          }
        }
        return reshape(dense(mean(h, { axes: [2, 3] }), output), [batch, ...outputs.shape]);
      },
    };
  },
};

export default resnet;

/** A 3x3 convolution that keeps the size of the image except for its stride, with a bias or a normalization. */
function unit(h: Tensor, params: UnitParams, { strides = 1 }: Conv2dOptions = {}): Tensor {
  const options = { strides, padding: 1 };
  if ('bias' in params) return convolve(h, params, options);
  const normalized = layerNorm(convolution(h, { weight: params.weight }, options), { axes: [1, 2, 3] });
  return add(mul(normalized, perChannel(params.scale)), perChannel(params.shift));
}

function unitValues(
  draw: WeightSource,
  channels: number,
  width: number,
  normalized: boolean,
): ValuesOf<UnitParams> {
  const { weight, bias } = affineValues(draw, convWeight(width, channels, [3, 3]), width);
  return normalized ? { weight, scale: draw(constant([width], 1)), shift: bias } : { weight, bias };
}

function blockValues(
  draw: WeightSource,
  channels: number,
  width: number,
  normalized: boolean,
): ValuesOf<BlockParams> {
  const first = unitValues(draw, channels, width, normalized);
  const second = unitValues(normalized ? draw : zeros(draw), width, width, normalized);
  if (channels === width) return { first, second };
  return { first, second, shortcut: affineValues(draw, convWeight(width, channels, [1, 1]), width) };
}

const zeros =
  (draw: WeightSource): WeightSource =>
  ({ shape }) =>
    draw(constant(shape, 0));
