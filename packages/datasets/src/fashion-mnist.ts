// Fashion-MNIST: 70000 photographs of clothing, 28 x 28 gray levels.

import type { FloatDType } from '@gaussmark/autodiff';
import type { Dataset, DatasetPlugin, DatasetSpec } from '@gaussmark/core';
import { datasetFiles } from './fetch.js';
import type { FileSet } from './file-set.js';
import { demandFiles } from './files.js';
import {
  IDX_FILES,
  IDX_SHAPE,
  type IdxSplit,
  idxFiles,
  idxHistogram,
  idxInputs,
  readIdxSplits,
} from './idx-images.js';
import { imageWriter, type Preprocessing } from './images.js';

const GZIPPED = Object.fromEntries(IDX_FILES.map((name) => [name, `${name}.gz`]));

const FASHION_MNIST: FileSet = {
  dataset: 'fashion-mnist',
  license: 'MIT',
  files: idxFiles({
    'train-images-idx3-ubyte': 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    'train-labels-idx1-ubyte': 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    't10k-images-idx3-ubyte': '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    't10k-labels-idx1-ubyte': '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
  }),
  origins: [
    {
      kind: 'debian',
      package: 'dataset-fashion-mnist',
      downloadBytes: 30_900_652,
      paths: Object.fromEntries(
        IDX_FILES.map((name) => [name, `/usr/share/datasets/fashion-mnist/${name}.gz`]),
      ),
    },
    {
      kind: 'web',
      base: 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
      downloadBytes: 30_878_645,
      paths: GZIPPED,
    },
    {
      kind: 'web',
      base: 'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
      downloadBytes: 30_878_645,
      paths: GZIPPED,
    },
  ],
};

const SPEC: DatasetSpec = {
  task: 'classification',
  input: { shape: [IDX_SHAPE.channels, IDX_SHAPE.height, IDX_SHAPE.width] },
  target: { shape: [] },
  classes: 10,
  classNames: [
    'T-shirt/top',
    'trouser',
    'pullover',
    'dress',
    'coat',
    'sandal',
    'shirt',
    'sneaker',
    'bag',
    'ankle boot',
  ],
};

export interface FashionMnistHyperparameters {
  /** The only directory searched for the four files; `null` for the usual places. */
  readonly directory: string | null;
  /** How bytes become floats. With a single channel, per image and per channel are the same. */
  readonly preprocessing: Exclude<Preprocessing, 'standardize-image-channel'>;
  /** How pixels are stored: `float32` takes 220 MB, `float64` twice that. */
  readonly dtype: FloatDType;
}

/**
 * Fashion-MNIST (Xiao, Rasul and Vollgraf, arXiv 1708.07747): 60000 training and 10000 test images.
 *
 * Inputs are (n, 1, 28, 28), channels first; targets are (n) int32 classes. By default each image is standardized by its own
 * mean and population standard deviation, as in the SGN paper (arXiv 2006.02409): `standardize-image` ({@link imageWriter}).
 *
 * @throws GaussmarkError if a file is missing or its checksum is wrong.
 */
const fashionMnist: DatasetPlugin<FashionMnistHyperparameters> = {
  files: datasetFiles(FASHION_MNIST),

  async describe({ directory }, context) {
    await demandFiles(FASHION_MNIST, directory, context);
    return SPEC;
  },

  async load({ directory, preprocessing, dtype }, context): Promise<Dataset> {
    const { train, test, provenance } = await readIdxSplits(FASHION_MNIST, directory, context);
    const write = imageWriter(
      preprocessing,
      IDX_SHAPE,
      preprocessing === 'standardize-channel' ? idxHistogram(train) : undefined,
    );
    const split = (part: IdxSplit) => ({
      size: part.labels.length,
      inputs: idxInputs(part, write, dtype),
      targets: part.labels,
    });
    return { spec: SPEC, train: split(train), test: split(test), provenance };
  },
};

export default fashionMnist;
