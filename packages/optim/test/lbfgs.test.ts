// L-BFGS against dense BFGS matrices, and on a quadratic that it must solve exactly.

import type { Tensor, TensorValue, Tree } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { type LbfgsState, lbfgs } from '../src/lbfgs.js';
import { compiled, double, evaluated, numbersOf } from './evaluated.js';
import {
  dot,
  type Matrix,
  plus,
  randomGram,
  randomNumbers,
  randomVector,
  relativeError,
  times,
  type Vector,
} from './plain-linear-algebra.js';

const SIZE = 5;
/** Two leaves. */
const leaves = (x: Vector) => ({ a: double([1, 2], x.slice(0, 2)), b: [double([3], x.slice(2))] });

/** The state and the product with H, from plain vectors. */
function memoryOf(memory: number) {
  const rule = lbfgs({ memory });
  const like = leaves(new Array(SIZE).fill(0));
  let state = evaluated((params: Tree<Tensor>) => rule.init(params), like);
  const direction = compiled((g: Tree<Tensor>, at: LbfgsState) => rule.direction(g, at), like, state);
  const remember = compiled(
    (at: LbfgsState, s: Tree<Tensor>, y: Tree<Tensor>) => rule.remember(at, s, y),
    state,
    like,
    like,
  );
  return {
    direction: (g: Vector) => numbersOf(direction(leaves(g), state)),
    remember(s: Vector, y: Vector) {
      state = remember(state, leaves(s), leaves(y));
    },
    rho: () => numbersOf((state as { readonly rho: TensorValue }).rho),
  };
}

/** H = V'H V + rho s s', V = I - rho y s', from gamma I: equation 7.16. */
function denseInverse(pairs: readonly (readonly [Vector, Vector])[]): Matrix {
  const [s, y] = pairs.at(-1)!;
  const gamma = dot(s, y) / dot(y, y);
  const identity = s.map((_, i) => s.map((__, j) => (i === j ? 1 : 0)));
  return pairs.reduce<Matrix>(
    (H, [si, yi]) => {
      const rho = 1 / dot(si, yi);
      const V = identity.map((row, i) => row.map((x, j) => x - rho * yi[i]! * si[j]!));
      const columns = V[0]!.map((_, j) => V.map((row) => row[j]!));
      const HV = columns.map((column) => times(H, column));
      return columns.map((left, i) => HV.map((right, j) => dot(left, right) + rho * si[i]! * si[j]!));
    },
    identity.map((row) => row.map((x) => gamma * x)),
  );
}

const random = randomNumbers(17);
const A = randomGram(SIZE, random).map((row, i) => row.map((x, j) => (i === j ? x + 0.3 : x)));
const pairs = Array.from({ length: 5 }, () => {
  const s = randomVector(SIZE, random);
  return [s, times(A, s)] as const;
});

describe('lbfgs', () => {
  it.each([1, 3, 5])('with %d pairs multiplies by the dense BFGS matrix of the newest', (memory) => {
    const rule = memoryOf(memory);
    const g = randomVector(SIZE, randomNumbers(4));
    expect(rule.direction(g)).toEqual(g);
    for (const [k, [s, y]] of pairs.entries()) {
      rule.remember(s, y);
      const kept = pairs.slice(Math.max(0, k + 1 - memory), k + 1);
      expect(relativeError(rule.direction(g), times(denseInverse(kept), g))).toBeLessThan(1e-12);
      // The secant equation.
      expect(relativeError(rule.direction(y), s)).toBeLessThan(1e-12);
    }
  });

  it('skips pairs without positive curvature', () => {
    const rule = memoryOf(3);
    const [s, y] = pairs[0]!;
    rule.remember(s, y);
    const before = rule.rho();
    rule.remember(s, plus(new Array(SIZE).fill(0), -1, y));
    rule.remember(s, new Array(SIZE).fill(0));
    rule.remember(s, new Array(SIZE).fill(Number.NaN));
    expect(rule.rho()).toEqual(before);
    expect(before).toEqual([0, 0, expect.closeTo(1 / dot(s, y), 12)]);
  });

  it('with exact line searches minimizes a quadratic in as many steps as it has dimensions', () => {
    const rule = memoryOf(SIZE);
    const b = randomVector(SIZE, randomNumbers(8));
    let x: Vector = new Array(SIZE).fill(0);
    let g = plus(times(A, x), -1, b);
    for (let k = 0; k < SIZE; k++) {
      const d = rule.direction(g);
      const alpha = dot(g, d) / dot(d, times(A, d));
      const next = plus(x, -alpha, d);
      const after = plus(times(A, next), -1, b);
      rule.remember(plus(next, -1, x), plus(after, -1, g));
      [x, g] = [next, after];
    }
    expect(relativeError(times(A, x), b)).toBeLessThan(1e-10);
  });

  it('needs a memory', () => {
    expect(() => lbfgs({ memory: 0 })).toThrow(/memory of at least 1, got 0/);
  });
});
