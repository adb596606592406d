// The constants an optimizer brings along: a table is noticed, the layout of the model's parameters is not.

import {
  add,
  broadcast,
  constant,
  sum,
  type Tensor,
  tensorValue,
  trace,
  tree,
  vector,
} from '@gaussmark/autodiff';
import { losses, type Params } from '@gaussmark/core';
import { expect, it } from 'vitest';
import { ownNumbersWarning } from '../src/own-numbers.js';
import type { Subject } from '../src/programs.js';

const LEAVES = 80;

/** Many small parameters, whose sum is predicted. */
const subject: Subject = {
  spec: { task: 'regression', input: { shape: [1] }, target: { shape: [1] } },
  model: {
    init: () => ({}),
    apply: (params, x) => {
      const total = tree
        .leaves<Tensor>(params)
        .map((leaf) => sum(leaf))
        .reduce(add);
      return add(x, broadcast(total, x.shape));
    },
  },
  loss: losses.squaredError,
  dtype: 'float64',
  params: Array.from({ length: LEAVES }, (_, i) => ({ dtype: 'float64', shape: [i + 1] })),
};

const warningOf = (step: (at: Params) => Params) =>
  ownNumbersWarning([trace(step, subject.params).program], subject, [2]);

it("takes the places of packed parameters as the model's, however often they are used", () => {
  const packing = (at: Params): Params => vector.unpack(vector.scale(2, vector.pack(at)), at);
  expect(warningOf((at) => packing(packing(at)))).toBeUndefined();
});

it('notices a table as large as the parameters', () => {
  const size = (LEAVES * (LEAVES + 1)) / 2;
  const table = tensorValue(
    'float64',
    [size],
    Float64Array.from({ length: size }, (_, i) => Math.sin(i)),
  );
  const moved = (at: Params): Params => vector.unpack(add(vector.pack(at), constant(table)), at);
  expect(warningOf(moved)).toContain('3,240 parameters');
});
