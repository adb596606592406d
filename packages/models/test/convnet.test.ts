import { readFile } from 'node:fs/promises';
import { type TensorType, type TensorValue, type Tree, trace, tree } from '@gaussmark/autodiff';
import {
  completeHyperparameters,
  type DatasetSpec,
  GaussmarkError,
  type Manifest,
  type Model,
  parseManifest,
} from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import convnet, { type ConvnetHyperparameters } from '../src/convnet.js';
import { readLayers } from '../src/layer-notation.js';
import expected from './numpy-reference/networks.expected.json' with { type: 'json' };
import { demandModel, parameterCount, run, secondMoment, shapesOf, wave } from './wave-network.js';

const PLAIN: ConvnetHyperparameters = {
  layers: [],
  activation: 'relu',
  initialization: 'he',
  initializationSeed: null,
};

const classification = (shape: readonly number[], classes = 10): DatasetSpec => ({
  task: 'classification',
  input: { shape },
  target: { shape: [] },
  classes,
});

const create = (hyperparameters: Partial<ConvnetHyperparameters>, data: DatasetSpec) =>
  convnet.create({ ...PLAIN, ...hyperparameters }, data);

let manifest: Manifest;
beforeAll(async () => {
  const file = new URL('../manifests/convnet.json', import.meta.url);
  manifest = parseManifest(JSON.parse(await readFile(file, 'utf8')), 'manifests/convnet.json');
});

const preset = (name: string, data: DatasetSpec): Model =>
  demandModel(
    convnet.create(completeHyperparameters<ConvnetHyperparameters>(manifest, { preset: name }), data),
  );

describe.each([
  { name: 'lenet', image: [1, 28, 28], count: 44_426, batch: 2 },
  { name: 'vgg', image: [3, 32, 32], count: 122_570, batch: 1 },
] as const)('preset $name-sgn', ({ name, image, count, batch }) => {
  const build = () => preset(`${name}-sgn`, classification(image));

  it(`has the paper’s ${count} parameters`, () => {
    expect(parameterCount(build())).toBe(count);
  });

  it('starts with numpy’s weights, bit for bit, for every run’s seed; biases are 0', () => {
    for (const seed of [1, 7]) {
      const leaves = tree.leaves<TensorValue>(build().init(seed));
      const [weights, biases] = [0, 1].map((parity) => leaves.filter((_, i) => i % 2 === parity));
      for (const [i, { shape, first, last, norm }] of expected.starts[name].entries()) {
        const { type, data } = weights![i]!;
        expect(type).toEqual({ dtype: 'float64', shape });
        expect([...data.subarray(0, 3)]).toEqual(first);
        expect([...data.subarray(-2)]).toEqual(last);
        expect(Math.hypot(...data)).toBeCloseTo(norm, 10);
      }
      expect(biases!.every(({ data }) => data.every((value) => value === 0))).toBe(true);
    }
  });

  it('computes numpy’s logits', () => {
    const model = build();
    const logits = run(model.apply, model.init(1), wave([batch, ...image], 50));
    expect(logits.type.shape).toEqual([batch, 10]);
    for (const [i, value] of expected.startOutputs[name].entries()) {
      expect(logits.data[i]! / value).toBeCloseTo(1, 9);
    }
  });
});

describe('initialization', () => {
  const drawn = (hyperparameters: Partial<ConvnetHyperparameters>, seed = 3) =>
    tree.leaves<TensorValue>(
      demandModel(
        create(
          { layers: ['conv 40 5x5 groups 2', 'dense 50'], ...hyperparameters },
          classification([8, 9, 9]),
        ),
      ).init(seed),
    )[0]!;

  // 4000 draws of (40, 4, 5, 5): the standard error of a normal variance is 2.2 %. fanIn = 4 * 25, fanOut = 20 * 25.
  it.each([
    ['he', 2 / 100],
    ['lecun', 1 / 100],
    ['glorot', 2 / 600],
  ] as const)('%s has the variance %d of the convolution’s fans', (initialization, wanted) => {
    expect(secondMoment(drawn({ initialization })) / wanted).toBeGreaterThan(0.92);
    expect(secondMoment(drawn({ initialization })) / wanted).toBeLessThan(1.08);
  });

  it('uses the run’s seed, or its own', () => {
    expect(drawn({}, 3)).not.toEqual(drawn({}, 4));
    expect(drawn({ initializationSeed: 4 }, 3)).toEqual(drawn({}, 4));
    expect(drawn({ initialization: 'paper' }, 3)).toEqual(drawn({ initialization: 'paper' }, 4));
    expect(drawn({ initialization: 'paper', initializationSeed: 2 })).not.toEqual(
      drawn({ initialization: 'paper' }),
    );
  });
});

describe('shapes', () => {
  it('returns outputs in the shape of a regression’s target', () => {
    const data: DatasetSpec = { task: 'regression', input: { shape: [2, 4, 4] }, target: { shape: [3, 2] } };
    const model = demandModel(create({ layers: ['average-pool', 'dense 4'] }, data));
    expect(shapesOf(model.init(1))).toEqual([[2, 4], [4], [4, 6], [6]]);
    expect(run(model.apply, model.init(1), wave([5, 2, 4, 4], 1)).type.shape).toEqual([5, 3, 2]);
  });

  it('keeps the size with padding same, except for the stride', () => {
    const model = demandModel(
      create(
        { layers: ['conv 1 3 padding same stride 2', 'max-pool 2 padding same'] },
        classification([1, 7, 9]),
      ),
    );
    // 7 x 9 -> 4 x 5 -> 2 x 3
    expect(shapesOf(model.init(1)).at(-2)).toEqual([6, 10]);
    expect(run(model.apply, model.init(1), wave([1, 1, 7, 9], 1)).type.shape).toEqual([1, 10]);
  });
});

describe('a convolution before max pooling', () => {
  const data = classification([1, 8, 8]);
  /** The primitives of the network on two images, in order. */
  const primitives = (layers: readonly string[], activation: 'relu' | 'gelu') => {
    const model = demandModel(create({ layers, activation }, data));
    const types = tree.map((value: TensorValue) => value.type, model.init(1)) as Tree<TensorType>;
    const images: TensorType = { dtype: 'float64', shape: [2, 1, 8, 8] };
    const { program } = trace(model.apply, types, images);
    return program.equations.map(({ primitive }) => primitive);
  };

  it('is pooled before bias and a monotone activation', () => {
    const names = primitives(['conv 3 3', 'max-pool 2'], 'relu');
    expect(names.indexOf('maxPool2d')).toBe(names.indexOf('conv2d') + 1);
    expect(names.indexOf('relu')).toBeGreaterThan(names.indexOf('maxPool2d'));
  });

  it('is pooled after an activation that is not monotone', () => {
    const names = primitives(['conv 3 3', 'max-pool 2'], 'gelu');
    expect(names.indexOf('maxPool2d')).toBeGreaterThan(names.indexOf('tanh'));
  });
});

describe('incompatible data', () => {
  it.each([
    [
      ['conv 6 5x5', 'max-pool 2', 'conv 16 5x5'],
      [1, 10, 10],
      /layer 3 .*'conv 16 5x5', is larger .*\[6, 3, 3\]/,
    ],
    [['conv 4 3 dilation 4'], [1, 8, 20], /layer 1 .*'conv 4 3 dilation 4', is larger .*\[1, 8, 20\]/],
    [
      ['conv 4 1 groups 2'],
      [3, 8, 8],
      /layer 1 .*'conv 4 1 groups 2', splits 3 channels into 2 groups.*\[3, 8, 8\]/,
    ],
    [[], [13], /expected images .*\[13\].*'mlp'/],
  ])('%j on %j is skipped with a reason', (layers, image, incompatible) => {
    expect(create({ layers }, classification(image))).toEqual({
      incompatible: expect.stringMatching(incompatible),
    });
  });

  it('includes tokens', () => {
    const data: DatasetSpec = { ...classification([4, 4, 4]), input: { shape: [4, 4, 4], vocabulary: 60 } };
    expect(create({}, data)).toEqual({
      incompatible: expect.stringMatching(/tokens .* 60.*'transformer'/),
    });
  });
});

describe('the notation', () => {
  it('has a full form', () => {
    expect(
      readLayers(
        [
          'conv 8 3x5 tanh groups 2 padding 1x0 stride 2 dilation 1x2',
          'max-pool 3 stride 2 padding 1',
          'dense 7 linear',
        ],
        '',
      ),
    ).toEqual({
      layers: [
        {
          kind: 'conv',
          filters: 8,
          size: [3, 5],
          strides: [2, 2],
          padding: [1, 0],
          dilations: [1, 2],
          groups: 2,
          activation: 'tanh',
        },
        { kind: 'max-pool', size: [3, 3], strides: [2, 2], padding: [1, 1] },
        { kind: 'dense', width: 7, activation: 'linear' },
      ],
    });
  });

  it.each([
    ['cnov 6 5x5', "unknown layer 'cnov'; did you mean 'conv'?"],
    ['', "unknown layer ''"],
    ['conv', 'FILTERS is missing'],
    ['conv 6', 'SIZE is missing'],
    ['conv 0 3', "FILTERS must be a positive integer, got '0'"],
    ['conv 6 5x', "SIZE must be like 5 or 5x3, each at least 1, got '5x'"],
    ['conv 6 0x5', "SIZE must be like 5 or 5x3, each at least 1, got '0x5'"],
    ['conv 6 5 strides 2', "unknown word 'strides'; did you mean 'stride'?"],
    ['conv 6 5 stride', 'stride is missing'],
    ['conv 6 5 stride 1 stride 2', 'stride is repeated'],
    ['conv 6 5 relu tanh', 'activation is repeated'],
    ['conv 6 5 groups 4', '6 filters cannot be split into 4 groups'],
    ['max-pool', 'SIZE is missing'],
    ['max-pool 2 relu', 'an activation after max-pool'],
    ['max-pool 2 padding 2', 'the padding must be narrower than the window'],
    ['dense 5 padding 1', "unknown word 'padding'"],
    ['dense 1.5', "WIDTH must be a positive integer, got '1.5'"],
  ])('rejects %j', (text, problem) => {
    const read = readLayers([text], '/layers');
    expect(read).toMatchObject({ issues: [{ pointer: '/layers/0', problem, got: `'${text}'` }] });
  });

  it('reports every mistake with its pointer, and pooling after a dense layer', () => {
    const bad = () => create({ layers: ['conv', 'dense 5', 'max-pool 2'] }, classification([1, 8, 8]));
    expect(bad).toThrow(GaussmarkError);
    expect(bad).toThrow(
      expect.objectContaining({
        plugin: "model 'convnet'",
        issues: [
          expect.objectContaining({
            pointer: '/layers/0',
            problem: 'FILTERS is missing',
            expected: expect.stringContaining('conv FILTERS SIZE'),
          }),
          expect.objectContaining({ pointer: '/layers/2', expected: 'dense layers at the end' }),
        ],
      }),
    );
  });
});
