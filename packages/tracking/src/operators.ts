// The operators of a compiled step: counted in the model file that its program becomes, loops apart.

import { fromBinary } from '@bufbuild/protobuf';
import { type GraphProto, ModelProtoSchema } from 'onnx-buf';

/** Operators that compute nothing: they move values, or copy them. Each has a count of its own. */
export const MOVING = ['Identity', 'Transpose', 'Expand', 'Concat', 'Gather', 'Cast'] as const;

export interface OperatorCount {
  /** Operators outside loops, those of both sides of a branch included. */
  readonly total: number;
  /** Of each moving kind, those inside loops included, once each. */
  readonly moving: Readonly<Record<(typeof MOVING)[number], number>>;
  /** Operators in the bodies and conditions of all loops, once each. */
  readonly inLoops: number;
}

/** @param bytes an ONNX model, as an engine exports it */
export function countOperators(bytes: Uint8Array): OperatorCount {
  const moving = Object.fromEntries(MOVING.map((kind) => [kind, 0])) as Record<
    (typeof MOVING)[number],
    number
  >;
  const totals = { outside: 0, inside: 0 };
  const visit = (graph: GraphProto, where: keyof typeof totals) => {
    for (const { opType, attribute } of graph.node) {
      totals[where] += 1;
      if (opType in moving) moving[opType as keyof typeof moving] += 1;
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
