// The network against the formula, by hand.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { tensorValue, trace, tree } from '@gaussmark/autodiff';
import { evaluate } from '@gaussmark/autodiff/reference';
import model from './index.js';

test('one unit computes tanh(x W1 + b1) W2 + b2', () => {
  const data = { task: 'regression', input: { shape: [2] }, target: { shape: [1] } };
  const network = model.create({ width: 1 }, data);
  const start = network.init(1);
  const { program } = trace(
    (params, x) => network.apply(params, x),
    tree.map(({ type }) => type, start),
    { dtype: 'float64', shape: [1, 2] },
  );
  const [got] = evaluate(program, [...tree.leaves(start), tensorValue('float64', [1, 2], [0.5, -2])]);
  const { hidden, output } = start;
  const inside = 0.5 * hidden.weight.data[0] - 2 * hidden.weight.data[1] + hidden.bias.data[0];
  const expected = Math.tanh(inside) * output.weight.data[0] + output.bias.data[0];
  assert.ok(Math.abs(got.data[0] - expected) < 1e-15);
});
