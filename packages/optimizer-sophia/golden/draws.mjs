// Writes draws/*.json: the random numbers that the first 20 steps of a run with seed 1 draw, for make.py.
//
//     node golden/draws.mjs        (in the built package)

import { mkdir, writeFile } from 'node:fs/promises';
import { constant, tensorValue, tree, vector } from '@gaussmark/autodiff';
import { takeSteps } from '@gaussmark/plugin-conformance';
import { drawLike, rademacher } from '@gaussmark/random/program';

const STEPS = 20;
const EXAMPLES = 6;
const SIZES = { tall: [5, 3, 2], wide: [2, 3, 5] };
const zeros = (...shape) =>
  tensorValue('float64', shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(0));

await mkdir(new URL('draws', import.meta.url), { recursive: true });
for (const [shape, sizes] of Object.entries(SIZES)) {
  const outputs = [EXAMPLES, sizes.at(-1)];
  const init = () => ({
    layers: sizes.slice(1).map((width, i) => ({ weight: zeros(sizes[i], width), bias: zeros(width) })),
  });
  const problem = {
    spec: { task: 'regression', input: { shape: [sizes[0]] }, target: { shape: [sizes.at(-1)] } },
    loss: 'squaredError',
    // The outputs are 0, so sampled targets are the noise.
    model: { init, apply: () => constant(zeros(...outputs)) },
    batches: [{ inputs: zeros(EXAMPLES, sizes[0]), targets: zeros(...outputs) }],
  };
  const draws = {
    create: () => ({
      init: (params) => ({ noise: constant(zeros(...outputs)), probe: vector.zerosLike(params) }),
      step: (bound, params, _, context) => ({
        params,
        state: {
          noise: bound.sampleTargets(constant(zeros(...outputs)), context.random('targets')),
          probe: drawLike(rademacher, context.random('probe'), params),
        },
        metrics: {},
      }),
    }),
  };
  const rows = ({ type, data }) =>
    type.shape.length === 1
      ? [...data]
      : Array.from({ length: type.shape[0] }, (_, i) => [
          ...data.slice(i * type.shape[1], (i + 1) * type.shape[1]),
        ]);
  const steps = takeSteps(draws, { problem, hyperparameters: {}, steps: STEPS }).map(({ state }) =>
    tree.map(rows, state),
  );
  await writeFile(new URL(`draws/${shape}.json`, import.meta.url), `${JSON.stringify(steps)}\n`);
}
