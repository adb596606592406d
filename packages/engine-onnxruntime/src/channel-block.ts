// Finds the size of the blocks of channels that ONNX Runtime's direct convolutions work on, which depends on the processor.

import { create, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { InferenceSession, Tensor } from './binding.js';
import { Graph, ModelNames } from './onnx/graph.js';
import { valueInfo, valueInfoOfAnyShape } from './onnx/proto.js';
import { IR_VERSION, OPSET } from './onnx/version.js';

let known: Promise<number | undefined> | undefined;

/**
 * Channels in a block: 16 with AVX-512, 8 with AVX2. Undefined where there are no such kernels, or where they have not been
 * measured: on other processors than x86.
 */
export function channelBlock(): Promise<number | undefined> {
  known ??= process.arch === 'x64' ? probe().catch(() => undefined) : Promise.resolve(undefined);
  return known;
}

/** Reorders an image of four channels: they are padded to a block. */
async function probe(): Promise<number | undefined> {
  const graph = new Graph(new ModelNames({}, 1));
  graph.begin('reorder');
  const output = graph.blockNode('ReorderInput', ['image']);
  const model = create(ModelProtoSchema, {
    irVersion: BigInt(IR_VERSION),
    opsetImport: ['', ...graph.names.domains].map((domain) => ({
      domain,
      version: BigInt(domain === '' ? OPSET : 1),
    })),
    graph: graph.finish(
      'probe',
      [valueInfo('image', { dtype: 'float32', shape: [1, 4, 1, 1] })],
      [valueInfoOfAnyShape(output, 'float32')],
    ),
  });
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, model), {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  try {
    const results = await session.run({ image: new Tensor('float32', new Float32Array(4), [1, 4, 1, 1]) });
    const size = results[output]!.dims[1]!;
    return size > 4 ? size : undefined;
  } finally {
    await session.release();
  }
}
