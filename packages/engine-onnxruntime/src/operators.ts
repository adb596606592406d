// The operators of an ONNX model, with those in loops counted separately.

import { fromBinary } from '@bufbuild/protobuf';
import type { OperatorCount } from '@gaussmark/core';
import { type GraphProto, ModelProtoSchema } from 'onnx-buf';

/** Operators that only move or copy values. Each is counted separately. */
const MOVING = ['Identity', 'Transpose', 'Expand', 'Concat', 'Gather', 'Cast'];

/** @param bytes an ONNX model */
export function countOperators(bytes: Uint8Array): OperatorCount {
  const moving: Record<string, number> = Object.fromEntries(MOVING.map((kind) => [kind, 0]));
  const totals = { outside: 0, inside: 0 };
  const visit = (graph: GraphProto, where: keyof typeof totals) => {
    for (const { opType, attribute } of graph.node) {
      totals[where] += 1;
      if (opType in moving) moving[opType]! += 1;
      const nested = opType === 'Loop' || opType === 'Scan' ? 'inside' : where;
      for (const { g, graphs } of attribute) {
        for (const body of [...(g === undefined ? [] : [g]), ...graphs]) visit(body, nested);
      }
    }
  };
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  if (graph !== undefined) visit(graph, 'outside');
  return { total: totals.outside, moving, inLoops: totals.inside };
}
