// Export: the file, in a plain session, computes the same as the engine.

import { fromBinary } from '@bufbuild/protobuf';
import * as ad from '@gaussmark/autodiff';
import { type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import { type GraphProto, ModelProtoSchema, type NodeProto } from 'onnx-buf';
import { InferenceSession, Tensor as NativeTensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxRuntimeEngine } from '../src/index.js';
import { createEngine, type } from './support.js';

/** A gradient step on ||x||^4 / 4, repeated until small; with a branch, a constant and an index. */
const { program } = trace(
  (x: Tensor, rate: Tensor) => {
    const energy = (v: Tensor) => ad.mul(0.25, ad.square(ad.sum(ad.square(v))));
    const { v, k } = ad.whileLoop(
      ({ v, k }) => ad.and(ad.less(k, 20), ad.less(0.1, energy(v))),
      ({ v, k }) => ({ v: ad.sub(v, ad.mul(rate, ad.grad(energy)(v))), k: ad.add(k, 1) }),
      { v: x, k: ad.scalar(0, 'int32') },
    );
    const picked = ad.take(v, ad.constant(tensorValue('int32', [2], [2, 0])));
    const sign = ad.cond(
      ad.less(ad.sum(v), 0),
      () => ad.scalar(-1, 'float64'),
      () => ad.scalar(1, 'float64'),
    );
    return { picked, sign, k };
  },
  type('float64', 3),
  type('float64'),
);

function allNodes(graph: GraphProto): NodeProto[] {
  const nested = graph.node.flatMap((node) =>
    node.attribute.flatMap((a) => (a.g === undefined ? [] : allNodes(a.g))),
  );
  return [...graph.node, ...nested];
}

describe('export', () => {
  let engine: OnnxRuntimeEngine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  afterAll(() => engine.dispose());

  it('writes a model with the given names that runs in a plain session', async () => {
    const names = { inputs: ['point', 'rate'], outputs: ['picked', 'sign', 'steps'] };
    const session = await InferenceSession.create(await engine.export(program, names));
    expect([session.inputNames, session.outputNames]).toEqual([names.inputs, names.outputs]);
    const point = [1, -2, 0.5];
    const results = await session.run({
      point: new NativeTensor('float64', Float64Array.from(point), [3]),
      rate: new NativeTensor('float64', Float64Array.of(0.05), []),
    });
    const expected = evaluate(program, [
      tensorValue('float64', [3], point),
      tensorValue('float64', [], [0.05]),
    ]);
    expect(expected[2]!.data[0]).toBeGreaterThan(3);
    for (const [i, name] of names.outputs.entries()) {
      const { data, dims } = results[name]!;
      expect(dims).toEqual(expected[i]!.type.shape);
      for (const [j, value] of expected[i]!.data.entries())
        expect((data as Float64Array)[j]).toBeCloseTo(value, 14);
    }
    await session.release();
  });

  it('includes values of inputs and notes', async () => {
    const names = { inputs: ['point', 'rate'], outputs: ['picked', 'sign', 'steps'] };
    const rate = tensorValue('float64', [], [0.05]);
    const bytes = await engine.export(program, {
      ...names,
      values: { rate },
      metadata: { 'test.note': 'a b' },
    });
    const model = fromBinary(ModelProtoSchema, bytes);
    expect(model.metadataProps.map(({ key, value }) => [key, value])).toEqual([['test.note', 'a b']]);
    const point = new NativeTensor('float64', Float64Array.of(1, -2, 0.5), [3]);
    const run = async (file: Uint8Array, feeds: Record<string, NativeTensor>) => {
      const session = await InferenceSession.create(file);
      expect(session.inputNames).toEqual(Object.keys(feeds));
      const { picked } = await session.run(feeds);
      await session.release();
      return picked!.data;
    };
    expect(await run(bytes, { point })).toEqual(
      await run(await engine.export(program, names), {
        point,
        rate: new NativeTensor('float64', Float64Array.of(0.05), []),
      }),
    );
    const wrong = { point: tensorValue('float64', [2], [1, 2]) };
    await expect(engine.export(program, { ...names, values: wrong })).rejects.toThrow(
      "the value of 'point' does not fit: expected a float64[3], got float64[2]",
    );
  });

  it('uses standard operators only, and types every input and output', async () => {
    const model = fromBinary(ModelProtoSchema, await engine.export(program));
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([['', 20n]]);
    expect(new Set(allNodes(model.graph!).map((node) => node.domain))).toEqual(new Set(['']));
    expect(model.graph!.input.map(({ name }) => name)).toEqual(['input_0', 'input_1']);
    expect(model.graph!.output.map(({ name, type: t }) => [name, t?.value.case])).toEqual([
      ['output_0', 'tensorType'],
      ['output_1', 'tensorType'],
      ['output_2', 'tensorType'],
    ]);
    const names = allNodes(model.graph!).map((node) => node.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('rejects a wrong number of names, duplicates and empty names', async () => {
    const inputs = ['a', 'b'];
    await expect(engine.export(program, { inputs: ['a'], outputs: ['x', 'y', 'z'] })).rejects.toThrow(
      'the program has 2 inputs, got 1 names',
    );
    await expect(engine.export(program, { inputs, outputs: ['x', 'a', 'z'] })).rejects.toThrow(
      "'a' names two inputs or outputs",
    );
    await expect(engine.export(program, { inputs, outputs: ['x', '', 'z'] })).rejects.toThrow(
      'an output has an empty name',
    );
  });
});
