// Lowers loops and branches; their programs become nested graphs.

import { loopOperands, type Program, scanOperands, scanResults, type TensorType } from '@gaussmark/autodiff';
import { Graph } from '../onnx/graph.js';
import { type GraphInit, valueInfo } from '../onnx/proto.js';
import type { Lowering } from './lowering.js';

/**
 * Adds a program's equations to a graph, given the names of its inputs; returns the names of its outputs.
 *
 * @param results `any`: an output may be an input, a constant or another output. `fresh`: each output is computed by a
 *   separate node of this graph, as ONNX requires of a graph's outputs. A list: like `fresh`, under these names, claimed
 *   before.
 */
export type LowerProgram = (
  program: Program,
  inputs: readonly string[],
  graph: Graph,
  results: 'any' | 'fresh' | readonly string[],
) => readonly string[];

/**
 * Loop runs its body until the condition returned by the body is false. Ours is tested before each iteration, so it is computed
 * before entry, and at the end of the body on the new carry. Captures are names of the outer graph, visible in the body;
 * nothing is copied.
 */
export const whileLowering =
  (lower: LowerProgram): Lowering<'while'> =>
  ({ graph, inputs, types, params }) => {
    const { condition, body } = params;
    const { condition: forCondition, body: forBody, carry: init } = loopOperands(params, inputs);
    const carryTypes = loopOperands(params, types).carry;
    if (init.length === 0) return [];

    const nested = (part: string) => new Graph(graph.names, graph.nestedPath(part));
    const entry = nested('entry');
    const first = lower(condition, [...forCondition, ...init], entry, 'any')[0]!;
    graph.append(entry);

    const inner = nested('body');
    const iteration = graph.names.claim(`${inner.path}iteration`);
    const going = graph.names.claim(`${inner.path}condition`);
    const carry = init.map((_, i) => graph.names.claim(`${inner.path}carry:${i}`));
    const next = lower(body, [...forBody, ...carry], inner, 'fresh');
    const test = nested('condition');
    const again = lower(condition, [...forCondition, ...next], test, 'fresh')[0]!;
    inner.append(test);

    const values = (names: readonly string[]) => names.map((name, i) => valueInfo(name, carryTypes[i]!));
    const flag = { dtype: 'bool', shape: [] } as const;
    const bodyGraph = inner.finish(
      'body',
      [valueInfo(iteration, { dtype: 'int64', shape: [] }), valueInfo(going, flag), ...values(carry)],
      [valueInfo(again, flag), ...values(next)],
    );
    // The first operand, an iteration limit, is omitted.
    return graph.nodeWithOutputs('Loop', ['', first, ...init], { body: { graph: bodyGraph } }, init.length);
  };

/**
 * ONNX's Scan matches ours, with captures as names of the outer graph. It needs an input to scan; without one, it scans a count.
 */
export const scanLowering =
  (lower: LowerProgram): Lowering<'scan'> =>
  ({ graph, inputs, types, params, equation }) => {
    const { length, reverse, body } = params;
    const { captures, carry: init, xs } = scanOperands(params, inputs);
    const stacks = scanOperands(params, types).xs;
    if (equation.outputs.length === 0) return [];
    const over = xs.length > 0 ? xs : [graph.constant('int32', [length], new Int32Array(length))];
    const elements =
      xs.length > 0 ? stacks.map(elementType) : [{ dtype: 'int32', shape: [] } satisfies TensorType];

    const inner = new Graph(graph.names, graph.nestedPath('body'));
    const carry = init.map((_, i) => graph.names.claim(`${inner.path}carry:${i}`));
    const element = over.map((_, i) => graph.names.claim(`${inner.path}element:${i}`));
    const results = lower(body, [...captures, ...carry, ...element.slice(0, xs.length)], inner, 'fresh');
    const carryTypes = scanOperands(params, types).carry;
    const { ys } = scanResults(params, equation.outputs);
    const resultTypes = [...carryTypes, ...ys.map(({ type }) => elementType(type))];
    const bodyGraph = inner.finish(
      'body',
      [...carry, ...element].map((name, i) => valueInfo(name, [...carryTypes, ...elements][i]!)),
      results.map((name, i) => valueInfo(name, resultTypes[i]!)),
    );
    const direction = Number(reverse);
    return graph.nodeWithOutputs(
      'Scan',
      [...init, ...over],
      {
        body: { graph: bodyGraph },
        num_scan_inputs: over.length,
        scan_input_directions: over.map(() => direction),
        scan_output_directions: ys.map(() => direction),
      },
      equation.outputs.length,
    );
  };

const elementType = ({ dtype, shape }: TensorType): TensorType => ({ dtype, shape: shape.slice(1) });

export const condLowering =
  (lower: LowerProgram): Lowering<'cond'> =>
  ({ graph, inputs: [predicate, ...captures], params: { ifTrue, ifFalse }, equation }) => {
    const count = equation.outputs.length;
    if (count === 0) return [];
    const branch = (part: string, program: Program): { graph: GraphInit } => {
      const inner = new Graph(graph.names, graph.nestedPath(part));
      const outputs = lower(program, captures, inner, 'fresh');
      const results = outputs.map((name, i) => valueInfo(name, equation.outputs[i]!.type));
      return { graph: inner.finish(part, [], results) };
    };
    const branches = { then_branch: branch('then', ifTrue), else_branch: branch('else', ifFalse) };
    return graph.nodeWithOutputs('If', [predicate!], branches, count);
  };
