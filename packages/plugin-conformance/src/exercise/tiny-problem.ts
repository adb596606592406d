// Tiny problems with built-in data, on which the settings of plugins are tried.

import {
  add,
  type FloatDType,
  mul,
  reshape,
  type Shape,
  sizeOf,
  type Tensor,
  type TensorValue,
  tanh,
  toData,
} from '@gaussmark/autodiff';
import { convolve, type DatasetSpec, dense, type Model, type Split, type Task } from '@gaussmark/core';
import { signedUniforms, xoroshiro128plus } from '@gaussmark/random';

export interface TinyData {
  /** For notes: `vectors`, `images`. */
  readonly name: string;
  readonly spec: DatasetSpec;
  readonly train: Split;
}

/** Examples per problem: three mini-batches. */
export const EXAMPLES = 24;
export const BATCH = 8;

const CLASSES = 3;

/** Numbers in (-1, 1), equal on every machine. */
export const numbers = (count: number, seed: number) => signedUniforms(xoroshiro128plus(seed), count);

/** Targets are a smooth function of the inputs, so a model can learn them. */
function regression(name: string, input: readonly number[], target: readonly number[]): TinyData {
  const [inputs, width] = [numbers(EXAMPLES * sizeOf(input), 1), sizeOf(input)];
  const outputs = sizeOf(target);
  const targets = Float64Array.from({ length: EXAMPLES * outputs }, (_, i) => {
    const own = inputs.subarray(Math.floor(i / outputs) * width, (Math.floor(i / outputs) + 1) * width);
    return Math.sin(own.reduce((sum, x, j) => sum + x * Math.cos(j + (i % outputs)), 0.3));
  });
  const spec: DatasetSpec = { task: 'regression', input: { shape: input }, target: { shape: target } };
  return { name, spec, train: { size: EXAMPLES, inputs, targets } };
}

function classification(name: string, input: readonly number[]): TinyData {
  const inputs = numbers(EXAMPLES * sizeOf(input), 2);
  const targets = Int32Array.from({ length: EXAMPLES }, (_, i) => (i * i + i) % CLASSES);
  const spec: DatasetSpec = {
    task: 'classification',
    input: { shape: input },
    target: { shape: [] },
    classes: CLASSES,
  };
  return { name, spec, train: { size: EXAMPLES, inputs, targets } };
}

function tokens(length: number, vocabulary: number): TinyData {
  const inputs = Int32Array.from({ length: EXAMPLES * length }, (_, i) => (i * i + 3 * i) % vocabulary);
  const targets = Int32Array.from(inputs, (token) => (2 * token + 1) % vocabulary);
  const spec: DatasetSpec = {
    task: 'classification',
    input: { shape: [length], vocabulary },
    target: { shape: [length] },
    classes: vocabulary,
  };
  return { name: 'tokens', spec, train: { size: EXAMPLES, inputs, targets } };
}

/** One for every form of data, the cheapest first. */
export const TINY_DATA: readonly TinyData[] = [
  regression('vectors', [3], [2]),
  classification('classes', [3]),
  tokens(5, 7),
  classification('images', [2, 8, 8]),
  regression('images to numbers', [1, 8, 8], [1]),
  regression('vectors to themselves', [6], [6]),
  regression('images to themselves', [1, 4, 4], [1, 4, 4]),
];

/** The problem for optimizers. */
export const tinyDataFor = (task: Task): TinyData => TINY_DATA.find(({ spec }) => spec.task === task)!;

const HIDDEN = 4;

/** Parameters drawn by their position. */
const drawn = (seed: number, layers: Readonly<Record<string, Readonly<Record<string, Shape>>>>) => {
  let leaf = seed;
  const value = (shape: Shape): TensorValue => ({
    type: { dtype: 'float64', shape },
    data: numbers(sizeOf(shape), leaf++),
  });
  return Object.fromEntries(
    Object.entries(layers).map(([layer, shapes]) => [
      layer,
      Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, value(shape)])),
    ]),
  );
};

const sizesOf = ({ spec }: TinyData) => [sizeOf(spec.input.shape), spec.classes ?? sizeOf(spec.target.shape)];

interface Affine {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Two dense layers with tanh between them, for vectors. */
export function tinyModel(data: TinyData): Model {
  const [inputs, outputs] = sizesOf(data);
  const shapes = {
    hidden: { weight: [inputs!, HIDDEN], bias: [HIDDEN] },
    head: { weight: [HIDDEN, outputs!], bias: [outputs!] },
  };
  return {
    init: (seed) => drawn(seed, shapes),
    apply(params, x) {
      const { hidden, head } = params as unknown as Readonly<Record<keyof typeof shapes, Affine>>;
      return dense(tanh(dense(x, hidden)), head);
    },
  };
}

/** A network for vectors with parameters of every role but `other`. */
export function everyRole(data: TinyData): Model {
  const [inputs, outputs] = sizesOf(data);
  const shapes = {
    filters: { weight: [2, 1, 1, 2], bias: [2] },
    embedding: { positions: [1, 2 * (inputs! - 1)] },
    norm: { gain: [2 * (inputs! - 1)] },
    hidden: { weight: [2 * (inputs! - 1), HIDDEN], bias: [HIDDEN] },
    head: { weight: [HIDDEN, outputs!], bias: [outputs!] },
  };
  return {
    init: (seed) => drawn(seed, shapes),
    apply(params, x) {
      const { filters, hidden, head } = params as unknown as Readonly<Record<string, Affine>>;
      const { embedding, norm } = params as unknown as Readonly<
        Record<string, Readonly<Record<string, Tensor>>>
      >;
      const [examples] = x.shape as [number];
      const images = convolve(reshape(x, [examples, 1, 1, inputs!]), filters!);
      const h = add(reshape(images, [examples, 2 * (inputs! - 1)]), embedding!.positions!);
      return dense(tanh(dense(mul(norm!.gain!, h), hidden!)), head!);
    },
  };
}

/** A split's floats in a dtype; tokens and classes unchanged. */
export const dataOf = (values: Split['inputs'], dtype: FloatDType) =>
  values instanceof Int32Array ? values : toData(dtype, values);

/** The inputs and targets of each mini-batch. */
export function batchesOf({ spec, train }: TinyData, dtype: FloatDType, examples = BATCH): TensorValue[][] {
  const part = (values: Split['inputs'], shape: Shape, batch: number): TensorValue => {
    const width = examples * sizeOf(shape);
    const data = dataOf(values.subarray(batch * width, (batch + 1) * width), dtype);
    const type = {
      dtype: data instanceof Int32Array ? 'int32' : dtype,
      shape: [examples, ...shape],
    } as const;
    return { type, data };
  };
  return Array.from({ length: Math.floor(train.size / examples) }, (_, batch) => [
    part(train.inputs, spec.input.shape, batch),
    part(train.targets, spec.target.shape, batch),
  ]);
}
