// Counting operators in a model file: outside loops and inside them, moving kinds by themselves.

import { create, toBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType as AttributeType, ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { countOperators } from '../src/operators.js';

const node = (opType: string, ...bodies: readonly object[]) => ({
  opType,
  attribute: bodies.map((g, i) => ({ name: `body_${i}`, type: AttributeType.GRAPH, g })),
});
const model = (...nodes: readonly object[]) =>
  toBinary(ModelProtoSchema, create(ModelProtoSchema, { graph: { name: 'graph', node: [...nodes] } }));

describe('operators of a model', () => {
  it('are counted separately inside loops, including both sides of branches', () => {
    const branch = { name: 'branch', node: [node('Add'), node('Cast')] };
    const body = { name: 'body', node: [node('MatMul'), node('Transpose'), node('If', branch, branch)] };
    const bytes = model(
      node('MatMul'),
      node('Transpose'),
      node('If', branch),
      node('Loop', body),
      node('Identity'),
    );
    expect(countOperators(bytes)).toEqual({
      // MatMul, Transpose, If and what is in it, the Loop itself, Identity.
      total: 7,
      // MatMul, Transpose, If, and twice the branch.
      inLoops: 7,
      moving: { Identity: 1, Transpose: 2, Expand: 0, Concat: 0, Gather: 0, Cast: 3 },
    });
  });

  it('number zero without a graph', () => {
    expect(countOperators(toBinary(ModelProtoSchema, create(ModelProtoSchema, {}))).total).toBe(0);
  });
});
