// Diagonal preconditioners against powers of plain numbers, and solver spaces.

import type { Tensor, TensorValue, Tree } from '@gaussmark/autodiff';
import { tensorValue, trace } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { diagonalPreconditioner } from '../src/preconditioner.js';
import { solverSpace } from '../src/solver-space.js';
import { double, evaluated, numbersOf } from './evaluated.js';

const tree = (x: readonly number[]) => [double([2], x.slice(0, 2)), double([1, 2], x.slice(2))];

function precondition(d: readonly number[], r: readonly number[], exponent: number, least: number) {
  const apply = (diagonal: Tree<Tensor>, residual: Tree<Tensor>) =>
    diagonalPreconditioner(diagonal, { exponent, least })(residual);
  return numbersOf(evaluated(apply, tree(d), tree(r)));
}

describe('diagonalPreconditioner', () => {
  const d = [0.5, 2, 1e-3, 40];
  const r = [1, -2, 3, -4];

  it.each([1, 0.75, 2])('divides by d to the power of %d', (exponent) => {
    const expected = r.map((x, i) => x / d[i]! ** exponent);
    const got = precondition(d, r, exponent, 1e-3);
    expect(got.map((x, i) => x / expected[i]!)).toEqual(r.map(() => expect.closeTo(1, 13)));
  });

  it('stays finite if the inverse would overflow, as a multiple of it', () => {
    const tiny = d.map((x) => x * 1e-40);
    const got = precondition(tiny, r, 10, 1e-43);
    const expected = r.map((x, i) => x * (1e-3 / d[i]!) ** 10);
    expect(got.map((x, i) => x / expected[i]!)).toEqual(r.map(() => expect.closeTo(1, 10)));
  });
});

describe('solverSpace', () => {
  const there = (values: Tree<TensorValue>) =>
    evaluated((params: Tree<Tensor>) => solverSpace(params).from(params), values);
  const back = (values: Tree<TensorValue>) =>
    evaluated((params: Tree<Tensor>) => {
      const { from, to } = solverSpace(params);
      return to(from(params));
    }, values);

  it('packs small trees into one vector and unpacks them', () => {
    const values = tree([1, 2, 3, 4]);
    expect(there(values)).toEqual(double([4], [1, 2, 3, 4]));
    expect(back(values)).toEqual(values);
  });

  it('does not pack large trees and single tensors', () => {
    const large = [{ dtype: 'float32', shape: [70_000] } as const, { dtype: 'float32', shape: [1] } as const];
    const { program } = trace((params: Tree<Tensor>) => solverSpace(params).from(params), large);
    expect(program.equations).toEqual([]);
    const single = tensorValue('float32', [1, 2], [1, 2]);
    expect(there(single)).toEqual(single);
  });
});
