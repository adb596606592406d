// Masks and partitions: each parameter gets its own rule, whatever the tree.

import type { Tensor, TensorValue, Tree } from '@gaussmark/autodiff';
import { describe, expect, it } from 'vitest';
import { addDecayedWeights, chain, masked, momentum, partition, scale, scaleByAdam } from '../src/index.js';
import { double, evaluated, numbersOf } from './evaluated.js';

const PARAMETERS = [
  { path: 'layers.0.weight', role: 'weight' },
  { path: 'layers.0.bias', role: 'bias' },
  { path: 'head', role: 'head' },
] as const;
const isWeight = ({ role }: { readonly role: string }) => role === 'weight';

const params = {
  layers: [{ weight: double([1, 2], [10, 20]), bias: double([1], [30]) }],
  head: double([2], [40, 50]),
};
const gradient = {
  layers: [{ weight: double([1, 2], [1, 2]), bias: double([1], [3]) }],
  head: double([2], [4, 5]),
};

/** The updates of two steps with the same gradient, and the last state. */
function twice(piece: {
  init(p: Tree<Tensor>): unknown;
  update(u: Tree<Tensor>, s: never, p: Tree<Tensor>): { updates: Tree<Tensor>; state: unknown };
}) {
  const run = (p: Tree<Tensor>, g: Tree<Tensor>) => {
    const first = piece.update(g, piece.init(p) as never, p);
    const second = piece.update(g, first.state as never, p);
    return [first.updates, second.updates, second.state as Tree<Tensor>];
  };
  const [first, second, state] = evaluated(run, params, gradient) as readonly Tree<TensorValue>[];
  return { first: numbersOf(first!), second: numbersOf(second!), tree: first!, state: state! };
}

describe('masked', () => {
  it('applies a piece to the chosen parameters, and keeps the tree', () => {
    const { first, tree } = twice(masked(addDecayedWeights(0.1), PARAMETERS, isWeight));
    expect(first).toEqual([2, 4, 3, 4, 5]);
    expect(tree).toMatchObject({ layers: [{ weight: { type: { shape: [1, 2] } } }] });
  });

  it('keeps state only for them', () => {
    const { second, state } = twice(masked(momentum(0.5), PARAMETERS, isWeight));
    expect(second).toEqual([1.5, 3, 3, 4, 5]);
    expect(numbersOf(state)).toEqual([1.5, 3]);
  });

  it('of no parameter does nothing, even if the piece needs one', () => {
    const { first, state } = twice(masked(scaleByAdam(), PARAMETERS, () => false));
    expect(first).toEqual([1, 2, 3, 4, 5]);
    expect(state).toEqual({});
  });

  it('rejects descriptions of other parameters', () => {
    expect(() => twice(masked(scale(2), PARAMETERS.slice(1), () => true))).toThrow(
      /^masked: 2 parameters are described, but there are 3/,
    );
  });
});

describe('partition', () => {
  const rules = { matrices: chain(momentum(0.5), scale(10)), others: scale(100), unused: scaleByAdam() };
  const groupOf = (parameter: (typeof PARAMETERS)[number]): keyof typeof rules =>
    isWeight(parameter) ? 'matrices' : 'others';

  it('gives each group its rule and its state', () => {
    const { first, second, state } = twice(partition(PARAMETERS, groupOf, rules));
    expect(first).toEqual([10, 20, 300, 400, 500]);
    expect(second).toEqual([15, 30, 300, 400, 500]);
    expect(Object.keys(state)).toEqual(['matrices', 'others']);
    expect(numbersOf(state)).toEqual([1.5, 3]);
  });

  it('is a piece of a chain', () => {
    const { first } = twice(chain(partition(PARAMETERS, groupOf, rules), scale(0.5)));
    expect(first).toEqual([5, 10, 150, 200, 250]);
  });

  it('names the parameter whose group has no rule', () => {
    expect(() =>
      partition(PARAMETERS, ({ role }) => role as 'weight' | 'bias', { weight: scale(1), bias: scale(1) }),
    ).toThrow("partition: 'head' is in the group 'head', which has no rule; there are weight, bias");
  });
});
