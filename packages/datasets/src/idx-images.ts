// The four files of MNIST and datasets in its format: 60000 + 10000 images of 28 x 28 bytes, with labels.

import type { FloatDType } from '@gaussmark/autodiff';
import type { DatasetContext, DatasetFile, Provenance } from '@gaussmark/core';
import type { FileSet } from './file-set.js';
import { provenanceOf, readVerified, sourceOf } from './files.js';
import { parseIdx } from './idx.js';
import { ChannelHistogram, type Floats, type ImageWriter } from './images.js';

export const IDX_SHAPE = { channels: 1, height: 28, width: 28 } as const;

const PLANE = IDX_SHAPE.height * IDX_SHAPE.width;
const BYTES = {
  'train-images-idx3-ubyte': 16 + 60000 * PLANE,
  'train-labels-idx1-ubyte': 8 + 60000,
  't10k-images-idx3-ubyte': 16 + 10000 * PLANE,
  't10k-labels-idx1-ubyte': 8 + 10000,
} as const;

type IdxFile = keyof typeof BYTES;

/** Declares the four files, given their checksums. */
export function idxFiles(checksums: Readonly<Record<IdxFile, string>>): readonly DatasetFile[] {
  return IDX_FILES.map((name) => ({ name, bytes: BYTES[name], sha256: checksums[name] }));
}

export const IDX_FILES = Object.keys(BYTES) as readonly IdxFile[];

export interface IdxSplit {
  /** (n, 28, 28) bytes. */
  readonly images: Uint8Array;
  readonly labels: Int32Array;
}

/** Reads and verifies the two splits. */
export async function readIdxSplits(
  set: FileSet,
  directory: string | null,
  context: DatasetContext,
): Promise<{
  readonly train: IdxSplit;
  readonly test: IdxSplit;
  readonly provenance: Provenance;
}> {
  const reads = await Promise.allSettled(
    IDX_FILES.map((name) => readVerified(set, name, directory, context)),
  );
  // Report the first damaged file, whichever was read first.
  const files = reads.map((read) => {
    if (read.status === 'rejected') throw read.reason;
    return read.value;
  });
  const [trainImages, trainLabels, testImages, testLabels] = files.map(({ bytes }) => parseIdx(bytes).data);
  return {
    train: { images: trainImages!, labels: Int32Array.from(trainLabels!) },
    test: { images: testImages!, labels: Int32Array.from(testLabels!) },
    provenance: provenanceOf(set, sourceOf(files)),
  };
}

/** The images of a split as (n, 1, 28, 28) floats. */
export function idxInputs({ images }: IdxSplit, write: ImageWriter, dtype: FloatDType): Floats {
  const inputs = dtype === 'float64' ? new Float64Array(images.length) : new Float32Array(images.length);
  for (let start = 0; start < images.length; start += PLANE) {
    write(images.subarray(start, start + PLANE), inputs, start);
  }
  return inputs;
}

/** Counts each byte value in a split. */
export function idxHistogram({ images }: IdxSplit): ChannelHistogram {
  const histogram = new ChannelHistogram(IDX_SHAPE);
  for (let start = 0; start < images.length; start += PLANE) {
    histogram.add(images.subarray(start, start + PLANE));
  }
  return histogram;
}
