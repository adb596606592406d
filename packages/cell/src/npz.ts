// Writes tensors as .npz, numpy's archive: a zip file with one .npy array per name.

import type { DType, TensorValue } from '@gaussmark/autodiff';
import { GaussmarkError } from '@gaussmark/core';
import { zipSync } from 'fflate';

/** numpy's names of our dtypes. All machines that we run on are little-endian. */
const DESCRIPTION: Readonly<Record<DType, string>> = {
  float32: '<f4',
  float64: '<f8',
  int32: '<i4',
  bool: '|b1',
};

/** The largest file of the zip format without its extension for 64 bits. */
const MOST_BYTES = 2 ** 32 - 1;
/** The earliest date of a zip file: equal arrays give equal files. */
const DATE = new Date(1980, 0, 1);

/**
 * The bytes of a file that `numpy.load` reads. Arrays are stored uncompressed, since weights hardly compress.
 *
 * @throws GaussmarkError if it would exceed 4 GiB
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function npz(arrays: Readonly<Record<string, TensorValue>>): Uint8Array {
  const files = Object.entries(arrays).map(([name, value]) => [`${name}.npy`, npy(value)] as const);
  const bytes = files.reduce((sum, [name, file]) => sum + file.length + 2 * name.length + 100, 22);
  if (bytes > MOST_BYTES) {
    throw new GaussmarkError('the parameters are too large for an .npz file', {
      expected: 'at most 4 GiB',
      got: `${(bytes / 2 ** 30).toFixed(1)} GiB`,
    });
  }
  return zipSync(Object.fromEntries(files), { level: 0, mtime: DATE });
}

const MAGIC = [0x93, ...Buffer.from('NUMPY'), 1, 0];
/** Data begin at a multiple of it. */
const ALIGNMENT = 64;

/** An array in format 1.0: a header in Python's syntax, then the values in row-major order. */
export function npy({ type: { dtype, shape }, data }: TensorValue): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const header = `{'descr': '${DESCRIPTION[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = MAGIC.length + 2;
  const length = Math.ceil((start + header.length + 1) / ALIGNMENT) * ALIGNMENT - start;
  const text = Buffer.from(`${header.padEnd(length - 1)}\n`, 'latin1');
  return Buffer.concat([
    Uint8Array.from(MAGIC),
    Uint8Array.of(length & 0xff, length >> 8),
    text,
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  ]);
}
