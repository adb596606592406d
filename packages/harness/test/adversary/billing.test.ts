// Curvature that is estimated every k steps costs what is done: the side of a branch that ran.

import { expect, it } from 'vitest';
import { optimizer, playground } from './play.js';

/** A Hessian product every k steps: its direction is kept between them. */
const every = (k: number) =>
  optimizer(
    `
    const { grad } = problem.valueAndGrad(params);
    const now = less(state.rest, 1);
    const curvature = cond(
      now,
      () => hessianProduct((at) => problem.loss(at), params, grad),
      () => state.curvature,
    );
    return {
      params: vector.addScaled(vector.addScaled(params, -0.02, grad), 1e-6, curvature),
      state: { curvature, rest: select(now, int(${k - 1}), sub(state.rest, 1)) },
      metrics: {},
    };`,
    { init: '({ curvature: vector.zerosLike(params), rest: int(0) })' },
  );

const play = playground(Object.fromEntries([1, 4, 1000].map((k) => [`every-${k}`, every(k)])));

it('a Hessian product every 1, 4 and 1000 steps is billed 60 times, 15 times and once', async () => {
  const work: number[] = [];
  for (const k of [1, 4, 1000]) {
    const { status, curve } = await play(`every-${k}`, { budget: { steps: 60 } });
    expect(status).toBe('done');
    work.push(curve.at(-1)!.gradientEquivalents!);
  }
  const [always, quarter, once] = work as [number, number, number];
  const product = (always - once) / 59;
  expect(product).toBeGreaterThan(1);
  expect(quarter - once).toBeCloseTo(14 * product, 9);
  expect(once - product).toBeGreaterThan(60);
  expect(once - product).toBeLessThan(64);
});
