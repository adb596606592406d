// Convolutional network: convolutions, pooling and dense layers, listed one by one.

import {
  averagePool2d,
  maxPool2d,
  type Padding,
  reshape,
  type Shape,
  sizeOf,
  type Tensor,
  type WindowOptions,
  windowCounts,
} from '@gaussmark/autodiff';
import {
  type AffineParams,
  addPerChannel,
  convolution,
  dense,
  GaussmarkError,
  type Incompatible,
  type ModelPlugin,
} from '@gaussmark/core';
import { type Activation, activationOf, isMonotone } from './activations.js';
import { type AffineValues, affineValues, convWeight, denseWeight } from './affine.js';
import { imageShape, outputShape } from './data-shapes.js';
import {
  type ScaledInitialization,
  start,
  uniformSource,
  type WeightShape,
  type WeightSource,
  weightSource,
} from './initialization.js';
import { type Layer, readLayers } from './layer-notation.js';

export interface ConvnetHyperparameters {
  /** The hidden layers in the notation of `layer-notation.ts`; the output layer is added. */
  readonly layers: readonly string[];
  /** The default activation after convolutions and hidden dense layers. */
  readonly activation: Activation;
  readonly initialization: 'paper' | ScaledInitialization;
  /** Seed of the initial weights; `null` for the initialization's own choice (1 for `paper`, else the run's seed). */
  readonly initializationSeed: number | null;
}

/** Parameters of the layers that have any: convolutions, dense layers and the output, in order. */
export type ConvnetParams = { readonly layers: readonly AffineParams[] };

/** The seed of all archived runs of the paper. */
const PAPER_SEED = 1;

/**
 * The layers in order, then a dense layer to the outputs (logits, or the target of a regression). Before a dense layer, images are
 * flattened channel by channel, row by row. Biases start at zero.
 *
 * With `initialization: 'paper'`, weights come from one stream of numpy's generator with seed 1, layer by layer: those of a
 * convolution (filters, channels, height, width) from U(-s, s), s = sqrt(6 / (filters channels height width)), dense ones
 * (in, out) with s = sqrt(6 / (in + classes)). This, with the presets `lenet-sgn` and `vgg-sgn`, is the setup of the convolutional
 * experiments of arXiv 2006.02409, in which all seeds start at the same weights.
 *
 * @throws GaussmarkError listing every invalid layer.
 */
const convnet: ModelPlugin<ConvnetHyperparameters, ConvnetParams> = {
  create({ layers, activation, initialization, initializationSeed }, data) {
    const read = readLayers(layers, '/layers');
    if ('issues' in read) {
      const { issues } = read;
      const which = issues.length === 1 ? 'invalid layer' : `${issues.length} invalid layers`;
      throw new GaussmarkError(`model 'convnet': ${which}`, { plugin: "model 'convnet'", issues });
    }
    const image = imageShape(data);
    if ('incompatible' in image) return image;
    const outputs = outputShape(data);
    if ('incompatible' in outputs) return outputs;
    const built = buildStages(read.layers, layers, image.shape, activation);
    if ('incompatible' in built) return built;
    const output = denseStage(built.shape, sizeOf(outputs.shape), 'linear');
    const stages = [...built.stages, output];

    return {
      ...start(
        (draw) => ({ layers: stages.flatMap(({ init }) => (init === undefined ? [] : [init(draw)])) }),
        (seed) =>
          initialization === 'paper'
            ? paperSource(initializationSeed ?? PAPER_SEED, sizeOf(outputs.shape))
            : weightSource(initialization, seed, initializationSeed),
      ),

      roles: () => ({
        [`layers.${stages.filter(({ init }) => init !== undefined).length - 1}.weight`]: 'head',
      }),

      apply(params, x) {
        const batch = x.shape[0]!;
        let h = x;
        let next = 0;
        for (const stage of stages) {
          h = stage.init === undefined ? stage.apply(h) : stage.apply(h, params.layers[next++]!);
        }
        return reshape(h, [batch, ...outputs.shape]);
      },
    };
  },
};

export default convnet;

/** A layer in place, with a known input shape. */
type Stage = AffineStage | PoolStage;

interface AffineStage {
  readonly init: (draw: WeightSource) => AffineValues;
  readonly apply: (h: Tensor, params: AffineParams) => Tensor;
  /** For a convolution: the convolution itself, and what follows it. */
  readonly convolution?: Convolution;
}

interface Convolution {
  readonly convolve: (h: Tensor, params: AffineParams) => Tensor;
  readonly activation: Activation | 'linear';
}

interface PoolStage {
  readonly init?: undefined;
  readonly apply: (h: Tensor) => Tensor;
  readonly takesMaximum: boolean;
}

/**
 * Merges a convolution and the max pooling after it into a stage that pools before adding the bias and activating. For a monotone
 * activation, max(f(x + b)) = f(max(x) + b), so the network and its derivatives stay the same, while all elementwise work, forward
 * and in every derivative, shrinks by the area of the window.
 */
function pooledFirst(before: Stage, pool: Stage): Stage | undefined {
  if (pool.init !== undefined || !pool.takesMaximum) return undefined;
  if (before.init === undefined || before.convolution === undefined) return undefined;
  const { activation, convolve } = before.convolution;
  if (!isMonotone(activation)) return undefined;
  return convolutionStage(before.init, activation, (h, params) => pool.apply(convolve(h, params)));
}

/** The layers for images of a given shape, or which layer does not fit. */
function buildStages(
  layers: readonly Layer[],
  texts: readonly string[],
  image: Shape,
  activation: Activation,
): { readonly stages: readonly Stage[]; readonly shape: Shape } | Incompatible {
  const stages: Stage[] = [];
  let shape = image;
  const place = (stage: Stage) => {
    const before = stages.at(-1);
    const merged = before === undefined ? undefined : pooledFirst(before, stage);
    if (merged === undefined) stages.push(stage);
    else stages.splice(-1, 1, merged);
  };
  for (const [i, layer] of layers.entries()) {
    if (layer.kind === 'dense') {
      place(denseStage(shape, layer.width, layer.activation ?? activation));
      shape = [layer.width];
      continue;
    }
    const [channels, ...extent] = shape as readonly [number, number, number];
    const incompatible = (reason: string): Incompatible => ({
      incompatible: `layer ${i + 1} of the convnet, '${texts[i]}', ${reason}; its input is [${shape.join(', ')}]`,
    });
    if (layer.kind === 'conv' && channels % layer.groups !== 0) {
      return incompatible(`splits ${channels} channels into ${layer.groups} groups`);
    }
    const { size, strides, padding } = layer;
    const windows = { window: size === 'image' ? extent : size, strides, padding };
    const places = windowCounts(
      extent,
      layer.kind === 'conv' ? { ...windows, dilations: layer.dilations } : windows,
    );
    if (Math.min(...places) < 1) return incompatible('is larger than its image');
    place(layer.kind === 'conv' ? convStage(layer, channels, activation) : poolStage(layer, windows));
    shape = [layer.kind === 'conv' ? layer.filters : channels, ...places];
  }
  return { stages, shape };
}

function convStage(
  { filters, size, strides, padding, dilations, groups, ...layer }: Extract<Layer, { kind: 'conv' }>,
  channels: number,
  activation: Activation,
): Stage {
  const options = { strides, padding: padding satisfies Padding, dilations, groups };
  return convolutionStage(
    (draw) => affineValues(draw, convWeight(filters, channels, size, groups), filters),
    layer.activation ?? activation,
    (h, params) => convolution(h, params, options),
  );
}

function convolutionStage(
  init: AffineStage['init'],
  activation: Activation | 'linear',
  convolve: Convolution['convolve'],
): Stage {
  const activate = activationOf(activation);
  return {
    init,
    apply: (h, params) => activate(addPerChannel(convolve(h, params), params.bias)),
    convolution: { convolve, activation },
  };
}

function poolStage(
  { kind }: Extract<Layer, { kind: 'max-pool' | 'average-pool' }>,
  { window, strides, padding = 0 }: WindowOptions,
): Stage {
  const pool = kind === 'max-pool' ? maxPool2d : averagePool2d;
  return { apply: (h) => pool(h, { window, strides, padding }), takesMaximum: kind === 'max-pool' };
}

function denseStage(input: Shape, width: number, activation: Activation | 'linear'): Stage {
  const size = sizeOf(input);
  const activate = activationOf(activation);
  return {
    init: (draw) => affineValues(draw, denseWeight(size, width), width),
    apply: (h, params) => activate(dense(reshape(h, [h.shape[0]!, size]), params)),
  };
}

/** U(-s, s) with s^2 = 6 / size for a convolution's weight, and 6 / (fanIn + classes) for a dense one. */
function paperSource(seed: number, classes: number): WeightSource {
  return uniformSource(seed, ({ shape, fanIn }: WeightShape) =>
    Math.sqrt(6 / (shape.length === 4 ? sizeOf(shape) : fanIn + classes)),
  );
}
