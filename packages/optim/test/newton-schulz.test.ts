// Newton-Schulz iterations on matrices whose singular values are known.

import type { Tensor, Tree } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { type OrthogonalizeOptions, orthogonalize, scaleByMuon } from '../src/newton-schulz.js';
import { double, evaluated, numbersOf } from './evaluated.js';

const of = (shape: readonly number[], values: readonly number[], options?: OrthogonalizeOptions) =>
  numbersOf(evaluated((x: Tensor) => orthogonalize(x, options), double(shape, values)));

/** What the quintic makes of one singular value. */
function quintic(s: number, [a, b, c]: readonly number[] = [3.4445, -4.775, 2.0315], iterations = 5) {
  let x = s;
  for (let k = 0; k < iterations; k++) x = a! * x + b! * x ** 3 + c! * x ** 5;
  return x;
}

describe('orthogonalize', () => {
  it('applies the quintic to each singular value: wide, tall, batched', () => {
    const norm = Math.hypot(3, 4) + 1e-7;
    const [x, y] = [quintic(3 / norm), quintic(4 / norm)].map((v) => expect.closeTo(v, 13));
    expect(of([2, 3], [3, 0, 0, 0, 4, 0])).toEqual([x, 0, 0, 0, y, 0]);
    expect(of([3, 2], [3, 0, 0, 4, 0, 0])).toEqual([x, 0, 0, y, 0, 0]);
    const one = expect.closeTo(quintic(2 / (2 + 1e-7)), 13);
    expect(of([2, 1, 1], [2, -2])).toEqual([one, expect.closeTo(-quintic(2 / (2 + 1e-7)), 13)]);
  });

  it.each([1, 2, 3, 4, 5, 7])('applies it %i times to a long matrix, by X X alone', (iterations) => {
    const norm = Math.hypot(3, 0.01) + 1e-7;
    const [x, y] = [3, 0.01].map((value) => expect.closeTo(quintic(value / norm, undefined, iterations), 13));
    const long = [0, 3, 0, 0, 0, 0, 0, 0, 0.01, 0];
    expect(of([2, 5], long, { iterations })).toEqual([0, x, 0, 0, 0, 0, 0, 0, y, 0]);
    const tall = [0, 0, 3, 0, 0, 0, 0, 0.01, 0, 0];
    expect(of([5, 2], tall, { iterations })).toEqual([0, 0, x, 0, 0, 0, 0, y, 0, 0]);
  });

  it('keeps zero, and ignores the scale', () => {
    expect(of([2, 2], [0, 0, 0, 0])).toEqual([0, 0, 0, 0]);
    const values = [1, 2, -3, 0.5, 4, 1];
    const expected = of([2, 3], values, { epsilon: 0 }).map((x) => expect.closeTo(x, 12));
    expect(
      of(
        [2, 3],
        values.map((x) => 1e6 * x),
        { epsilon: 0 },
      ),
    ).toEqual(expected);
  });

  it('converges to the polar factor with other coefficients', () => {
    // A rotation by 30 degrees times a diagonal: the factor is the rotation.
    const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
    const options = { iterations: 12, coefficients: [15 / 8, -5 / 4, 3 / 8] as const, epsilon: 0 };
    const rotation = [c, -s, s, c].map((x) => expect.closeTo(x, 13));
    expect(of([2, 2], [2 * c, -5 * s, 2 * s, 5 * c], options)).toEqual(rotation);
  });

  it('rejects vectors', () => {
    expect(() => of([3], [1, 2, 3])).toThrow(/expected a matrix \(\.\.\., m, n\), got \[3\]/);
    expect(() => of([1, 1], [1], { iterations: 0 })).toThrow(/iterations of at least 1/);
  });
});

describe('scaleByMuon', () => {
  const direction = (shape: readonly number[], adjust?: 'rms') =>
    numbersOf(
      evaluated(
        (u: Tree<Tensor>) => {
          const muon = scaleByMuon({ momentum: 0, nesterov: false, epsilon: 0, ...(adjust && { adjust }) });
          return muon.update(u, muon.init(u), u).updates;
        },
        double(shape, [1, ...new Array(shape.reduce((a, b) => a * b) - 1).fill(0)]),
      ),
    )[0];

  it('scales by the shape: weights are (in, out), kernels (out, in, height, width)', () => {
    const one = quintic(1);
    expect(direction([2, 8])).toBeCloseTo(2 * one, 12);
    expect(direction([8, 2])).toBeCloseTo(one, 12);
    expect(direction([16, 1, 2, 2])).toBeCloseTo(2 * one, 12);
    expect(direction([2, 4, 2, 2])).toBeCloseTo(one, 12);
    expect(direction([2, 25], 'rms')).toBeCloseTo(one, 12);
  });

  it('rejects vectors, with a way out', () => {
    expect(() => direction([3])).toThrow(
      /two or more axes, got \[3\]; give the others another rule with partition/,
    );
  });
});
