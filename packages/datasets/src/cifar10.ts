// CIFAR-10: 60000 colour photographs in ten classes, 32 x 32.

import type { Dataset, DatasetContext, DatasetPlugin, DatasetSpec, Split } from '@gaussmark/core';
import { CIFAR10, IMAGE, PLANE, RECORD, TEST_FILE, TRAIN_FILES } from './cifar10-files.js';
import { datasetFiles } from './fetch.js';
import { demandFiles, provenanceOf, readVerified, sourceOf, type VerifiedFile } from './files.js';
import { ChannelHistogram, type ImageWriter, imageWriter, type Preprocessing } from './images.js';

const SPEC: DatasetSpec = {
  task: 'classification',
  input: { shape: [IMAGE.channels, IMAGE.height, IMAGE.width] },
  target: { shape: [] },
  classes: 10,
  classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
};

export interface Cifar10Hyperparameters {
  /** The only directory searched for the six files; `null` for the usual places. */
  readonly directory: string | null;
  readonly preprocessing: Preprocessing;
}

/**
 * CIFAR-10 (Krizhevsky 2009): 50000 training and 10000 test images.
 *
 * Inputs are (n, 3, 32, 32) float32, channels first, red, green, blue: 614 MB and 123 MB. Targets are (n) int32 classes. By
 * default each channel of each image is standardized by its own mean and population standard deviation, as in the SGN paper
 * (arXiv 2006.02409): `standardize-image-channel` ({@link imageWriter}).
 *
 * The files are those of the binary version: `data_batch_1.bin` to `data_batch_5.bin` and `test_batch.bin`. They are read one
 * at a time into the final array, to save memory.
 *
 * @throws GaussmarkError if a file is missing or its checksum is wrong.
 */
const cifar10: DatasetPlugin<Cifar10Hyperparameters> = {
  files: datasetFiles(CIFAR10),

  async describe({ directory }, context) {
    await demandFiles(CIFAR10, directory, context);
    return SPEC;
  },

  async load({ directory, preprocessing }, context): Promise<Dataset> {
    const reader = new RecordReader(directory, context);
    const histogram =
      preprocessing === 'standardize-channel' ? await histogramOf(TRAIN_FILES, reader) : undefined;
    const write = imageWriter(preprocessing, IMAGE, histogram);
    const train = await splitOf(TRAIN_FILES, reader, write);
    const test = await splitOf([TEST_FILE], reader, write);
    return {
      spec: SPEC,
      train,
      test,
      provenance: provenanceOf(CIFAR10, reader.source),
    };
  },
};

export default cifar10;

class RecordReader {
  readonly #sources: Pick<VerifiedFile, 'source'>[] = [];

  constructor(
    private readonly directory: string | null,
    private readonly context: DatasetContext,
  ) {}

  async read(name: string): Promise<Uint8Array> {
    const { bytes, source } = await readVerified(CIFAR10, name, this.directory, this.context);
    this.#sources.push({ source });
    return bytes;
  }

  get source(): string {
    return sourceOf(this.#sources);
  }
}

/** Images and labels of the files, read one at a time. */
async function splitOf(files: readonly string[], reader: RecordReader, write: ImageWriter): Promise<Split> {
  const sizeOfFile = CIFAR10.files[0]!.bytes / RECORD;
  const size = files.length * sizeOfFile;
  const inputs = new Float32Array(size * IMAGE.channels * PLANE);
  const targets = new Int32Array(size);
  for (const [file, name] of files.entries()) {
    const records = await reader.read(name);
    for (let record = 0; record < sizeOfFile; record++) {
      const start = record * RECORD;
      const example = file * sizeOfFile + record;
      targets[example] = records[start]!;
      write(records.subarray(start + 1, start + RECORD), inputs, example * IMAGE.channels * PLANE);
    }
  }
  return { size, inputs, targets };
}

async function histogramOf(files: readonly string[], reader: RecordReader): Promise<ChannelHistogram> {
  const histogram = new ChannelHistogram(IMAGE);
  for (const name of files) {
    const records = await reader.read(name);
    for (let start = 0; start < records.length; start += RECORD) {
      histogram.add(records.subarray(start + 1, start + RECORD));
    }
  }
  return histogram;
}
