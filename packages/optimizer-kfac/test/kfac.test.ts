// What K-FAC refuses, and its traps.

import { mul, type Tensor, tensorValue } from '@gaussmark/autodiff';
import { dense, optimizerContext } from '@gaussmark/core';
import { deviation, type TestProblem } from '@gaussmark/plugin-conformance';
import { describe, expect, it } from 'vitest';
import kfac from '../src/kfac.js';
import { factorsOf, LINEAR, manifest, numbersOf, settings, steps } from './oracles.js';

type Layer = { readonly weight: Tensor; readonly bias: Tensor };
const zeros = (...shape: number[]) =>
  tensorValue('float64', shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(0.5));

/** LINEAR with other parameters and another network. */
const network = (
  init: Record<string, ReturnType<typeof zeros> | Record<string, ReturnType<typeof zeros>>>,
  apply: (params: never, x: Tensor) => Tensor,
): TestProblem => ({ ...LINEAR, model: { init: () => init as never, apply: apply as never } });

describe('refuses', () => {
  it.each([
    [
      'a gain beside a weight',
      'gain',
      { weight: zeros(3, 2), bias: zeros(2), gain: zeros(3) },
      (p: Layer & { gain: Tensor }, x: Tensor) => dense(mul(p.gain, x), p),
    ],
    [
      'a parameter on its own',
      'norm.gain',
      { layer: { weight: zeros(3, 2) }, norm: { gain: zeros(3) } },
      (p: { layer: Layer; norm: { gain: Tensor } }, x: Tensor) => dense(mul(p.norm.gain, x), p.layer),
    ],
    [
      'a layer that is used twice',
      'b.weight',
      { a: { weight: zeros(3, 2) }, b: { weight: zeros(2, 2) } },
      (p: { a: Layer; b: Layer }, x: Tensor) => dense(dense(dense(x, p.a), p.b), p.b),
    ],
    [
      'a weight of no shared layer',
      'b.weight',
      { a: { weight: zeros(3, 2) }, b: { weight: zeros(2, 2) } },
      (p: { a: Layer; b: Layer }, x: Tensor) => dense(dense(x, p.a), { weight: mul(2, p.b.weight) }),
    ],
  ] as const)('%s', (_, path, init, apply) => {
    const problem = network(init as never, apply as never);
    expect(() => steps(problem, {}, 1)).toThrow(
      expect.objectContaining({ unsupported: true, got: expect.stringContaining(`'${path}'`) }),
    );
  });
});

it('damps both factors alike: pi balances their scales', () => {
  // Inputs ten times larger and weights ten times smaller are the same network: A grows by 100, S stays.
  const step = (scale: number) => {
    const [batch] = LINEAR.batches;
    const scaled = {
      ...LINEAR,
      model: {
        init: () => ({
          weight: tensorValue(
            'float64',
            [3, 2],
            [1, 2, 3, 4, 5, 6].map((w) => w / scale),
          ),
        }),
        apply: LINEAR.model.apply,
      },
      batches: [
        {
          ...batch,
          inputs: tensorValue(
            'float64',
            [6, 3],
            [...batch.inputs.data].map((x) => scale * x),
          ),
        },
      ],
    } as TestProblem;
    const options = { fisher: 'exact', stepSize: 'fixed', learningRate: 0.1, momentum: 0 } as const;
    const [only] = steps(scaled, { ...options, damping: 0.01 * scale ** 2 }, 1);
    return numbersOf(only!.params).map((w) => scale * w);
  };
  expect(deviation(step(10), step(1))).toBeLessThan(1e-10);
});

it('scales with the loss: lambda times c for a loss times c takes the same steps', () => {
  // Twice the outputs and targets have four times the squared error.
  const [batch] = LINEAR.batches;
  const { data, type } = batch.targets;
  const scaled: TestProblem = {
    ...LINEAR,
    model: { ...LINEAR.model, apply: (params, x) => mul(2, dense(x, params as Layer)) },
    batches: [
      {
        ...batch,
        targets: tensorValue(
          'float64',
          type.shape,
          [...data].map((y) => 2 * y),
        ),
      },
    ],
  };
  const run = (problem: TestProblem, c: number) =>
    steps(problem, { fisher: 'exact', damping: 0.2 * c, dampingEvery: 2, inversesEvery: 1 }, 3);
  const [plain, other] = [run(LINEAR, 1), run(scaled, 4)];
  expect(other[2]!.metrics.loss! / plain[2]!.metrics.loss!).toBeCloseTo(4, 10);
  expect(deviation(numbersOf(other[2]!.params), numbersOf(plain[2]!.params))).toBeLessThan(1e-12);
  // Without its factor, lambda damps less.
  expect(deviation(numbersOf(run(scaled, 1)[2]!.params), numbersOf(plain[2]!.params))).toBeGreaterThan(1e-3);
});

it('does not change with repeated examples', () => {
  const [batch] = LINEAR.batches;
  const twice = (value: typeof batch.inputs) =>
    tensorValue('float64', [12, value.type.shape[1]!], [...value.data, ...value.data]);
  const doubled: TestProblem = {
    ...LINEAR,
    batches: [{ inputs: twice(batch.inputs), targets: twice(batch.targets) }],
  };
  const run = (problem: TestProblem) => numbersOf(steps(problem, { fisher: 'exact' }, 2).at(-1)!.params);
  expect(deviation(run(doubled), run(LINEAR))).toBeLessThan(1e-12);
});

it('reports the gain ratio of the last step that measured it', () => {
  const taken = steps(LINEAR, { fisher: 'exact', dampingEvery: 3 }, 4).map(
    ({ metrics }) => metrics.gainRatio!,
  );
  expect(taken[0]).toBeGreaterThan(1);
  expect(taken.slice(1, 3)).toEqual([taken[0], taken[0]]);
  expect(taken[3]).not.toBe(taken[0]);
});

it('must have a damping above its minimum', () => {
  expect(() => kfac.create(settings({ damping: 1e-9 }), optimizerContext())).toThrow(
    expect.objectContaining({ plugin: "optimizer 'kfac'", pointer: '/minDamping' }),
  );
});

describe('the search space', () => {
  it.each(Object.entries(manifest.search ?? {}))('%s changes a step at the defaults', (name, dimension) => {
    const ends = 'values' in dimension ? dimension.values : [dimension.low, dimension.high];
    const [first, second] = ends.map((end) => numbersOf(steps(LINEAR, { [name]: end }, 1)[0]!.params));
    expect(deviation(second!, first!)).toBeGreaterThan(1e-6);
  });
});

it('starts its factors without a bias, and updates them every so many steps', () => {
  const at = (count: number) =>
    numbersOf(
      factorsOf(
        steps(LINEAR, { factorsEvery: 2, fisher: 'exact', factorDecay: 0.5 }, count).at(-1)!.state,
      )[0]!.S,
    );
  // S does not depend on the parameters here: half of it after one update, three quarters after two.
  expect(at(2)).toEqual(at(1));
  expect(
    deviation(
      at(3),
      at(1).map((x) => 1.5 * x),
    ),
  ).toBeLessThan(1e-14);
});

it('does not divide by a step that it did not take', () => {
  const [first, second] = steps(LINEAR, { fisher: 'exact' }, 2);
  expect(first!.metrics.mu).toBe(0);
  expect(Number.isFinite(second!.metrics.mu!)).toBe(true);
  expect(second!.metrics.loss!).toBeLessThan(first!.metrics.loss!);
});
