// Our side through the protocol, against three SGD steps of plain loops in float64.

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readExchange } from '../src/exchange.mjs';
import { PeerProcess } from '../src/peer-process.mjs';

const OURS = fileURLToPath(new URL('../src/ours.mjs', import.meta.url));
let directory: string;
let ours: PeerProcess;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'gaussmark-peers-test-'));
  ours = new PeerProcess('gaussmark', [process.execPath, OURS]);
});

afterAll(async () => {
  await ours.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Layer {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** The squared error of a sigmoid MLP over one batch, and its gradient step in place: backpropagation, one example at a time. */
function sgdStep(
  layers: readonly Layer[],
  inputs: Float64Array,
  targets: Float64Array,
  rate: number,
): number {
  const examples = targets.length;
  const gradients = layers.map(({ weight, bias }) => ({
    weight: new Float64Array(weight.length),
    bias: new Float64Array(bias.length),
  }));
  let loss = 0;
  for (let example = 0; example < examples; example++) {
    const activations: Float64Array[] = [inputs.subarray(example, example + 1)];
    for (const [l, { weight, bias }] of layers.entries()) {
      const h = activations[l]!;
      const z = Float64Array.from(bias, (b, j) =>
        h.reduce((sum, value, i) => sum + value * weight[i * bias.length + j]!, b),
      );
      activations.push(l === layers.length - 1 ? z : z.map((value) => 1 / (1 + Math.exp(-value))));
    }
    const error = activations.at(-1)![0]! - targets[example]!;
    loss += error ** 2 / examples;
    let delta = Float64Array.of((2 * error) / examples);
    for (let l = layers.length - 1; l >= 0; l--) {
      const h = activations[l]!;
      const { weight } = layers[l]!;
      const width = delta.length;
      for (let j = 0; j < width; j++) {
        gradients[l]!.bias[j]! += delta[j]!;
        for (let i = 0; i < h.length; i++) gradients[l]!.weight[i * width + j]! += h[i]! * delta[j]!;
      }
      const above = delta;
      delta = Float64Array.from(
        h,
        (value, i) => above.reduce((sum, d, j) => sum + d * weight[i * width + j]!, 0) * value * (1 - value),
      );
    }
  }
  for (const [l, { weight, bias }] of layers.entries()) {
    for (let i = 0; i < weight.length; i++) weight[i]! -= rate * gradients[l]!.weight[i]!;
    for (let i = 0; i < bias.length; i++) bias[i]! -= rate * gradients[l]!.bias[i]!;
  }
  return loss;
}

it('takes the steps of plain backpropagation', async () => {
  await ours.ask({ op: 'write', problem: 'sine10', directory }, 60);
  await ours.ask({ op: 'prepare', directory, step: { kind: 'sgd' }, threads: 1 }, 60);
  const { values } = await ours.ask({ op: 'run', count: 3 }, 60);

  const { manifest, params, batches } = await readExchange(directory);
  const layers = [0, 2, 4, 6].map((at) => ({ weight: params[at].slice(), bias: params[at + 1].slice() }));
  const losses = batches.map(({ inputs, targets }: { inputs: Float64Array; targets: Float64Array }) =>
    sgdStep(layers, inputs, targets, manifest.learningRate),
  );
  for (const [i, loss] of losses.entries()) expect(values[i]).toBeCloseTo(loss, 10);
  // The steps are large enough to be visible.
  expect(losses[1]).not.toBeCloseTo(losses[0], 3);
});

it('starts every run at the same parameters, and takes the CG iterations that were asked for', async () => {
  await ours.ask({ op: 'write', problem: 'sine10', directory }, 60);
  await ours.ask({ op: 'prepare', directory, step: { kind: 'sgn', cgIterations: 2 }, threads: 1 }, 60);
  const first = await ours.ask({ op: 'run', count: 3 }, 60);
  const second = await ours.ask({ op: 'run', count: 3 }, 60);
  expect(second.values).toEqual(first.values);
  expect(first.cgIterations).toBe(6);
});

it('numbers the steps of an optimizer that refreshes, and reports the losses of untimed ones too', async () => {
  await ours.ask({ op: 'write', problem: 'sine10', directory }, 60);
  await ours.ask({ op: 'prepare', directory, step: { kind: 'soap' }, threads: 1 }, 60);
  const whole = await ours.ask({ op: 'run', count: 5 }, 60);
  const { values } = await ours.ask({ op: 'run', count: 2, untimed: 3 }, 60);
  expect(values).toEqual(whole.values);
  // SOAP's first step moves nothing: the fourth and fifth mini-batch are the first two again, at other parameters.
  expect(values[3]).not.toBe(values[0]);
  expect(new Set(values).size).toBe(5);
});

it('rejects an unknown problem by name', async () => {
  await expect(ours.ask({ op: 'write', problem: 'imagenet', directory }, 60)).rejects.toThrow(
    "unknown problem 'imagenet'",
  );
});
