// The lines of code in docs/write-an-optimizer.md on what a step sees, run as they are.

import { readFileSync } from 'node:fs';
import { matmul, type Tensor, vector } from '@gaussmark/autodiff';
import { fold, key } from '@gaussmark/random/program';
import { expect, it } from 'vitest';
import type { Params, Problem } from '../src/contract.js';
import { convnetSetup, numbers, run } from './tiny-networks.js';

const page = readFileSync(new URL('../../../docs/write-an-optimizer.md', import.meta.url), 'utf8');
const [, code] = /curvature methods need take a few lines each:\n\n```js\n([\s\S]*?)```/.exec(page)!;

interface Estimates {
  readonly diagonal: Params;
  readonly factors: readonly (readonly Tensor[])[];
  readonly meanSquare: Tensor;
}

const estimate = new Function(
  ...['problem', 'params', 'context', 'vector', 'matmul'],
  `${code}\nreturn { diagonal, factors, meanSquare };`,
) as (problem: Problem, params: Params, ...scope: unknown[]) => Estimates;

it('estimates the diagonal, the factors of each layer, and the mean square', () => {
  const setup = convnetSetup();
  const context = { random: (label: string) => fold(key(1), label) };
  const [squares, meanSquare, ...factors] = run(setup, (problem, params) => {
    const estimates = estimate(problem, params, context, vector, matmul);
    const gradients = problem.perExample.gradients(params);
    return [vector.pack(estimates.diagonal), estimates.meanSquare, estimates.factors.flat(), gradients];
  });
  expect(numbers([squares!]).every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
  // A of patches (C kh kw), S of units, for each of three layers.
  expect(factors.slice(0, 6).map(({ type }) => type.shape)).toEqual([
    [12, 12],
    [4, 4],
    [36, 36],
    [3, 3],
    [3, 3],
    [3, 3],
  ]);
  const all = factors
    .slice(6)
    .reduce((sum, { data }) => sum + Array.from(data).reduce((s, g) => s + g * g, 0), 0);
  expect(numbers([meanSquare!])[0]! / (all / 3)).toBeCloseTo(1, 12);
});
