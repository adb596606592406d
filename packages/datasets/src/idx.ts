// IDX, the format of the MNIST family: a big-endian header, then the bytes of an array.

/** An unsigned byte array of any rank. */
export interface IdxArray {
  readonly shape: readonly number[];
  /** Row-major; a view into the file's bytes. */
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Parses an IDX file of unsigned bytes: two zero bytes, the element type, the rank, the sizes as 32-bit integers, the data.
 *
 * @throws RangeError for another format or type, or if the length does not match the header.
 */
export function parseIdx(bytes: Uint8Array): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0 || view.getUint8(2) !== UNSIGNED_BYTE) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    throw new RangeError(`an IDX file of bytes starts with 00 00 08, got ${start}`);
  }
  const rank = view.getUint8(3);
  const header = 4 + 4 * rank;
  if (bytes.length < header) {
    throw new RangeError(`an IDX header of rank ${rank} has ${header} bytes, got ${bytes.length}`);
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, axis) => product * axis, 1);
  if (bytes.length !== header + size) {
    throw new RangeError(
      `an IDX file of shape [${shape.join(',')}] has ${header + size} bytes, got ${bytes.length}`,
    );
  }
  return { shape, data: bytes.subarray(header) };
}
