// Unknown options: refused by every function that has options, with the name that was meant.

import { describe, expect, it } from 'vitest';
import {
  averagePool2d,
  conv2d,
  demandOptions,
  layerNorm,
  matmul,
  max,
  maxPool2d,
  mean,
  scan,
  sum,
  type Tensor,
  trace,
  whileLoop,
  windowCounts,
} from '../src/index.js';

const IMAGES = { dtype: 'float64', shape: [1, 1, 4, 4] } as const;

describe('an unknown option', () => {
  it.each<[what: string, wrong: string, meant: string, call: (x: Tensor, options: never) => unknown]>([
    ['conv2d', 'stride', 'strides', (x, options) => conv2d(x, x, options)],
    ['maxPool2d', 'pad', 'padding', (x, options) => maxPool2d(x, options)],
    ['averagePool2d', 'stride', 'strides', (x, options) => averagePool2d(x, options)],
    ['layerNorm', 'eps', 'epsilon', (x, options) => layerNorm(x, options)],
    ['matmul', 'transposeb', 'transposeB', (x, options) => matmul(x, x, options)],
    ['sum', 'axis', 'axes', (x, options) => sum(x, options)],
    ['mean', 'keepdims', 'keepDims', (x, options) => mean(x, options)],
    ['max', 'axe', 'axes', (x, options) => max(x, options)],
    ['windowCounts', 'dilation', 'dilations', (_, options) => windowCounts([4, 4], options)],
    ['scan', 'reversed', 'reverse', (x, options) => scan((c: Tensor) => ({ carry: c, y: c }), x, x, options)],
    [
      'whileLoop',
      'names',
      'name',
      (x, options) =>
        whileLoop(
          () => x,
          (c: Tensor) => c,
          x,
          options,
        ),
    ],
  ])('of %s is named, %s, with the one meant', (what, wrong, meant, call) => {
    const given = { ...(/Pool2d|windowCounts/.test(what) ? { window: 2 } : {}), [wrong]: 1 };
    const run = () =>
      trace((x: Tensor) => {
        call(x, given as never);
        return x;
      }, IMAGES);
    expect(run).toThrow(new RegExp(`^${what}: unknown option '${wrong}'; did you mean '${meant}'\\?`));
    expect(run).toThrow(TypeError);
  });

  it('far from all is named with all of them', () => {
    expect(() => demandOptions<{ a?: 1; bc?: 1 }>('f', { momentum: 1 } as never, ['a', 'bc'])).toThrow(
      "f: unknown option 'momentum'. Its options: a, bc",
    );
  });

  it('is not looked for in options that are none', () => {
    expect(() => demandOptions('f', 3 as never, [])).toThrow('got 3');
    expect(demandOptions<{ a?: number }>('f', { a: 1 }, ['a'])).toBeUndefined();
  });
});
