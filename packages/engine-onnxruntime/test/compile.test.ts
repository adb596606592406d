// Compilation: sharing, release, the form of models, and errors.

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import * as ad from '@gaussmark/autodiff';
import { type Program, type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { type GraphProto, ModelProtoSchema } from 'onnx-buf';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../src/errors.js';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { lowerProgram } from '../src/lower/program.js';
import { Graph, ModelNames } from '../src/onnx/graph.js';
import { valueInfo } from '../src/onnx/proto.js';
import { createEngine, type } from './support.js';

function graphOf(program: Program): GraphProto {
  return fromBinary(ModelProtoSchema, lowerProgram(program).bytes).graph!;
}

/** One line per node: `matmul_0 = Gemm(input_0, input_1)`. */
function nodesOf(graph: GraphProto): string[] {
  return graph.node.map((node) => `${node.output.join(', ')} = ${node.opType}(${node.input.join(', ')})`);
}

const body = (graph: GraphProto, operator: string, attribute: string): GraphProto =>
  graph.node.find((node) => node.opType === operator)!.attribute.find(({ name }) => name === attribute)!.g!;

describe('models', () => {
  it('reads transposed matrices in place', () => {
    const { program } = trace(
      (a: Tensor, b: Tensor) => [
        ad.matmul(a, b),
        ad.matmul(a, b, { transposeA: true }),
        ad.matmul(a, b, { transposeB: true }),
      ],
      type('float32', 4, 4),
      type('float32', 4, 4),
    );
    const graph = graphOf(program);
    expect(nodesOf(graph)).toEqual([
      'output_0 = MatMul(input_0, input_1)',
      'output_1 = Gemm(input_0, input_1)',
      'output_2 = Gemm(input_0, input_1)',
    ]);
    const flags = graph.node.map((node) =>
      Object.fromEntries(node.attribute.map(({ name, i }) => [name, Number(i)])),
    );
    expect(flags).toEqual([{}, { transA: 1, transB: 0 }, { transA: 0, transB: 1 }]);
  });

  it('names nodes and values after equations', () => {
    const { program } = trace(
      (x: Tensor) => ad.sum(ad.select(ad.finite(ad.tanh(x)), x, 0)),
      type('float32', 4),
    );
    expect(nodesOf(graphOf(program))).toEqual([
      'tanh_0 = Tanh(input_0)',
      'isFinite_1 = Abs(tanh_0)',
      'isFinite_1#1 = Less(isFinite_1, constant_0)',
      'select_2 = Where(isFinite_1#1, input_0, constant_1)',
      'output_0 = ReduceSum(select_2, constant_2)',
    ]);
  });

  it('shares constants by value', () => {
    const { program } = trace(
      (x: Tensor) => [
        ad.mul(x, 0.5),
        ad.add(x, 0.5),
        ad.sub(x, ad.neg(ad.scalar(0, 'float32'))),
        ad.sub(x, 0),
      ],
      type('float32', 4),
    );
    const data = graphOf(program).initializer.map(
      (tensor) => new Float32Array(tensor.rawData.slice().buffer)[0],
    );
    expect(data.filter((value) => value === 0.5)).toHaveLength(1);
    expect(new Set(data.map((value) => (Object.is(value, -0) ? '-0' : value))).size).toBe(data.length);
  });

  it('captures outer values in a loop without passing them through', () => {
    const { program } = trace(
      (A: Tensor, x: Tensor, n: Tensor) =>
        ad.whileLoop(
          ({ k }) => ad.less(k, n),
          ({ k, v }) => ({ k: ad.add(k, 1), v: ad.matmul(A, v) }),
          { k: ad.scalar(0, 'int32'), v: x },
          { name: 'power' },
        ).v,
      type('float32', 3, 3),
      type('float32', 3, 1),
      type('int32'),
    );
    const graph = graphOf(program);
    expect(nodesOf(graph)).toEqual([
      'while_0/entry/less_0 = Less(constant_0, input_2)',
      'while_0:0, output_0 = Loop(, while_0/entry/less_0, constant_0, input_1)',
    ]);
    const loop = body(graph, 'Loop', 'body');
    expect(loop.input.map(({ name }) => name)).toEqual([
      'while_0/body/iteration',
      'while_0/body/condition',
      'while_0/body/carry:0',
      'while_0/body/carry:1',
    ]);
    expect(nodesOf(loop)).toEqual([
      'while_0/body/add_0 = Add(while_0/body/carry:0, constant_1)',
      'while_0/body/matmul_1 = MatMul(input_0, while_0/body/carry:1)',
      'while_0/condition/less_0 = Less(while_0/body/add_0, input_2)',
    ]);
    expect(loop.output.map(({ name }) => name)).toEqual([
      'while_0/condition/less_0',
      'while_0/body/add_0',
      'while_0/body/matmul_1',
    ]);
  });

  it('avoids name clashes with inputs and outputs', async () => {
    const { program } = trace((x: Tensor) => ad.tanh(ad.neg(x)), type('float32', 2));
    const model = lowerProgram(program, { names: { inputs: ['neg_0'], outputs: ['constant_0'] } });
    const graph = fromBinary(ModelProtoSchema, model.bytes).graph!;
    expect(nodesOf(graph)).toEqual(['neg_0_1 = Neg(neg_0)', 'constant_0 = Tanh(neg_0_1)']);
  });
});

describe('compilation', () => {
  let engine: OnnxRuntimeEngine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  afterAll(() => engine.dispose());

  const scaled = (factor: number) =>
    trace((x: Tensor) => ad.mul(ad.exp(x), factor), type('float32', 3)).program;

  it('compiles equal programs once, and releases them with their last user', async () => {
    const executables = await Promise.all([
      engine.compile(scaled(2)),
      engine.compile(scaled(2)),
      engine.compile(scaled(3)),
    ]);
    expect(engine.compiledCount).toBe(2);
    expect(executables[0]).not.toBe(executables[1]);
    await executables[0]!.dispose();
    await executables[0]!.dispose();
    expect(engine.compiledCount).toBe(2);
    const x = engine.upload(tensorValue('float32', [3], [0, 0, 0]));
    expect([...(await (await executables[1]!.run([x]))[0]!.read())]).toEqual([2, 2, 2]);
    await expect(executables[0]!.run([x])).rejects.toThrow('disposed');
    await executables[1]!.dispose();
    expect(engine.compiledCount).toBe(1);
    await executables[2]!.dispose();
    expect(engine.compiledCount).toBe(0);
  });

  it('distinguishes programs that differ only in large constants', async () => {
    const shifted = (value: number) =>
      trace(
        (x: Tensor) => ad.add(x, ad.constant(tensorValue('float32', [100], new Array(100).fill(value)))),
        type('float32', 100),
      ).program;
    const [one, two] = [await engine.compile(shifted(1)), await engine.compile(shifted(2))];
    expect(engine.compiledCount).toBe(2);
    const x = engine.allocate(type('float32', 100));
    expect([
      (await (await one.run([x]))[0]!.read())[99],
      (await (await two.run([x]))[0]!.read())[99],
    ]).toEqual([1, 2]);
    await Promise.all([one.dispose(), two.dispose()]);
  });

  it('releases everything with the engine', async () => {
    const own = await createEngine();
    const executable = await own.compile(scaled(2));
    await own.dispose();
    expect(own.compiledCount).toBe(0);
    await executable.dispose();
    await expect(executable.run([own.allocate(type('float32', 3))])).rejects.toThrow('disposed');
  });

  it('names the equation of an error at run time', async () => {
    const { program } = trace(
      (x: Tensor, i: Tensor) =>
        ad.whileLoop(
          (v) => ad.less(ad.sum(v), 9),
          (v) => ad.take(ad.add(v, 1), i),
          x,
        ),
      type('float32', 2),
      type('int32', 2),
    );
    const executable = await engine.compile(program);
    const inputs = [engine.allocate(type('float32', 2)), engine.upload(tensorValue('int32', [2], [0, 5]))];
    await expect(executable.run(inputs)).rejects.toMatchObject({
      plugin: "engine 'onnxruntime'",
      summary: expect.stringContaining(
        'equation 1 of while_0/body, take(float32[2], int32[2]) -> float32[2]',
      ),
      got: expect.stringMatching(/indices/),
    });
    await executable.dispose();
  });

  it('names the equation, the operator and a remedy for a missing kernel', async () => {
    // Erf has no float64 kernel on the CPU. No primitive needs it, so the model is built by hand.
    const graph = new Graph(new ModelNames());
    graph.begin('tanh_0');
    const output = graph.node('Erf', ['x']);
    const vector = type('float64', 2);
    const model = create(ModelProtoSchema, {
      irVersion: 9n,
      opsetImport: [{ domain: '', version: 20n }],
      graph: graph.finish('erf', [valueInfo('x', vector)], [valueInfo(output, vector)]),
    });
    const session = InferenceSession.create(toBinary(ModelProtoSchema, model), { logSeverityLevel: 4 });
    const error = await session.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const { origins } = lowerProgram(trace((x: Tensor) => ad.tanh(x), vector).program);
    expect(explain('compile', error, origins, '1.30.0')).toMatchObject({
      summary: expect.stringMatching(/^equation 0, tanh\(float64\[2\]\) -> float64\[2\]: .* Erf /),
      remedy: expect.stringContaining('float32'),
      cause: error,
    });
  });
});
