// MNIST for autoencoders: the images are the targets.

import { expect, it } from 'vitest';
import mnist from '../src/mnist.js';
import { temporaryContext } from './context.js';

const context = temporaryContext();

it('uses each image as its own target, as a regression', async () => {
  const hyperparameters = { directory: null, dtype: 'float32', target: 'image' } as const;
  const { spec, train, test } = await mnist.load(hyperparameters, context);
  const image = { shape: [1, 28, 28] };
  expect(spec).toEqual({ task: 'regression', input: image, target: image });
  expect(await mnist.describe(hyperparameters, context)).toEqual(spec);
  for (const { size, inputs, targets } of [train, test]) {
    expect(targets).toBe(inputs);
    expect(targets.length).toBe(size * 784);
  }
  // The first stroke of the first test image, a seven: row 7, columns 6 to 9.
  const stroke = test.targets.subarray(7 * 28 + 6, 7 * 28 + 10);
  expect([...stroke]).toEqual([84, 185, 159, 151].map((pixel) => Math.fround(pixel / 255)));
});
