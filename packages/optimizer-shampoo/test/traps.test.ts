// The known traps of Shampoo and SOAP, and their invariances.

import { optimizerContext } from '@gaussmark/core';
import { deviation } from '@gaussmark/plugin-conformance';
import { describe, expect, it } from 'vitest';
import shampoo from '../src/shampoo.js';
import { ALONE, SQUARE } from './oracles.js';
import { norm } from './plain-matrices.js';
import { flat, type Matrix } from './prescribed-gradient.js';
import { shampooOptions, shampooSteps, soapSteps } from './settings.js';

const OTHER: Matrix = [
  [0.1, 0.6, -0.2],
  [-0.8, 0.3, 0.4],
  [0.9, 0.2, -1.3],
];
const GRADIENTS = [SQUARE, OTHER, SQUARE, OTHER];
const times = (factor: number, gradients: readonly Matrix[]) =>
  gradients.map((G) => G.map((row) => row.map((x) => factor * x)));
const permuted = (G: Matrix): Matrix => [G[2]!, G[0]!, G[1]!].map((row) => [row[1]!, row[2]!, row[0]!]);

describe('shampoo', () => {
  it('has one inverse root for two factors: -1/4 is not -1/2', () => {
    const [quarter] = shampooSteps(
      [
        [
          [4, 0],
          [0, 9],
        ],
      ],
      ALONE,
    );
    const [half] = shampooSteps(
      [
        [
          [4, 0],
          [0, 9],
        ],
      ],
      { ...ALONE, root: 'half' },
    );
    expect(deviation(quarter!, [-1, 0, 0, -1])).toBeLessThan(1e-12);
    expect(deviation(half!, [-1 / 4, 0, 0, -1 / 9])).toBeLessThan(1e-12);
  });

  it('takes the step of the grafted method before startStep, and its length after', () => {
    const options = { grafting: 'sgd', startStep: 2, refreshEvery: 1, beta1: 0, learningRate: 0.1 } as const;
    const [first, second] = shampooSteps([SQUARE, OTHER], options);
    expect(
      deviation(
        first!,
        flat(SQUARE).map((x) => -0.1 * x),
      ),
    ).toBeLessThan(1e-14);
    // The gradient at the new point.
    const g = flat(OTHER).map((x, i) => x + (2 * first![i]!) / 9);
    const step = second!.map((x, i) => x - first![i]!);
    expect(norm(step)).toBeCloseTo(0.1 * norm(g), 12);
    expect(
      deviation(
        step,
        g.map((x) => -0.1 * x),
      ),
    ).toBeGreaterThan(0.05);
  });

  it('starts at the first refresh by default, and at once without grafting', () => {
    const spread = (given: Parameters<typeof shampooSteps>[1]) => {
      const [first] = shampooSteps([SQUARE], { refreshEvery: 3, beta1: 0, learningRate: 1, ...given });
      return deviation(
        first!,
        flat(SQUARE).map((x) => -x),
      );
    };
    expect(spread({ grafting: 'sgd' })).toBeLessThan(1e-14);
    expect(spread({ grafting: 'sgd', startStep: 1 })).toBeGreaterThan(0.05);
    expect(spread({ grafting: 'none' })).toBeGreaterThan(0.05);
    const create = () =>
      shampoo.create(shampooOptions({ grafting: 'none', startStep: 4 }), optimizerContext());
    expect(create).toThrow(expect.objectContaining({ pointer: '/startStep', got: '4' }));
  });

  it('does not depend on the scale of the loss', () => {
    const run = (factor: number) =>
      shampooSteps(times(factor, [SQUARE]), { grafting: 'none', refreshEvery: 1, beta1: 0 })[0]!;
    expect(deviation(run(1e4), run(1))).toBeLessThan(1e-9);
  });

  it('decays weights by lr w, whatever the direction', () => {
    const options = { ...ALONE, epsilon: 1e-6, beta2: 1, learningRate: 0.1 };
    const [, plain] = shampooSteps([SQUARE, OTHER], options);
    const [first, decayed] = shampooSteps([SQUARE, OTHER], { ...options, weightDecay: 0.5 });
    // From zero, the first steps agree; the second differs by lr w theta alone.
    expect(
      deviation(
        decayed!.map((x, i) => x + 0.05 * first![i]!),
        plain!,
      ),
    ).toBeLessThan(1e-12);
  });

  it('keeps the last root where a factor has none', () => {
    // A row of zeros: L = diag(4, 9, 0) has no root, and R = diag(4, 9) has.
    const singular: Matrix = [
      [2, 0],
      [0, 3],
      [0, 0],
    ];
    const [first] = shampooSteps([singular], ALONE);
    // The identity, as of the start, in place of L^(-1/4).
    expect(deviation(first!, [-(2 ** 0.5), 0, 0, -(3 ** 0.5), 0, 0])).toBeLessThan(1e-12);
    // diag(16, 81, 1)^(-1/4), as of the first step, on both sides.
    const regular: Matrix = [
      [4, 0, 0],
      [0, 9, 0],
      [0, 0, 1],
    ];
    const square: Matrix = singular.map((row) => [...row, 0]);
    const [before, after] = shampooSteps([regular, square], { ...ALONE, learningRate: 1e-30 });
    const step = after!.map((x, i) => 1e30 * (x - before![i]!));
    expect(deviation(step, [-2 / 4, 0, 0, 0, -3 / 9, 0, 0, 0, 0])).toBeLessThan(1e-12);
  });

  it('has no preferred order of rows and columns', () => {
    const last = (gradients: readonly Matrix[]) => shampooSteps(gradients, { refreshEvery: 2 }).at(-1)!;
    const rows = last(GRADIENTS);
    const matrix = [rows.slice(0, 3), rows.slice(3, 6), rows.slice(6)];
    expect(deviation(last(GRADIENTS.map(permuted)), flat(permuted(matrix)))).toBeLessThan(1e-10);
  });
});

describe('soap', () => {
  it('does not move in the first step', () => {
    expect(soapSteps([SQUARE], {})[0]).toEqual(flat(SQUARE).map(() => 0));
  });

  it('moves every entry in the basis by lr at first, whatever the gradient', () => {
    const run = (factor: number) =>
      soapSteps(times(factor, [SQUARE, OTHER]), { epsilon: 1e-30, learningRate: 1, weightDecay: 0 })[1]!;
    // Nine signs, rotated.
    expect(norm(run(1))).toBeCloseTo(3, 10);
    expect(deviation(run(1e4), run(1))).toBeLessThan(1e-9);
  });

  it('has no preferred order of rows and columns', () => {
    const last = (gradients: readonly Matrix[]) => soapSteps(gradients, { refreshEvery: 1 }).at(-1)!;
    const rows = last(GRADIENTS);
    const matrix = [rows.slice(0, 3), rows.slice(3, 6), rows.slice(6)];
    expect(deviation(last(GRADIENTS.map(permuted)), flat(permuted(matrix)))).toBeLessThan(1e-10);
  });

  it('rotates tall and wide matrices on both sides', () => {
    const tall: Matrix = [...SQUARE, [0.4, -0.3, 0.2], [0.6, 0.7, -0.1]];
    const wide: Matrix = tall[0]!.map((_, j) => tall.map((row) => row[j]!));
    const run = (G: Matrix) => soapSteps([G], { learningRate: 1, weightDecay: 0 }, 2)[1]!;
    const [t, w] = [run(tall), run(wide)];
    const back = tall.flatMap((_, i) => tall[0]!.map((__, j) => w[j * 5 + i]!));
    // Only the three directions of the gradient count: the null space of the first factor gets no gradient.
    expect(deviation(back, t)).toBeLessThan(1e-6);
    expect(norm(t)).toBeCloseTo(Math.sqrt(3), 6);
  });
});
