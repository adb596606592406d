// Models that copy values to and from a device and allocate memory there: one operator each, for tensors of any shape.

import { create, toBinary } from '@bufbuild/protobuf';
import type { DType } from '@gaussmark/autodiff';
import { ModelProtoSchema } from 'onnx-buf';
import { type NodeInit, type ValueInfoInit, valueInfo, valueInfoOfAnyShape } from '../onnx/proto.js';
import { IR_VERSION, OPSET } from '../onnx/version.js';

/** (x) -> y = x */
export function copyModel(dtype: DType): Uint8Array {
  const [x, y] = [valueInfoOfAnyShape('x', dtype), valueInfoOfAnyShape('y', dtype)];
  return model({ opType: 'Identity', name: 'copy', input: ['x'], output: ['y'], attribute: [] }, [x], [y]);
}

/** (x: a scalar, shape: int64 [rank]) -> y: x everywhere */
export function fillModel(dtype: DType): Uint8Array {
  const inputs = [valueInfo('x', { dtype, shape: [] }), valueInfoOfAnyShape('shape', 'int64')];
  const node = { opType: 'Expand', name: 'fill', input: ['x', 'shape'], output: ['y'], attribute: [] };
  return model(node, inputs, [valueInfoOfAnyShape('y', dtype)]);
}

function model(node: NodeInit, input: ValueInfoInit[], output: ValueInfoInit[]): Uint8Array {
  const graph = { name: node.name, node: [node], input, output };
  const proto = create(ModelProtoSchema, {
    irVersion: BigInt(IR_VERSION),
    opsetImport: [{ domain: '', version: BigInt(OPSET) }],
    producerName: 'gaussmark',
    graph,
  });
  return toBinary(ModelProtoSchema, proto);
}
