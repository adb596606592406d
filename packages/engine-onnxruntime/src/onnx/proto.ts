// Builds ONNX messages from plain values: attributes, tensors, value types.

import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DType, Shape, TensorData } from '@gaussmark/autodiff';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';

export type NodeInit = MessageInitShape<typeof NodeProtoSchema> & {
  input: string[];
  output: string[];
  name: string;
};
export type GraphInit = MessageInitShape<typeof GraphProtoSchema>;
export type TensorInit = MessageInitShape<typeof TensorProtoSchema>;
export type ValueInfoInit = MessageInitShape<typeof ValueInfoProtoSchema>;

/** Numbers are integers unless wrapped as floats; graphs are the bodies of control flow. */
export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: GraphInit };

/** Our dtypes; int64, which only shapes and axes use; and uint32, which only operations on bits use. */
export type ElementType = DType | 'int64' | 'uint32';

export type ElementData = TensorData | BigInt64Array | Uint32Array;

/** ONNX's names. */
export const ELEMENT_TYPE: Readonly<Record<ElementType, DataType>> = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  int32: DataType.INT32,
  int64: DataType.INT64,
  uint32: DataType.UINT32,
  bool: DataType.BOOL,
};

export function attributeProto(
  name: string,
  value: AttributeValue,
): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'number') {
    if (!Number.isInteger(value))
      throw new RangeError(`internal: attribute ${name} = ${value} is not an integer`);
    return { name, type: AttributeType.INT, i: BigInt(value) };
  }
  if (typeof value === 'string')
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ('graph' in value) return { name, type: AttributeType.GRAPH, g: value.graph };
  return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
}

export function tensorProto(name: string, dtype: ElementType, shape: Shape, data: ElementData): TensorInit {
  // ONNX's raw data are little-endian, like every machine that the native library supports.
  const rawData = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  return { name, dataType: ELEMENT_TYPE[dtype], dims: shape.map(BigInt), rawData };
}

export function valueInfo(
  name: string,
  type: { readonly dtype: DType | 'int64'; readonly shape: Shape },
): ValueInfoInit {
  const dim = type.shape.map((size) => ({ value: { case: 'dimValue', value: BigInt(size) } as const }));
  const tensorType = { elemType: ELEMENT_TYPE[type.dtype], shape: { dim } };
  return { name, type: { value: { case: 'tensorType', value: tensorType } } };
}

/** A tensor of any shape. */
export function valueInfoOfAnyShape(name: string, dtype: DType | 'int64'): ValueInfoInit {
  return { name, type: { value: { case: 'tensorType', value: { elemType: ELEMENT_TYPE[dtype] } } } };
}

/** The type of an output that is not a tensor: a sequence of float tensors. */
export function sequenceInfo(name: string): ValueInfoInit {
  const tensorType = { case: 'tensorType', value: { elemType: DataType.FLOAT } } as const;
  return { name, type: { value: { case: 'sequenceType', value: { elemType: { value: tensorType } } } } };
}
