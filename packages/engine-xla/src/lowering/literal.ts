// Literals of StableHLO: types and constants as text.

import { type DType, type Shape, sizeOf, type TensorData, type TensorType } from '@gaussmark/autodiff';

const ELEMENT: Readonly<Record<DType, string>> = { float32: 'f32', float64: 'f64', int32: 'i32', bool: 'i1' };

/** `tensor<2x3xf32>`; a scalar is `tensor<f32>`. */
export function typeText({ dtype, shape }: TensorType): string {
  return `tensor<${[...shape, ELEMENT[dtype]].join('x')}>`;
}

/** `[1, 2]` */
export function listText(values: readonly (number | boolean)[]): string {
  return `[${values.join(', ')}]`;
}

/** Lists up to this size are printed element by element, longer ones as bytes. */
const MAX_LISTED = 16;

/**
 * The attribute of a constant: `dense<2.5e+0> : tensor<2xf32>`. Every value is exact, including NaN, infinities and the sign of
 * zero.
 */
export function denseText(type: TensorType, data: TensorData): string {
  return `dense<${elementsText(type, data)}> : ${typeText(type)}`;
}

/** The same for a tensor of one value. */
export function splatText(type: TensorType, value: number): string {
  const element = sizeOf(type.shape) === 0 ? '' : elementText(type.dtype, value);
  return `dense<${element}> : ${typeText(type)}`;
}

function elementsText({ dtype, shape }: TensorType, data: TensorData): string {
  if (data.length === 0) return '';
  const first = data[0]!;
  if (data.every((value) => Object.is(value, first))) return elementText(dtype, first);
  // Booleans are always listed: as bytes, they would be packed into bits.
  if (dtype === 'bool' || data.length <= MAX_LISTED) return nested(dtype, shape, data);
  return `"0x${Buffer.from(littleEndian(data)).toString('hex').toUpperCase()}"`;
}

function nested(dtype: DType, shape: Shape, data: TensorData): string {
  if (shape.length === 0) return elementText(dtype, data[0]!);
  const rest = shape.slice(1);
  const stride = sizeOf(rest);
  const rows = Array.from({ length: shape[0]! }, (_, i) =>
    nested(dtype, rest, data.subarray(i * stride, (i + 1) * stride)),
  );
  return `[${rows.join(', ')}]`;
}

function elementText(dtype: DType, value: number): string {
  if (dtype === 'bool') return value === 0 ? 'false' : 'true';
  if (dtype === 'int32') return String(value);
  if (!Number.isFinite(value)) return bitsOf(dtype, value);
  // The shortest decimal that reads back as this double; a float32 is a double, too. MLIR demands the point.
  const text = Object.is(value, -0) ? '-0e+0' : value.toExponential();
  return text.includes('.') ? text : text.replace('e', '.0e');
}

/** Numbers without a decimal form, as bits: `0x7FC00000`. */
function bitsOf(dtype: 'float32' | 'float64', value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  if (dtype === 'float64') return `0x${hexOf(view.getUint32(0))}${hexOf(view.getUint32(4))}`;
  view.setFloat32(0, value);
  return `0x${hexOf(view.getUint32(0))}`;
}

const hexOf = (word: number) => word.toString(16).toUpperCase().padStart(8, '0');

/** The bytes as StableHLO wants them, least significant first, on any machine. */
function littleEndian(data: TensorData): Uint8Array {
  const size = data.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return bytes;
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}
