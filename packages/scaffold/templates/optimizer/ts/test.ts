// Three steps against the formula, by hand.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { type TensorValue, type Tree, tree } from '@gaussmark/autodiff';
import { leastSquares, takeSteps } from '@gaussmark/plugin-conformance';
import optimizer from './index.ts';

const first = (params: Tree<TensorValue>) => tree.leaves<TensorValue>(params)[0]!.data[0]!;

test('a step is that of the formula', () => {
  const hyperparameters = { learningRate: 0.1, momentum: 0.9 };
  const problem = leastSquares({ inputs: [[1], [2]], targets: [3, 5], start: [0.5] });

  let [w, v] = [0.5, 0];
  for (const { params } of takeSteps(optimizer, { problem, hyperparameters, steps: 3 })) {
    // The gradient of ((w - 3)^2 + (2 w - 5)^2) / 2.
    const gradient = w - 3 + 2 * (2 * w - 5);
    v = 0.9 * v + gradient;
    w -= 0.1 * v;
    assert.ok(Math.abs(first(params) - w) < 1e-12, `expected ${w}, got ${first(params)}`);
  }
});
