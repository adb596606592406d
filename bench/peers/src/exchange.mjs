// A problem as files that every peer reads: manifest.json, and raw little-endian arrays in row-major order.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * @typedef {object} ExchangeManifest
 * @property {string} name
 * @property {'float32' | 'float64'} dtype of params.bin, inputs.bin and the targets of a regression
 * @property {'softmaxCrossEntropy' | 'squaredError'} loss
 * @property {number} batchSize
 * @property {number} batches
 * @property {boolean} [generated] whether the data are random, in place of the dataset's
 * @property {readonly number[]} inputShape of one example
 * @property {readonly number[]} targetShape of one example; `[]` for a class index
 * @property {number} [classes]
 * @property {number} learningRate
 * @property {object} sgn options of the SGN step
 * @property {readonly object[]} layers
 * @property {readonly { shape: readonly number[] }[]} params leaves of the parameters, in their order in params.bin
 */

const FLOATS = { float32: Float32Array, float64: Float64Array };

export const sizeOf = (shape) => shape.reduce((size, axis) => size * axis, 1);

/** Writes a problem: parameters by leaf, and the batches one after the other. */
export async function writeExchange(directory, manifest, { params, inputs, targets }) {
  await mkdir(directory, { recursive: true });
  const bytes = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const Float = FLOATS[manifest.dtype];
  await writeFile(
    path.join(directory, 'params.bin'),
    Buffer.concat(params.map((leaf) => bytes(Float.from(leaf)))),
  );
  await writeFile(path.join(directory, 'inputs.bin'), bytes(Float.from(inputs)));
  const Targets = manifest.classes === undefined ? Float : Int32Array;
  await writeFile(path.join(directory, 'targets.bin'), bytes(Targets.from(targets)));
  await writeFile(path.join(directory, 'manifest.json'), JSON.stringify(manifest, null, 2));
}

/**
 * Reads a problem.
 *
 * @returns the manifest, the parameters by leaf, and `{ inputs, targets }` of every batch
 * @throws Error if a file does not have the size that the manifest says
 */
export async function readExchange(directory) {
  /** @type {ExchangeManifest} */
  const manifest = JSON.parse(await readFile(path.join(directory, 'manifest.json'), 'utf8'));
  const Float = FLOATS[manifest.dtype];
  const read = async (file, Type, size) => {
    const buffer = await readFile(path.join(directory, file));
    if (buffer.byteLength !== size * Type.BYTES_PER_ELEMENT) {
      throw new Error(`${file} of ${manifest.name}: expected ${size} values, got ${buffer.byteLength} bytes`);
    }
    return new Type(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength));
  };
  const { batches, batchSize, inputShape, targetShape } = manifest;
  const sizes = manifest.params.map(({ shape }) => sizeOf(shape));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const flat = await read('params.bin', Float, total);
  const ends = sizes.map((_, i) => sizes.slice(0, i + 1).reduce((sum, size) => sum + size, 0));
  const params = sizes.map((size, i) => flat.subarray(ends[i] - size, ends[i]));

  const Targets = manifest.classes === undefined ? Float : Int32Array;
  const inputSize = batchSize * sizeOf(inputShape);
  const targetSize = batchSize * sizeOf(targetShape);
  const inputs = await read('inputs.bin', Float, batches * inputSize);
  const targets = await read('targets.bin', Targets, batches * targetSize);
  return {
    manifest,
    params,
    batches: Array.from({ length: batches }, (_, i) => ({
      inputs: inputs.subarray(i * inputSize, (i + 1) * inputSize),
      targets: targets.subarray(i * targetSize, (i + 1) * targetSize),
    })),
  };
}
