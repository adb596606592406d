// Sequences: int32 tokens in, a class per position out. Checks values against plain loops.

import { reshape, type TensorType, take, tree } from '@gaussmark/autodiff';
import { completeHyperparameters, losses, optimizerContext, type Registry } from '@gaussmark/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { workspaceRegistry } from '../../harness/test/fixtures.js';
import { Evaluation } from '../src/evaluation.js';
import { exampleTypes, initProgram, type Subject } from '../src/programs.js';
import { uploadSplit } from '../src/setup.js';
import { traceStep } from '../src/step.js';
import { uploadAll } from '../src/training.js';

const CLASSES = 3;
const LENGTH = 2;

/** The logits of a position are a row of the table, by its token. */
const subject: Subject = {
  spec: {
    task: 'classification',
    input: { shape: [LENGTH], vocabulary: 4 },
    target: { shape: [LENGTH] },
    classes: CLASSES,
  },
  model: {
    init: () => ({}),
    apply: (params, x) => {
      const { table } = params as { readonly table: Parameters<typeof take>[0] };
      return reshape(take(table, reshape(x, [x.shape[0]! * LENGTH])), [x.shape[0]!, LENGTH, CLASSES]);
    },
  },
  loss: losses.softmaxCrossEntropy,
  dtype: 'float64',
  params: { table: { dtype: 'float64', shape: [4, CLASSES] } },
};

const TABLE = [0.5, -1, 0.25, 2, 0, 1, -0.5, 0.75, 0.1, 0, 3, -2];
const split = {
  size: 3,
  inputs: Int32Array.of(0, 1, 3, 2, 1, 1),
  targets: Int32Array.of(0, 2, 1, 0, 0, 1),
};

const rowOf = (token: number) => TABLE.slice(token * CLASSES, (token + 1) * CLASSES);
const probabilities = (row: readonly number[]) => {
  const total = row.reduce((sum, z) => sum + Math.exp(z), 0);
  return row.map((z) => Math.exp(z) / total);
};
const positions = [...split.inputs].map((token, i) => ({ token, label: split.targets[i]! }));
const meanLoss =
  positions.reduce((sum, { token, label }) => sum - Math.log(probabilities(rowOf(token))[label]!), 0) / 6;

let registry: Registry;
beforeAll(async () => {
  registry = await workspaceRegistry();
});

async function start() {
  const entry = registry.find('engine', 'onnxruntime');
  return (await registry.load(entry)).create(completeHyperparameters(entry.manifest, {}));
}

describe('a sequence task', () => {
  it('takes tokens as int32 in every dtype', () => {
    expect(exampleTypes(subject, 7)).toEqual({
      inputs: { dtype: 'int32', shape: [7, LENGTH] },
      targets: { dtype: 'int32', shape: [7, LENGTH] },
    });
  });

  it.each([1, 2, 3, 1000])(
    'has the mean loss and accuracy of its positions for any evaluation batch size: %i',
    async (chunk) => {
      const engine = await start();
      const data = uploadSplit(engine, subject, split);
      const params = uploadAll(engine, [Float64Array.from(TABLE)], subject.params);
      const evaluation = await Evaluation.prepare(engine, subject, data, chunk);
      const { loss, accuracy } = await evaluation.score(params);
      expect(loss).toBeCloseTo(meanLoss, 12);
      // Right are the labels 0 of token 0, 1 of token 3 and 0 of the first token 1.
      expect(accuracy).toBe(3 / 6);
      await engine.dispose();
    },
  );

  it('steps along the gradient of that mean', async () => {
    const entry = registry.find('optimizer', 'sgd');
    const values = completeHyperparameters(entry.manifest, { learningRate: 1 });
    const sgd = (await registry.load(entry)).create(values, optimizerContext({ plannedSteps: 1 }));
    const { state } = initProgram(sgd, subject);
    const { program } = traceStep(sgd, subject, state, split.size);
    const engine = await start();
    const data = uploadSplit(engine, subject, split);
    const zeros = tree.leaves<TensorType>(state);
    const inputs = [
      ...uploadAll(engine, [Float64Array.from(TABLE)], subject.params),
      ...zeros.map((type) => engine.allocate(type)),
    ];
    const [next] = await (await engine.compile(program)).run([...inputs, data.inputs, data.targets]);
    const gradient = TABLE.map(() => 0);
    for (const { token, label } of positions) {
      for (const [k, p] of probabilities(rowOf(token)).entries()) {
        gradient[token * CLASSES + k]! += (p - Number(k === label)) / positions.length;
      }
    }
    const stepped = Array.from(await next!.read());
    for (const [i, value] of stepped.entries()) expect(value).toBeCloseTo(TABLE[i]! - gradient[i]!, 12);
    await engine.dispose();
  });

  it('refuses logits whose shape would broadcast against the targets', () => {
    const flat: Subject = {
      ...subject,
      model: {
        ...subject.model,
        apply: (params, x) => reshape(subject.model.apply(params, x), [6, CLASSES]),
      },
    };
    const entry = registry.find('optimizer', 'sgd');
    return registry.load(entry).then((plugin) => {
      const sgd = plugin.create(
        completeHyperparameters(entry.manifest, {}),
        optimizerContext({ plannedSteps: 1 }),
      );
      const { state } = initProgram(sgd, flat);
      expect(() => traceStep(sgd, flat, state, 3)).toThrow('[3, 2, 3]; got [6, 3]');
    });
  });
});
