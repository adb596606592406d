// Profiles name every equation that takes time, its loop, and how often it ran.

import * as ad from '@gaussmark/autodiff';
import { type Tensor, tensorValue, trace } from '@gaussmark/autodiff';
import { expect, it } from 'vitest';
import { createEngine, randomInputs, type } from './support.js';

it('lists the operators of each equation, including those in loops', async () => {
  const engine = await createEngine();
  const { program } = trace(
    (x: Tensor, w: Tensor, n: Tensor) =>
      ad.whileLoop(
        ({ k }) => ad.less(k, n),
        ({ k, v }) => ({ k: ad.add(k, 1), v: ad.tanh(ad.matmul(v, w)) }),
        { k: ad.scalar(0, 'int32'), v: ad.exp(x) },
        { name: 'loop' },
      ).v,
    type('float64', 30, 20),
    type('float64', 20, 20),
    type('int32'),
  );
  const [x, w] = randomInputs(program);
  const inputs = [x!, w!, tensorValue('int32', [], [7])].map((value) => engine.upload(value));
  const profile = await engine.profile(program, inputs, 3);
  const find = (primitive: string) => profile.find(({ text }) => text.startsWith(`${primitive}(`))!;
  expect(find('exp')).toMatchObject({ path: '', calls: 1 });
  expect(find('matmul')).toMatchObject({ path: 'while_1/body/', calls: 7 });
  expect(Object.keys(find('tanh').operators)).toEqual(['Tanh']);
  const seconds = profile.map((equation) => equation.seconds);
  expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
  await expect(engine.profile(program, inputs.slice(1), 1)).rejects.toThrow(
    'the program has 3 inputs, got 2',
  );
  await engine.dispose();
});
